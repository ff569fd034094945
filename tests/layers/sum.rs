//! `Sum`, and `Residual` with a shortcut: the networks that every check runs.

layer! {
    networks {
        SumFirst: [17] { Sum { Dense<17, 3> | Dense<17, 3> -> Tanh } }
        SumOfThree: [17, 3] { Sum { Dense<3, 5> | Dense<3, 5> -> Gelu | Dense<3, 5, bias = false> } -> Flatten -> Dense<85, 2> }
        SumOfItself: [257] { Dense<257, 3> -> Tanh -> Sum { | } -> Sum { | | } }
        SumInSums: [17] {
            Sum { Dense<17, 17> | Sum { Tanh | Dense<17, 17> -> Sum { Silu | } } | } -> Dense<17, 1>
        }
        SumOfRows: [3, 8] { Sum { Gru<8, 5> | Rnn<8, 5> } -> Last }
        Shortcut: [2, 9, 7] {
            Residual {
                Conv2d<2, 3, 3, stride = 2, padding = 1, bias = false> -> BatchNorm2d<3> -> Relu
                    -> Conv2d<3, 3, 3, padding = 1, bias = false> -> BatchNorm2d<3>
                | Conv2d<2, 3, 1, stride = 2, bias = false> -> BatchNorm2d<3>
            } -> Relu
        }
        ShortcutsRepeated: [17] { Residual { Dense<17, 17> -> Relu | Dense<17, 17> } * 3 }
    }
    tuned {}
    packed {}
    pytorch {
        sum {
            pub struct Net: [3] {
                Dense<3, 6> -> Sum { Relu -> Dense<6, 5> | Dense<6, 5> -> Tanh | Dense<6, 5> } -> Dense<5, 2>
            }
        }
        shortcut {
            pub struct Net: [2, 5, 4] {
                Residual {
                    Conv2d<2, 3, 3, stride = 2, padding = 1> -> Relu -> Conv2d<3, 3, 3, padding = 1>
                    | Conv2d<2, 3, 1, stride = 2>
                } -> Relu -> Residual { Conv2d<3, 3, 1> }
            }
        }
    }
}
