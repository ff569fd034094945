//! Networks of several layers: the networks that every check runs.

layer! {
    networks {
        Block: [17] { fc: Dense<17, 17> -> Silu -> out: Dense<17, 17, bias = false> }
        Blocks: [17] { Block * 3 -> Residual { Block * 2 } -> Dense<17, 1> }
        Perceptron: [17] { Dense<17, 257> -> Tanh -> Dropout<0.2> -> Dense<257, 65> -> Gelu -> Dense<65, 3> -> Softmax }
        Digits: [1, 28, 28] {
            Flatten -> Dense<784, 784> -> Reshape<1, 28, 28>
                -> conv1: Conv2d<1, 8, 3> -> Relu
                -> conv2: Conv2d<8, 16, 3, stride = 2> -> Relu
                -> Flatten
                -> Dense<2304, 64> -> Relu
                -> Dense<64, 10>
        }
        Pooled: [3, 17, 17] {
            Conv2d<3, 8, 3, padding = 1> -> Tanh -> MaxPool2d<2>
                -> Conv2d<8, 5, (3, 1), stride = 2> -> Silu -> AvgPool2d<2, stride = 1, padding = 1>
                -> Flatten -> Dense<{ 5 * 4 * 5 }, 17, bias = false> -> LeakyRelu -> Dense<17, 3>
        }
        Signal: [33, 3] {
            Transpose -> Conv1d<3, 17, 3, padding = 2, dilation = 2> -> Relu -> Residual { Conv1d<17, 17, 1> -> Silu }
                -> Transpose -> Residual { Dense<17, 17> } -> Mean -> Dense<17, 3>
        }
        Transformer: [8, 6] {
            Dense<6, 12> -> SinusoidalPositions -> LearnedPositions -> Encoder * 2 -> Flatten -> Dense<96, 3>
        }
        Encoder: [8, 12] {
            Residual { MultiHeadAttention<12, 2, rotary = true> } -> Residual { Dense<12, 17> -> Gelu -> Dense<17, 12> }
        }
    }
    tuned {}
    packed {
        Pooled Transformer
    }
    pytorch {
        blocks {
            pub struct Net { Block * 2 -> body: Block * 2 -> Residual { Block } -> Dense<6, 1> }
            struct Block: [6] { fc: Dense<6, 6> -> Tanh }
        }
        names {
            pub struct Net: [1, 6, 6] {
                conv1: Conv2d<1, 2, 3> -> Relu
                    -> skip: Residual { Conv2d<2, 2, 1> -> Tanh }
                    -> Flatten -> Dense<32, 4> -> Sigmoid
                    -> head: Dense<4, 3>
            }
        }
        digits {
            pub struct Net: [1, 12, 12] {
                conv1: Conv2d<1, 4, 3> -> Relu
                    -> conv2: Conv2d<4, 6, 3, stride = 2> -> Relu
                    -> MaxPool2d<2> -> Flatten
                    -> Dense<24, 16> -> Relu
                    -> Dropout<0.25>
                    -> Dense<16, 10>
            }
        }
        signal {
            pub struct Net: [9, 3] {
                Transpose -> Conv1d<3, 5, 3, padding = 2, dilation = 2> -> Relu
                    -> Residual { conv: Conv1d<5, 5, 1> -> Silu }
                    -> Transpose -> Dense<5, 4> -> Mean -> head: Dense<4, 2>
            }
        }
    }
}
