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
                    weight: 0,
                    bias: ::core::option::Option::Some(36),
                    activation: ::loom::layers::Activation::LeakyRelu {
                        slope: 0.01f32,
                    },
                }),
                input: ::loom::plan::Slot {
                    len: 64,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
                output: ::loom::plan::Slot {
                    len: 256,
                    train: 64,
                    infer: 64,
                    grad: 96,
                },
                skip: ::loom::plan::Slot {
                    len: 64,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
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
                input: ::loom::plan::Slot {
                    len: 256,
                    train: 64,
                    infer: 64,
                    grad: 96,
                },
                output: ::loom::plan::Slot {
                    len: 64,
                    train: 320,
                    infer: 0,
                    grad: 32,
                },
                skip: ::loom::plan::Slot {
                    len: 256,
                    train: 64,
                    infer: 64,
                    grad: 96,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "4",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 64,
                    outputs: 16,
                    weight: 40,
                    bias: ::core::option::Option::None,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: ::loom::plan::Slot {
                    len: 64,
                    train: 320,
                    infer: 0,
                    grad: 32,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 64,
                    train: 320,
                    infer: 0,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "5.0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 0,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "5.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    weight: 1064,
                    bias: ::core::option::Option::Some(1320),
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 0,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 400,
                    infer: 0,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 0,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "5.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 400,
                    infer: 0,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 416,
                    infer: 16,
                    grad: 0,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 400,
                    infer: 0,
                    grad: 16,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "5.0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 416,
                    infer: 16,
                    grad: 0,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 32,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 384,
                    infer: 64,
                    grad: 16,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "6.0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 32,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 480,
                    infer: 16,
                    grad: 0,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "6.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    weight: 1336,
                    bias: ::core::option::Option::Some(1592),
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 448,
                    infer: 16,
                    grad: 32,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 16,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "6.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 448,
                    infer: 16,
                    grad: 32,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 464,
                    infer: 32,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 448,
                    infer: 16,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "6.0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 464,
                    infer: 32,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 480,
                    infer: 16,
                    grad: 0,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 432,
                    infer: 0,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "7",
                layer: ::loom::layers::Layer::Dropout(::loom::layers::Dropout {
                    len: 16,
                    probability: 0.25f32,
                    stream: 0,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 480,
                    infer: 16,
                    grad: 0,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 496,
                    infer: 0,
                    grad: 24,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 480,
                    infer: 16,
                    grad: 0,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "head",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 10,
                    weight: 1608,
                    bias: ::core::option::Option::Some(1768),
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 496,
                    infer: 0,
                    grad: 24,
                },
                output: ::loom::plan::Slot {
                    len: 10,
                    train: 512,
                    infer: 16,
                    grad: 12,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 496,
                    infer: 0,
                    grad: 24,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "9",
                layer: ::loom::layers::Layer::Softmax(::loom::layers::Softmax {
                    rows: 1,
                    len: 10,
                }),
                input: ::loom::plan::Slot {
                    len: 10,
                    train: 512,
                    infer: 16,
                    grad: 12,
                },
                output: ::loom::plan::Slot {
                    len: 10,
                    train: 524,
                    infer: 0,
                    grad: 0,
                },
                skip: ::loom::plan::Slot {
                    len: 10,
                    train: 512,
                    infer: 16,
                    grad: 12,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
        ],
        input_slot: ::loom::plan::Slot {
            len: 64,
            train: 0,
            infer: 0,
            grad: 0,
        },
        output_slot: ::loom::plan::Slot {
            len: 10,
            train: 524,
            infer: 0,
            grad: 0,
        },
        train_len: 536,
        infer_len: 320,
        grad_len: 352,
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
        steps: &[
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 0,
                    infer: 0,
                    grad: 32,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 0,
                    infer: 0,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 48,
                    infer: 16,
                    grad: 0,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    weight: 0,
                    bias: ::core::option::Option::Some(256),
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 0,
                    infer: 0,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 16,
                    infer: 16,
                    grad: 32,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 0,
                    infer: 0,
                    grad: 16,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 16,
                    infer: 16,
                    grad: 32,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 32,
                    infer: 32,
                    grad: 16,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 16,
                    infer: 16,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: ::loom::plan::Slot {
                    len: 16,
                    train: 32,
                    infer: 32,
                    grad: 16,
                },
                output: ::loom::plan::Slot {
                    len: 16,
                    train: 48,
                    infer: 16,
                    grad: 0,
                },
                skip: ::loom::plan::Slot {
                    len: 16,
                    train: 0,
                    infer: 0,
                    grad: 32,
                },
                work: ::loom::plan::Slot {
                    len: 0,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
            },
        ],
        input_slot: ::loom::plan::Slot {
            len: 16,
            train: 0,
            infer: 0,
            grad: 32,
        },
        output_slot: ::loom::plan::Slot {
            len: 16,
            train: 48,
            infer: 16,
            grad: 0,
        },
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
