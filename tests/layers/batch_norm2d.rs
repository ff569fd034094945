//! `BatchNorm2d`: the networks that every check runs.

layer! {
    networks {
        BatchNormImage: [3, 5, 7] { BatchNorm2d<3> }
        BatchNormPoint: [1, 1, 1] { BatchNorm2d<1, eps = 0.5> }
        BatchNormDeep: [3, 9, 7] {
            Conv2d<3, 17, 3, bias = false> -> BatchNorm2d<17, eps = 1e-3> -> Relu -> Conv2d<17, 5, 3, bias = false> -> BatchNorm2d<5>
        }
    }
    tuned {
        BatchNormDeep
    }
    packed {
        BatchNormDeep
    }
    pytorch {
        batch_norm2d { pub struct Net: [3, 5, 7] { BatchNorm2d<3> } }
        batch_norm2d_conv2d {
            pub struct Net: [2, 6, 5] { Conv2d<2, 4, 3, bias = false> -> BatchNorm2d<4, eps = 1e-3> -> Relu }
        }
    }
}
