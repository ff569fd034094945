//! `MaxPool2d` and `AvgPool2d`: the networks that every check runs.

layer! {
    networks {
        MaxPool: [17, 17, 19] { MaxPool2d<2> }
        MaxPoolOverlap: [17, 17, 19] { MaxPool2d<3, stride = 2, padding = 1> }
        MaxPoolPairs: [3, 17, 19] { MaxPool2d<(3, 2), stride = (1, 3), padding = (1, 0)> }
        AvgPool: [17, 17, 19] { AvgPool2d<2> }
        AvgPoolOverlap: [17, 17, 19] { AvgPool2d<3, stride = 2, padding = 1> }
        AvgPoolPairs: [3, 17, 19] { AvgPool2d<(3, 2), stride = (1, 3), padding = (1, 0)> }
    }
    tuned {
        MaxPoolOverlap AvgPoolOverlap
    }
    packed {}
    pytorch {
        max_pool2d { pub struct Net: [2, 5, 7] { MaxPool2d<2> } }
        max_pool2d_uneven { pub struct Net: [3, 6, 5] { MaxPool2d<(3, 2), stride = (2, 1), padding = 1> } }
        avg_pool2d { pub struct Net: [1, 7, 8] { AvgPool2d<3> } }
        avg_pool2d_uneven { pub struct Net: [2, 5, 6] { AvgPool2d<(2, 3), stride = (1, 2), padding = (1, 0)> } }
    }
}
