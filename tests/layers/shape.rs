//! `Flatten` and `Reshape`: the networks that every check runs.

layer! {
    networks {
        FlattenAlone: [3, 5, 7] { Flatten }
        ReshapeAlone: [3, 5, 7] { Reshape<7, 15> }
    }
    tuned {}
    packed {}
    pytorch {
        flatten { pub struct Net: [2, 3, 4] { Flatten } }
        flatten_dense { pub struct Net: [3, 1, 5] { Flatten -> Dense<15, 2> } }
        reshape { pub struct Net: [12] { Reshape<3, 2, 2> } }
        reshape_conv2d { pub struct Net { Dense<4, 15> -> Reshape<1, 3, 5> -> Conv2d<1, 2, 2> -> Flatten } }
    }
}
