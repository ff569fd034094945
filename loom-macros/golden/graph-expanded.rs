/// A value that two stacks read, and a block.
///
/// One sample in: `[4]`. One sample out: `[8]`. Trainable values: 12.
#[derive(::core::clone::Clone)]
pub struct Graph<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
impl<P: ::loom::dtype::Precision> ::loom::Model for Graph<P> {
    type Input = [::core::primitive::f32; 4];
    type Output = [::core::primitive::f32; 8];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Graph<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Graph",
        inputs: &[
            ::loom::plan::Port {
                name: "input",
                shape: &[4],
            },
        ],
        outputs: &[
            ::loom::plan::Port {
                name: "output",
                shape: &[8],
            },
        ],
        params: &[
            ::loom::plan::Param {
                name: "a.0.0.weight",
                shape: &[2, 4],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 4,
                fan_out: 2,
            },
            ::loom::plan::Param {
                name: "0.1.0.0.weight",
                shape: &[2, 2],
                offset: 8,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 2,
                fan_out: 2,
            },
        ],
        trained_len: 12,
        tables: &[],
        programs: &[],
        weights_len: 12,
        values: &[
            ::loom::plan::Slot {
                len: 4,
                train: 0,
                infer: 0,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 2,
                train: 4,
                infer: 4,
                grad: 8,
            },
            ::loom::plan::Slot {
                len: 2,
                train: 8,
                infer: 8,
                grad: 12,
            },
            ::loom::plan::Slot {
                len: 8,
                train: 12,
                infer: 12,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "a.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 4,
                    outputs: 2,
                    bias: false,
                    activation: ::loom::layers::Activation::Tanh,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 0,
                        addend: ::core::option::Option::Some(0),
                    },
                ],
                output: 1,
                work: ::core::option::Option::None,
                params: &[0],
                d_params: &[],
                table: ::core::option::Option::None,
                program: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0.1.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 2,
                    outputs: 2,
                    bias: false,
                    activation: ::loom::layers::Activation::Identity,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 1,
                        addend: ::core::option::Option::Some(0),
                    },
                ],
                output: 2,
                work: ::core::option::Option::None,
                params: &[1],
                d_params: &[],
                table: ::core::option::Option::None,
                program: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Concat(::loom::layers::Concat {
                    rows: 1,
                    len: 8,
                }),
                operands: &[
                    ::loom::plan::Operand {
                        value: 1,
                        addend: ::core::option::Option::None,
                    },
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
                d_params: &[],
                table: ::core::option::Option::None,
                program: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 3,
        train_len: 20,
        infer_len: 20,
        grad_len: 20,
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
    pub Graph < P, Q > : [::core::primitive::f32; 4] => [::core::primitive::f32; 8], 12,
    " The output `[8]` for one sample `[4]`.",
    "Graph: [4] -> [8]\n\nstep     layer                              output  parameters  multiply-adds\na.0.0    Dense<4, 2, bias = false> -> Tanh  [2]              8              8\n0.1.0.0  Dense<2, 2, bias = false>          [2]              4              4\n0        Concat                             [8]\ntotal                                                       12             12\n\nmemory of a sample: 80 bytes in inference, 160 bytes in training\nmemory of the weights: 48 bytes\n",
    "digraph \"Graph\" {\n  node [shape=box]\n  0 [label=input]\n  1 [label=\"a.0.0\\nDense<4, 2, bias = false> -> Tanh\"]\n  0 -> 1 [label=\"[4]\"]\n  2 [label=\"0.1.0.0\\nDense<2, 2, bias = false>\"]\n  1 -> 2 [label=\"[2]\"]\n  3 [label=\"0\\nConcat\"]\n  1 -> 3 [label=\"[2]\"]\n  2 -> 3 [label=\"[2]\"]\n  0 -> 3 [label=\"[4]\"]\n  output\n  3 -> output [label=\"[8]\"]\n}\n"
}
::loom::private::methods! {
    Debug for Graph < P >
}
