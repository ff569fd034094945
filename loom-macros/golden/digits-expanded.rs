#[allow(dead_code)]
const WIDTH: ::core::primitive::usize = 16usize;
/// One sample in: `[1, 8, 8]`. One sample out: `[10]`. Trainable values: 1778.
#[derive(::core::clone::Clone)]
pub struct Digits<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
impl<P: ::loom::dtype::Precision> ::loom::Model for Digits<P> {
    type Input = [[[::core::primitive::f32; 8]; 8]; 1];
    type Output = [::core::primitive::f32; 10];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Digits<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Digits",
        input: &[1, 8, 8],
        output: &[10],
        params: &[
            ::loom::plan::Param {
                name: "conv.weight",
                shape: &[4, 1, 3, 3],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 9,
                fan_out: 36,
            },
            ::loom::plan::Param {
                name: "conv.bias",
                shape: &[4],
                offset: 36,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 9,
                fan_out: 36,
            },
            ::loom::plan::Param {
                name: "4.weight",
                shape: &[16, 64],
                offset: 40,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 64,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "5.0.0.weight",
                shape: &[16, 16],
                offset: 1064,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "5.0.0.bias",
                shape: &[16],
                offset: 1320,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "6.0.0.weight",
                shape: &[16, 16],
                offset: 1336,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "6.0.0.bias",
                shape: &[16],
                offset: 1592,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "head.weight",
                shape: &[10, 16],
                offset: 1608,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 10,
            },
            ::loom::plan::Param {
                name: "head.bias",
                shape: &[10],
                offset: 1768,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 10,
            },
        ],
        trained_len: 1780,
        tables: &[],
        weights_len: 1780,
        values: &[
            ::loom::plan::Slot {
                len: 64,
                train: 0,
                infer: 0,
                grad: 256,
            },
            ::loom::plan::Slot {
                len: 256,
                train: 64,
                infer: 64,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 64,
                train: 320,
                infer: 0,
                grad: 256,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 384,
                infer: 64,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 400,
                infer: 0,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 416,
                infer: 16,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 432,
                infer: 0,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 448,
                infer: 16,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 464,
                infer: 32,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 480,
                infer: 16,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 496,
                infer: 0,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 10,
                train: 512,
                infer: 16,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 10,
                train: 524,
                infer: 0,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "conv",
                layer: ::loom::layers::Layer::Conv2d(::loom::layers::Conv2d {
                    in_channels: 1,
                    out_channels: 4,
                    window: ::loom::layers::Window {
                        image: [8, 8],
                        kernel: [3, 3],
                        stride: [1, 1],
                        padding: [1, 1],
                        dilation: [1, 1],
                        positions: [8, 8],
                    },
                    bias: true,
                    activation: ::loom::layers::Activation::LeakyRelu {
                        slope: 0.01f32,
                    },
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 0,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 1,
                work: ::core::option::Option::None,
                params: &[0, 1],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "2",
                layer: ::loom::layers::Layer::MaxPool2d(::loom::layers::MaxPool2d {
                    channels: 4,
                    window: ::loom::layers::Window {
                        image: [8, 8],
                        kernel: [2, 2],
                        stride: [2, 2],
                        padding: [0, 0],
                        dilation: [1, 1],
                        positions: [4, 4],
                    },
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 1,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 2,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "4",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 64,
                    outputs: 16,
                    bias: false,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 2,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 3,
                work: ::core::option::Option::None,
                params: &[2],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 3,
                        addend: ::core::option::Option::Some(0),
                    },
                ],
                output: 4,
                work: ::core::option::Option::None,
                params: &[3, 4],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 4,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 5,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0",
                layer: ::loom::layers::Layer::Sum(::loom::layers::Sum { len: 16 }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 5,
                        addend: ::core::option::Option::None,
                    },
                    ::loom::plan::Operand {
                        value: 3,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 6,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 6,
                        addend: ::core::option::Option::Some(16),
                    },
                ],
                output: 7,
                work: ::core::option::Option::None,
                params: &[5, 6],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 7,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 8,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0",
                layer: ::loom::layers::Layer::Sum(::loom::layers::Sum { len: 16 }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 8,
                        addend: ::core::option::Option::None,
                    },
                    ::loom::plan::Operand {
                        value: 6,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 9,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "7",
                layer: ::loom::layers::Layer::Dropout(::loom::layers::Dropout {
                    len: 16,
                    probability: 0.25f32,
                    stream: 0,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 9,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 10,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "head",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 10,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 10,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 11,
                work: ::core::option::Option::None,
                params: &[7, 8],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "9",
                layer: ::loom::layers::Layer::Softmax(::loom::layers::Softmax {
                    rows: 1,
                    len: 10,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 11,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 12,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 12,
        train_len: 536,
        infer_len: 320,
        grad_len: 320,
    };
    fn from_own(__loom_weights: ::loom::WeightsOf<Self, P>) -> Self {
        Self { weights: __loom_weights }
    }
    fn own_weights(&self) -> &::loom::WeightsOf<Self, P> {
        &self.weights
    }
    fn weights_mut(&mut self) -> &mut ::loom::WeightsOf<Self, P> {
        &mut self.weights
    }
}
::loom::private::methods! {
    pub Digits < P, Q > : [[[::core::primitive::f32; 8]; 8]; 1] =>
    [::core::primitive::f32; 10], 1778, " The output `[10]` for one sample `[1, 8, 8]`."
}
::loom::private::methods! {
    Debug for Digits < P >
}
const _: ::loom::layers::Flatten = ::loom::layers::Flatten;
const _: ::core::marker::PhantomData<Block> = ::core::marker::PhantomData;
/// One sample in: `[16]`. One sample out: `[16]`. Trainable values: 272.
#[derive(::core::clone::Clone)]
#[allow(dead_code)]
struct Block<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
impl<P: ::loom::dtype::Precision> ::loom::Model for Block<P> {
    type Input = [::core::primitive::f32; 16];
    type Output = [::core::primitive::f32; 16];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Block<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Block",
        input: &[16],
        output: &[16],
        params: &[
            ::loom::plan::Param {
                name: "0.0.weight",
                shape: &[16, 16],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "0.0.bias",
                shape: &[16],
                offset: 256,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
        ],
        trained_len: 272,
        tables: &[],
        weights_len: 272,
        values: &[
            ::loom::plan::Slot {
                len: 16,
                train: 0,
                infer: 0,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 16,
                infer: 16,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 32,
                infer: 32,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 48,
                infer: 16,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 0,
                        addend: ::core::option::Option::Some(0),
                    },
                ],
                output: 1,
                work: ::core::option::Option::None,
                params: &[0, 1],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 1,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 2,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Sum(::loom::layers::Sum { len: 16 }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 2,
                        addend: ::core::option::Option::None,
                    },
                    ::loom::plan::Operand {
                        value: 0,
                        addend: ::core::option::Option::None,
                    },
                ],
                output: 3,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 3,
        train_len: 64,
        infer_len: 48,
        grad_len: 48,
    };
    fn from_own(__loom_weights: ::loom::WeightsOf<Self, P>) -> Self {
        Self { weights: __loom_weights }
    }
    fn own_weights(&self) -> &::loom::WeightsOf<Self, P> {
        &self.weights
    }
    fn weights_mut(&mut self) -> &mut ::loom::WeightsOf<Self, P> {
        &mut self.weights
    }
}
::loom::private::methods! {
    Block < P, Q > : [::core::primitive::f32; 16] => [::core::primitive::f32; 16], 272,
    " The output `[16]` for one sample `[16]`."
}
::loom::private::methods! {
    Debug for Block < P >
}
