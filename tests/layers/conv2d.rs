//! `Conv2d` and `Conv1d`: the networks that every check runs.

layer! {
    networks {
        ConvOne: [1, 1, 1] { Conv2d<1, 1, 1> }
        ConvMargin: [1, 5, 1] { Conv2d<1, 3, 5, padding = 2> }
        ConvMarginOnly: [2, 1, 1] { Conv2d<2, 3, 3, stride = 4, padding = 1> }
        ConvMarginStride: [1, 5, 3] { Conv2d<1, 2, 4, stride = 5, padding = 2> -> Tanh }
        ConvPoint: [17, 3, 5] { Conv2d<17, 3, 1> }
        ConvSquare: [3, 17, 19] { Conv2d<3, 17, 3> }
        ConvMany: [17, 11, 9] { Conv2d<17, 17, 3, padding = 1> }
        ConvFlat: [3, 17, 19] { Conv2d<3, 5, (1, 4)> }
        ConvTall: [3, 19, 17] { Conv2d<3, 5, (5, 2), stride = (2, 3), padding = (2, 1)> }
        ConvStride: [1, 17, 17] { Conv2d<1, 17, 3, stride = 3> }
        ConvGaps: [3, 17, 17] { Conv2d<3, 3, 2, stride = 5> }
        ConvWholeImage: [3, 5, 7] { Conv2d<3, 17, (5, 7)> }
        ConvNoBias: [3, 17, 17] { Conv2d<3, 17, 3, stride = 2, padding = 1, bias = false> }
        ConvRelu: [3, 17, 9] { Conv2d<3, 17, 3> -> Relu }
        ConvLeakyRelu: [3, 17, 9] { Conv2d<3, 17, 3> -> LeakyRelu }
        ConvLeakyReluSlope: [3, 17, 9] { Conv2d<3, 17, 3> -> LeakyRelu<slope = 0.3> }
        ConvSigmoid: [3, 17, 9] { Conv2d<3, 17, 3> -> Sigmoid }
        ConvTanh: [3, 17, 9] { Conv2d<3, 17, 3> -> Tanh }
        ConvSilu: [3, 17, 9] { Conv2d<3, 17, 3> -> Silu }
        ConvGelu: [3, 17, 9] { Conv2d<3, 17, 3> -> Gelu }
        ConvGeluTanh: [3, 17, 9] { Conv2d<3, 17, 3> -> GeluTanh }
        ConvDilated: [3, 17, 19] { Conv2d<3, 17, 3, dilation = 3> -> Relu }
        ConvDilatedPairs: [3, 17, 19] { Conv2d<3, 5, (3, 4), stride = (2, 3), padding = (3, 7), dilation = (5, 2)> }
        ConvDilatedGaps: [2, 3, 1] { Conv2d<2, 3, (2, 3), stride = (4, 2), padding = (4, 9), dilation = (3, 7)> }
        Conv1dOne: [1, 1] { Conv1d<1, 1, 1> }
        Conv1dWide: [17, 65] { Conv1d<17, 17, 3> -> Tanh }
        Conv1dUneven: [3, 257] { Conv1d<3, 17, 5, stride = 3, padding = 4, dilation = 2, bias = false> }
        Conv1dResidual: [3, 17] { Residual { Conv1d<3, 5, 3, padding = 2> -> Gelu -> Conv1d<5, 3, 3> } }
        ConvTwo: [2, 5, 3] { Conv2d<2, 3, 1> -> Relu }
    }
    tuned {
        ConvTall Conv1dWide
    }
    packed {
        ConvTall ConvNoBias Conv1dUneven
    }
    pytorch {
        conv2d { pub struct Net: [1, 7, 6] { Conv2d<1, 3, 3> } }
        conv2d_uneven { pub struct Net: [2, 9, 8] { Conv2d<2, 3, (3, 5), stride = (2, 1), padding = (1, 2)> } }
        conv2d_no_bias { pub struct Net: [3, 5, 7] { Conv2d<3, 4, 2, stride = 2, bias = false> } }
        conv2d_point { pub struct Net: [3, 1, 4] { Conv2d<3, 5, 1> } }
        conv2d_dilated {
            pub struct Net: [2, 9, 8] { Conv2d<2, 3, (2, 3), stride = (2, 1), padding = (1, 2), dilation = (3, 2)> }
        }
        conv1d { pub struct Net: [1, 9] { Conv1d<1, 3, 3> } }
        conv1d_uneven {
            pub struct Net: [3, 17] { Conv1d<3, 5, 4, stride = 2, padding = 3, dilation = 3, bias = false> -> Tanh }
        }
    }
}
