//! `Dense`: the networks that every check runs.

layer! {
    networks {
        DenseOne: [1] { Dense<1, 1> }
        DenseWide: [17] { Dense<17, 257> }
        DenseDeep: [257] { Dense<257, 3> }
        DenseNoBias: [257] { Dense<257, 257, bias = false> }
        DenseRows: [17, 3] { Dense<3, 257> }
        DenseRowsOfRows: [3, 5, 17] { Dense<17, 1> }
        DenseRowsNoBias: [17, 17] { Dense<17, 3, bias = false> }
        DenseRelu: [17] { Dense<17, 257> -> Relu }
        DenseLeakyRelu: [17] { Dense<17, 257> -> LeakyRelu }
        DenseLeakyReluSlope: [17] { Dense<17, 257> -> LeakyRelu<slope = 0.3> }
        DenseSigmoid: [17] { Dense<17, 257> -> Sigmoid }
        DenseTanh: [17] { Dense<17, 257> -> Tanh }
        DenseSilu: [17] { Dense<17, 257> -> Silu }
        DenseGelu: [17] { Dense<17, 257> -> Gelu }
        DenseGeluTanh: [17] { Dense<17, 257> -> GeluTanh }
        DenseNoBiasTanh: [3, 17] { Dense<17, 257, bias = false> -> Tanh }
        // llvmpipe refolds a sum of two products that meets a bias.
        DenseTwo: [2] { Dense<2, 17> }
    }
    tuned {
        DenseDeep DenseGelu
    }
    packed {
        DenseOne DenseWide DenseNoBias DenseRows
    }
    pytorch {
        dense { pub struct Net { Dense<5, 7> } }
        dense_no_bias { pub struct Net { Dense<33, 17, bias = false> } }
        dense_steps { pub struct Net: [6, 4] { Dense<4, 3> } }
        dense_rows_of_rows_no_bias { pub struct Net: [2, 3, 5] { Dense<5, 2, bias = false> } }
    }
}
