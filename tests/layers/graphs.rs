//! Networks with named values: what every check runs.

layer! {
    networks {
        ValuesReadTwice: [17] {
            let a = Dense<17, 5>;
            let b = a -> Tanh;
            let c = a -> Relu -> Dense<5, 5>;
            Concat { a | Sum { b | c } | Product { b | c -> Sigmoid } } -> Dense<15, 3>
        }
        InputReadTwice: [257] {
            let a = Dense<257, 3>;
            let b = input -> Dense<257, 3> -> Tanh;
            Residual { Sum { a | b } -> Dense<3, 257> }
        }
        ValueAfterActivation: [3, 9, 7] {
            let features = Conv2d<3, 2, 3, padding = 1> -> Relu;
            let scores = features -> Conv2d<2, 1, 1> -> Sigmoid;
            let other = features -> BatchNorm2d<2> -> Gelu;
            Concat { scores | other | features } -> MaxPool2d<3>
        }
        OutputIsAValue: [17] { let y = Dense<17, 3> -> Tanh; y }
    }
    tuned {}
    packed {}
    pytorch {
        gates {
            pub struct Net { Dense<3, 5> -> Gate -> body: Gate * 2 -> Dense<5, 2> }
            struct Gate: [5] {
                let gate = Relu;
                let value = Dense<5, 5> -> Tanh;
                Product { gate | value }
            }
        }
        res_net {
            pub struct Net: [2, 9, 7] {
                Conv2d<2, 3, 3, padding = 1, bias = false> -> BatchNorm2d<3> -> Relu
                    -> Basic<3> * 2 -> Down<3, 5, 2> -> Basic<5> -> GlobalAvgPool -> Dense<5, 4>
            }
            block Basic<C> { Residual { Branch<C, C, 1> } -> Relu }
            block Down<IN, OUT, STRIDE> {
                Residual { Branch<IN, OUT, STRIDE> | Conv2d<IN, OUT, 1, stride = STRIDE, bias = false> -> BatchNorm2d<OUT> }
                    -> Relu
            }
            block Branch<IN, OUT, STRIDE> {
                Conv2d<IN, OUT, 3, stride = STRIDE, padding = 1, bias = false> -> BatchNorm2d<OUT> -> Relu
                    -> Conv2d<OUT, OUT, 3, padding = 1, bias = false> -> BatchNorm2d<OUT>
            }
        }
        unet {
            pub struct Net: [2, 8, 8] {
                let fine = Conv2d<2, 3, 3, padding = 1> -> BatchNorm2d<3> -> Relu;
                let coarse = fine -> MaxPool2d<2> -> Conv2d<3, 4, 3, padding = 1> -> Relu;
                let deep = coarse -> MaxPool2d<2> -> Conv2d<4, 6, 3, padding = 1> -> Relu -> Twice6;
                let up = Concat { coarse | deep } -> Conv2d<10, 4, 3, padding = 1> -> Relu -> Twice4;
                Concat { fine | up } -> Conv2d<7, 3, 3, padding = 1> -> Relu -> Conv2d<3, 1, 1>
            }
            // Nearest neighbours: each value becomes a square of two by two.
            struct Twice6: [6, 2, 2] {
                Reshape<12, 2, 1> -> Concat<axis = 2> { | } -> Reshape<12, 1, 4> -> Concat<axis = 1> { | } -> Reshape<6, 4, 4>
            }
            struct Twice4: [4, 4, 4] {
                Reshape<16, 4, 1> -> Concat<axis = 2> { | } -> Reshape<16, 1, 8> -> Concat<axis = 1> { | } -> Reshape<4, 8, 8>
            }
        }
        inception {
            pub struct Net: [3, 5, 4] {
                Concat {
                    Conv2d<3, 2, 1> -> Relu
                    | Conv2d<3, 2, 1> -> Relu -> Conv2d<2, 3, 3, padding = 1> -> Relu
                    | Conv2d<3, 1, 1> -> Relu -> Conv2d<1, 2, 5, padding = 2> -> Relu
                    | MaxPool2d<3, stride = 1, padding = 1> -> Conv2d<3, 2, 1> -> Relu
                } -> GlobalAvgPool -> Dense<9, 4>
            }
        }
        dense_net {
            pub struct Net: [2, 5, 4] {
                Concat { | BatchNorm2d<2> -> Relu -> Conv2d<2, 3, 3, padding = 1, bias = false> }
                    -> Concat { | BatchNorm2d<5> -> Relu -> Conv2d<5, 3, 3, padding = 1, bias = false> }
                    -> BatchNorm2d<8> -> Relu -> Conv2d<8, 4, 1, bias = false> -> AvgPool2d<2>
            }
        }
        text_cnn {
            pub struct Net: [9] {
                let words = Embedding<11, 6> -> Transpose;
                let pairs = words -> Conv1d<6, 4, 2> -> Relu -> Reshape<4, 1, 8> -> MaxPool2d<(1, 8)> -> Flatten;
                let triples = words -> Conv1d<6, 4, 3> -> Relu -> Reshape<4, 1, 7> -> MaxPool2d<(1, 7)> -> Flatten;
                Concat { pairs | triples } -> Dropout<0.5> -> Dense<8, 3>
            }
        }
        nerf {
            pub struct Net: [5] {
                let hidden = Dense<5, 8> -> Relu -> Dense<8, 8> -> Relu;
                let second = Concat { hidden | input } -> Dense<13, 8> -> Relu;
                let density = second -> Dense<8, 1>;
                let color = second -> Dense<8, 3> -> Sigmoid;
                Concat { density | color }
            }
        }
        n_beats {
            pub struct Net: [6] {
                let first = Dense<6, 8> -> Relu;
                let rest = Sum { input | first -> Dense<8, 6> };
                let second = rest -> Dense<6, 8> -> Relu;
                Sum { first -> Dense<8, 3> | second -> Dense<8, 3> }
            }
        }
    }
}
