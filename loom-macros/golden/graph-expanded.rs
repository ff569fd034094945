/// Several inputs and outputs, a value that two stacks read, and a block that is used twice with the same weights.
///
/// One sample in: `(left: [4], right: [4])`. One sample out: `(near: [2], far: [4])`. Trainable values: 8.
#[derive(::core::clone::Clone)]
pub struct Graph<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
impl<P: ::loom::dtype::Precision> ::loom::Model for Graph<P> {
    type Input = GraphInput;
    type Output = GraphOutput;
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Graph<Q>;
    const PLAN: &'static ::loom::plan::Plan = {
        use ::loom::{layers, plan};
        use ::core::option::Option;
        &plan::Plan {
            name: "Graph",
            inputs: &[
                plan::Port {
                    name: "left",
                    shape: &[4],
                },
                plan::Port {
                    name: "right",
                    shape: &[4],
                },
            ],
            outputs: &[
                plan::Port {
                    name: "near",
                    shape: &[2],
                },
                plan::Port {
                    name: "far",
                    shape: &[4],
                },
            ],
            params: &[
                plan::Param {
                    name: "near.half.0.weight",
                    shape: &[2, 4],
                    offset: 0,
                    role: plan::Role::Weight,
                    start: plan::Start::FanIn,
                    fan_in: 4,
                    fan_out: 2,
                },
            ],
            trained_len: 8,
            tables: &[],
            programs: &[],
            weights_len: 8,
            values: &[
                plan::Slot {
                    len: 8,
                    train: 4,
                    infer: 0,
                    grad: 0,
                },
                plan::Slot {
                    len: 4,
                    train: 0,
                    infer: 8,
                    grad: 16,
                },
                plan::Slot {
                    len: 4,
                    train: 12,
                    infer: 12,
                    grad: 8,
                },
                plan::Slot {
                    len: 2,
                    train: 16,
                    infer: 0,
                    grad: 12,
                },
                plan::Slot {
                    len: 2,
                    train: 4,
                    infer: 4,
                    grad: 0,
                },
                plan::Slot {
                    len: 4,
                    train: 20,
                    infer: 12,
                    grad: 8,
                },
                plan::Slot {
                    len: 6,
                    train: 4,
                    infer: 4,
                    grad: 0,
                },
            ],
            steps: &[
                plan::Step {
                    name: "",
                    layer: layers::Layer::Slice(layers::Slice {
                        rows: 1,
                        len: 8,
                        start: 0,
                        count: 4,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 0,
                            addend: Option::Some(8),
                        },
                    ],
                    output: 1,
                    work: Option::None,
                    params: &[],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "",
                    layer: layers::Layer::Slice(layers::Slice {
                        rows: 1,
                        len: 8,
                        start: 4,
                        count: 4,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 0,
                            addend: Option::None,
                        },
                    ],
                    output: 2,
                    work: Option::None,
                    params: &[],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "near.half.0",
                    layer: layers::Layer::Dense(layers::Dense {
                        rows: 1,
                        inputs: 4,
                        outputs: 2,
                        bias: false,
                        activation: layers::Activation::Tanh,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 1,
                            addend: Option::None,
                        },
                    ],
                    output: 3,
                    work: Option::None,
                    params: &[0],
                    d_params: &[8],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "near.half.0",
                    layer: layers::Layer::Dense(layers::Dense {
                        rows: 1,
                        inputs: 4,
                        outputs: 2,
                        bias: false,
                        activation: layers::Activation::Identity,
                    }),
                    operands: &[
                        plan::Operand {
                            value: 2,
                            addend: Option::None,
                        },
                    ],
                    output: 4,
                    work: Option::None,
                    params: &[0],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "far",
                    layer: layers::Layer::Concat(layers::Concat { rows: 1, len: 4 }),
                    operands: &[
                        plan::Operand {
                            value: 3,
                            addend: Option::Some(4),
                        },
                        plan::Operand {
                            value: 4,
                            addend: Option::None,
                        },
                    ],
                    output: 5,
                    work: Option::None,
                    params: &[],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
                plan::Step {
                    name: "0",
                    layer: layers::Layer::Concat(layers::Concat { rows: 1, len: 6 }),
                    operands: &[
                        plan::Operand {
                            value: 3,
                            addend: Option::None,
                        },
                        plan::Operand {
                            value: 5,
                            addend: Option::None,
                        },
                    ],
                    output: 6,
                    work: Option::None,
                    params: &[],
                    d_params: &[],
                    table: Option::None,
                    program: Option::None,
                },
            ],
            input_value: 0,
            output_value: 6,
            train_len: 24,
            infer_len: 16,
            grad_len: 20,
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
    pub Graph < P, Q > : GraphInput => GraphOutput, 8,
    " The output `(near: [2], far: [4])` for one sample `(left: [4], right: [4])`.",
    "Graph: (left: [4], right: [4]) -> (near: [2], far: [4])\n\nstep         layer                              output  parameters  multiply-adds\n             Slice                              [4]\n             Slice                              [4]\nnear.half.0  Dense<4, 2, bias = false> -> Tanh  [2]              8              8\nnear.half.0  Dense<4, 2, bias = false>          [2]              8              8\nfar          Concat                             [4]\n0            Concat                             [6]\ntotal                                                            8             16\n\nmemory of a sample: 64 bytes in inference, 176 bytes in training\nmemory of the weights: 32 bytes\n",
    "digraph \"Graph\" {\n  node [shape=box]\n  0 [label=input]\n  1 [label=\"\\nSlice\"]\n  0 -> 1 [label=\"(left: [4], right: [4])\"]\n  2 [label=\"\\nSlice\"]\n  0 -> 2 [label=\"(left: [4], right: [4])\"]\n  3 [label=\"near.half.0\\nDense<4, 2, bias = false> -> Tanh\"]\n  1 -> 3 [label=\"[4]\"]\n  4 [label=\"near.half.0\\nDense<4, 2, bias = false>\"]\n  2 -> 4 [label=\"[4]\"]\n  5 [label=\"far\\nConcat\"]\n  3 -> 5 [label=\"[2]\"]\n  4 -> 5 [label=\"[2]\"]\n  6 [label=\"0\\nConcat\"]\n  3 -> 6 [label=\"[2]\"]\n  5 -> 6 [label=\"[4]\"]\n  output\n  6 -> output [label=\"(near: [2], far: [4])\"]\n}\n"
}
::loom::private::methods! {
    Debug for Graph < P >
}
::loom::private::sample! {
    #[doc = " One input of [`Graph`]."] pub struct GraphInput { #[doc = " `[4]`"] left :
    [::core::primitive::f32; 4], #[doc = " `[4]`"] right : [::core::primitive::f32; 4] }
}
::loom::private::sample! {
    #[doc = " One output of [`Graph`]."] pub struct GraphOutput { #[doc = " `[2]`"] near
    : [::core::primitive::f32; 2], #[doc = " `[4]`"] far : [::core::primitive::f32; 4] }
}
const _: ::loom::layers::Flatten = ::loom::layers::Flatten;
const _: ::loom::layers::Flatten = ::loom::layers::Flatten;
