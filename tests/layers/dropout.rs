//! `Dropout`: the networks that every check runs.

layer! {
    networks {
        DropoutAlone: [17, 257] { Dropout<0.3> }
        DropoutTwice: [3, 17] { Dropout<0.5> -> Dropout<0.25> }
    }
    tuned {
        DropoutTwice
    }
    packed {}
    pytorch {
        dropout { pub struct Net { Dense<7, 9> -> Dropout<0.5> -> Dense<9, 4> } }
        dropout_image { pub struct Net: [2, 3, 3] { Dropout<0.25> -> Conv2d<2, 1, 2> -> Dropout<0.9> } }
    }
}
