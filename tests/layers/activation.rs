//! Activations: the networks that every check runs.

layer! {
    networks {
        ReluAlone: [17, 257] { Relu }
        LeakyReluAlone: [17, 257] { LeakyRelu }
        LeakyReluSlopeAlone: [17, 257] { LeakyRelu<slope = 0.3> }
        SigmoidAlone: [17, 257] { Sigmoid }
        TanhAlone: [17, 257] { Tanh }
        SiluAlone: [17, 257] { Silu }
        GeluAlone: [17, 257] { Gelu }
        GeluTanhAlone: [17, 257] { GeluTanh }
        ActivationsInARow: [17] { Dense<17, 17> -> Tanh -> Sigmoid -> Silu -> LeakyRelu -> Gelu }
    }
    tuned {}
    packed {}
    pytorch {
        relu { pub struct Net: [11] { Relu } }
        leaky_relu { pub struct Net: [11] { LeakyRelu<slope = 0.2> } }
        sigmoid { pub struct Net: [11] { Sigmoid } }
        tanh { pub struct Net: [11] { Tanh } }
        silu { pub struct Net: [11] { Silu } }
        gelu { pub struct Net: [11] { Gelu } }
        gelu_tanh { pub struct Net: [11] { GeluTanh } }
        relu_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> Relu } }
        leaky_relu_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> LeakyRelu<slope = 0.2> } }
        sigmoid_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> Sigmoid } }
        tanh_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> Tanh } }
        silu_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> Silu } }
        gelu_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> Gelu } }
        gelu_tanh_conv2d { pub struct Net: [2, 3, 5] { Conv2d<2, 3, 2> -> GeluTanh } }
    }
}
