//! `GlobalAvgPool`: the networks that every check runs.

layer! {
    networks {
        GlobalAvgPoolImage: [17, 17, 19] { GlobalAvgPool }
        GlobalAvgPoolLength: [257, 3] { GlobalAvgPool }
        GlobalAvgPoolOne: [3, 1, 1] { GlobalAvgPool -> Dense<3, 1> }
    }
    tuned {
        GlobalAvgPoolImage
    }
    packed {}
    pytorch {
        global_avg_pool { pub struct Net: [3, 5, 4] { GlobalAvgPool } }
        global_avg_pool_length { pub struct Net: [5, 17] { GlobalAvgPool } }
    }
}
