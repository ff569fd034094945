//! `Residual`: the networks that every check runs.

layer! {
    networks {
        ResidualFirst: [17, 17] { Residual { Dense<17, 17> -> Tanh } }
        ResidualOfActivation: [17, 257] { Residual { Tanh } }
        ResidualOfSkippedTanh: [17] { Dense<17, 17> -> Residual { Tanh -> Dense<17, 17> } -> Tanh }
        ResidualNested: [17] { Residual { Residual { Dense<17, 17> -> Silu } -> Dense<17, 17> } -> Dense<17, 3> }
        ResidualNestedFirst: [17] { Residual { Residual { Residual { Dense<17, 17> } } } }
        ResidualNestedLast: [17] { Residual { Dense<17, 17> -> Residual { Dense<17, 17> -> Sigmoid } } }
        ResidualInARow: [17] { Residual { Dense<17, 17> -> Tanh } * 3 }
        ResidualOfConvolution: [3, 9, 7] {
            Residual { Conv2d<3, 5, 3, padding = 1> -> Gelu -> Conv2d<5, 3, 1> -> Relu } -> MaxPool2d<3, stride = 1>
        }
        ResidualOfDropout: [257] { Residual { Dropout<0.5> -> Dense<257, 257> } -> Softmax }
        ResidualOfShapes: [3, 5] { Residual { Flatten -> Dense<15, 15> -> Reshape<3, 5> -> Sigmoid } }
    }
    tuned {}
    packed {}
    pytorch {
        residual {
            pub struct Net {
                Dense<3, 6> -> Relu -> Dense<6, 5> -> Residual { Dense<5, 7> -> Tanh -> Dense<7, 5> } -> Dense<5, 2>
            }
        }
        residual_image {
            pub struct Net: [2, 5, 4] { Residual { Residual { Conv2d<2, 2, 3, padding = 1> } -> Gelu } -> Relu }
        }
    }
}
