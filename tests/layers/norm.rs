//! `LayerNorm` and `RmsNorm`: the networks that every check runs.

layer! {
    networks {
        LayerNormVector: [257] { LayerNorm }
        LayerNormRows: [5, 3, 17] { LayerNorm<eps = 1e-3, bias = false> }
        LayerNormOne: [3, 1] { LayerNorm }
        LayerNormDense: [3, 17] { Dense<17, 64> -> LayerNorm -> Gelu -> Dense<64, 3> }
        RmsNormVector: [257] { RmsNorm }
        RmsNormRows: [5, 3, 17] { RmsNorm<eps = 1e-3> }
        RmsNormOne: [3, 1] { RmsNorm<eps = 0.25> }
        RmsNormResidual: [3, 65] { Residual { RmsNorm -> Dense<65, 65> } -> RmsNorm }
    }
    tuned {
        LayerNormRows RmsNormResidual
    }
    packed {
        LayerNormDense RmsNormResidual
    }
    pytorch {
        layer_norm { pub struct Net: [5] { LayerNorm } }
        layer_norm_rows { pub struct Net: [3, 17] { LayerNorm<eps = 1e-3, bias = false> } }
        layer_norm_dense { pub struct Net { Dense<64, 9> -> LayerNorm -> Gelu } }
        rms_norm { pub struct Net: [5] { RmsNorm } }
        rms_norm_rows { pub struct Net: [3, 17] { RmsNorm<eps = 1e-3> } }
    }
}
