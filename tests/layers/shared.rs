//! Layers and structs that are used several times, and tied weights: what every check runs.

layer! {
    networks {
        LayerThreeTimes: [17] { step: Dense<17, 17> -> Tanh -> step -> Tanh -> step }
        StructTwice: [2, 9, 7] {
            let a = tower: StructTwiceTower;
            let b = input -> Pad<(0, 1), (2, 0)> -> Slice<1, 1, 10> -> Slice<2, 0, 7> -> tower;
            Concat { a | b } -> Dense<6, 5>
        }
        StructTwiceTower: [2, 9, 7] {
            Conv2d<2, 3, 3, padding = 1> -> Gelu -> GroupNorm<1, 3> -> Dropout<0.25> -> GlobalAvgPool -> Dense<3, 3>
        }
        CombinatorTwice: [5, 17] {
            mix: Residual { LayerNorm -> Dense<17, 3> -> Silu -> back: Dense<3, 17> } -> Tanh -> mix
                -> Dense<17, 3> -> back -> Mean
        }
        CellTwice: [5, 3] { Dense<3, 7> -> cell: Gru<7, 7> -> LearnedPositions -> cell -> Last }
        NormsTwice: [2, 7, 6] {
            let a = tower: NormsTwiceTower;
            let b = input -> Pad<(0, 1), (2, 0)> -> Slice<1, 1, 8> -> Slice<2, 0, 6> -> tower;
            Concat { a | b } -> Dense<6, 5>
        }
        NormsTwiceTower: [2, 7, 6] {
            BatchNorm2d<2> -> Conv2d<2, 3, 3> -> Tanh -> edge: BatchNorm2d<3> -> Sigmoid -> AvgPool2d<2> -> edge -> Tanh -> GlobalAvgPool
        }
        TokensTied: [9] {
            tokens: Embedding<65, 7> -> RmsNorm -> Dense<7, 7> -> Tanh -> Dense<7, 65, bias = false, tied = tokens>
        }
        DenseTied: [17] { up: Dense<17, 3> -> Sigmoid -> Dense<3, 17> -> Dense<17, 3, tied = up> }
    }
    tuned {}
    packed { StructTwice NormsTwice TokensTied }
    pytorch {
        siamese {
            pub struct Net: [2, 1, 9, 8] {
                let left = Slice<0, 0, 1> -> Reshape<1, 9, 8> -> tower: Tower;
                let right = input -> Slice<0, 1, 2> -> Reshape<1, 9, 8> -> tower;
                Concat { left | right } -> Dense<8, 1>
            }
            struct Tower: [1, 9, 8] { Conv2d<1, 3, 3> -> Relu -> conv: Twice<3> -> GlobalAvgPool -> Dense<3, 4> }
            // The same convolution on images of two sizes.
            block Twice<C> { edge: Conv2d<C, C, 3, padding = 1> -> MaxPool2d<2> -> edge -> Tanh }
        }
        siamese_norms {
            pub struct Net: [2, 1, 9, 8] {
                let left = Slice<0, 0, 1> -> Reshape<1, 9, 8> -> tower: Tower;
                let right = input -> Slice<0, 1, 2> -> Reshape<1, 9, 8> -> tower;
                Concat { left | right } -> Dense<8, 1>
            }
            struct Tower: [1, 9, 8] {
                Conv2d<1, 3, 3, bias = false> -> BatchNorm2d<3> -> Sigmoid -> conv: Twice<3> -> GlobalAvgPool -> Dense<3, 4>
            }
            // The same norm for images of two sizes.
            block Twice<C> { edge: Edge<C> -> AvgPool2d<2> -> edge -> Tanh }
            block Edge<C> { Conv2d<C, C, 3, padding = 1, bias = false> -> BatchNorm2d<C> }
        }
        tied_language_model {
            pub struct Net: [7] {
                tokens: Embedding<11, 6> -> Dropout<0.1> -> body: Body<6> * 2 -> LayerNorm
                    -> Dense<6, 11, bias = false, tied = tokens>
            }
            block Body<D> { Residual { LayerNorm -> MultiHeadAttention<D, 2, causal = true> } }
        }
        recurrent_dense {
            pub struct Net { Dense<3, 5> -> step: Dense<5, 5> -> Tanh -> step -> Tanh -> step -> Tanh -> Dense<5, 2> }
        }
        tied_with_bias {
            pub struct Net { Dense<4, 6> -> Tanh -> wide: Dense<6, 5> -> Sigmoid -> Dense<5, 6> -> Dense<6, 5, tied = wide> }
        }
    }
}
