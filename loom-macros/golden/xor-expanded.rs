/// The smallest network worth training.
///
/// One sample in: `[2]`. One sample out: `[1]`. Trainable values: 33.
#[derive(::core::clone::Clone)]
pub struct Xor<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
impl<P: ::loom::dtype::Precision> ::loom::Model for Xor<P> {
    type Input = [::core::primitive::f32; 2];
    type Output = [::core::primitive::f32; 1];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Xor<Q>;
    const PLAN: &'static ::loom::plan::Plan = {
        use ::loom::{layers, plan};
        use ::core::option::Option;
        &plan::Plan {
            name: "Xor",
            inputs: &[
                plan::Port {
                    name: "input",
                    shape: &[2],
                },
            ],
            outputs: &[
                plan::Port {
                    name: "output",
                    shape: &[1],
                },
            ],
            params: &[
                plan::Param {
                    name: "0.weight",
                    shape: &[8, 2],
                    offset: 0,
                    role: plan::Role::Weight,
                    start: plan::Start::FanIn,
                    fan_in: 2,
                    fan_out: 8,
                },
                plan::Param {
                    name: "0.bias",
                    shape: &[8],
                    offset: 16,
                    role: plan::Role::Bias,
                    start: plan::Start::FanIn,
                    fan_in: 2,
                    fan_out: 8,
                },
                plan::Param {
                    name: "2.weight",
                    shape: &[1, 8],
                    offset: 24,
                    role: plan::Role::Weight,
                    start: plan::Start::FanIn,
                    fan_in: 8,
                    fan_out: 1,
                },
                plan::Param {
                    name: "2.bias",
                    shape: &[1],
                    offset: 32,
                    role: plan::Role::Bias,
                    start: plan::Start::FanIn,
                    fan_in: 8,
                    fan_out: 1,
                },
            ],
            trained_len: 36,
            tables: &[],
            programs: &[],
            weights_len: 36,
            values: &[
                plan::Slot {
                    len: 2,
                    train: 0,
                    infer: 0,
                    grad: 0,
                },
                plan::Slot {
                    len: 8,
                    train: 4,
                    infer: 4,
                    grad: 4,
                },
                plan::Slot {
                    len: 1,
                    train: 12,
                    infer: 0,
                    grad: 0,
                },
            ],
            steps: &[
                plan::Step {
                    name: "0",
                    layer: layers::Layer::Dense(layers::Dense {
                        rows: 1,
                        inputs: 2,
                        outputs: 8,
                        bias: true,
                        activation: layers::Activation::Tanh,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 0,
                            addend: Option::None,
                        },
                    ],
                    output: 1,
                    work: Option::None,
                    params: &[0, 1],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "2",
                    layer: layers::Layer::Dense(layers::Dense {
                        rows: 1,
                        inputs: 8,
                        outputs: 1,
                        bias: true,
                        activation: layers::Activation::Identity,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 1,
                            addend: Option::None,
                        },
                    ],
                    output: 2,
                    work: Option::None,
                    params: &[2, 3],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
            ],
            input_value: 0,
            output_value: 2,
            train_len: 16,
            infer_len: 12,
            grad_len: 12,
        }
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
    pub Xor < P, Q > : [::core::primitive::f32; 2] => [::core::primitive::f32; 1], 33,
    " The output `[1]` for one sample `[2]`.",
    "Xor: [2] -> [1]\n\nstep   layer                output  parameters  multiply-adds\n0      Dense<2, 8> -> Tanh  [8]             24             16\n2      Dense<8, 1>          [1]              9              8\ntotal                                       33             24\n\nmemory of a sample: 48 bytes in inference, 112 bytes in training\nmemory of the weights: 144 bytes\n",
    "digraph \"Xor\" {\n  node [shape=box]\n  0 [label=input]\n  1 [label=\"0\\nDense<2, 8> -> Tanh\"]\n  0 -> 1 [label=\"[2]\"]\n  2 [label=\"2\\nDense<8, 1>\"]\n  1 -> 2 [label=\"[8]\"]\n  output\n  2 -> output [label=\"[1]\"]\n}\n"
}
::loom::private::methods! {
    Debug for Xor < P >
}
