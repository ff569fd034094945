//! `Concat`: the networks that every check runs.

layer! {
    networks {
        ConcatFirst: [17] { Concat { Dense<17, 3> | Dense<17, 1> -> Tanh | } -> Dense<21, 2> }
        ConcatOfItself: [257] { Dense<257, 3> -> Concat { | | } -> Silu }
        ConcatOfColumns: [17, 3] { Concat<axis = 1> { Dense<3, 5> | Dense<3, 1> | } -> Dense<9, 2> }
        ConcatOfRows: [2, 9, 7] {
            Concat<axis = 1> { Conv2d<2, 2, 3> | MaxPool2d<2> -> Conv2d<2, 2, 3, padding = (0, 2)> | Conv2d<2, 2, (1, 3)> }
        }
        Fire: [3, 9, 7] {
            Conv2d<3, 2, 1> -> Relu -> Concat { Conv2d<2, 3, 1> -> Relu | Conv2d<2, 5, 3, padding = 1> -> Relu }
        }
        Dense3: [2, 5, 4] {
            Concat { | Conv2d<2, 3, 3, padding = 1> } -> Concat { | Relu -> Conv2d<5, 3, 3, padding = 1> }
                -> Concat { BatchNorm2d<8> -> Conv2d<8, 1, 1> | }
        }
    }
    tuned {}
    packed {}
    pytorch {
        concat {
            pub struct Net: [3] {
                Dense<3, 6> -> Concat { Relu -> Dense<6, 5> | Dense<6, 1> | } -> Dense<12, 2>
            }
        }
        concat_image {
            pub struct Net: [2, 5, 4] {
                Concat { Conv2d<2, 3, 1> | Conv2d<2, 2, 3, padding = 1> -> Relu | } -> Conv2d<7, 2, 3>
                    -> Concat<axis = 2> { Tanh | Conv2d<2, 2, (1, 2)> }
            }
        }
    }
}
