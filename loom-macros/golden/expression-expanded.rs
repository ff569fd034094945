fn main() {
    let network = {
        /// One sample in: `[3]`. One sample out: `[2]`. Trainable values: 8.
        #[derive(::core::clone::Clone)]
        struct Network<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
            weights: ::loom::WeightsOf<Self, P>,
        }
        impl<P: ::loom::dtype::Precision> ::loom::Model for Network<P> {
            type Input = [::core::primitive::f32; 3];
            type Output = [::core::primitive::f32; 2];
            type Precision = P;
            type In<Q: ::loom::dtype::Precision> = Network<Q>;
            const PLAN: &'static ::loom::plan::Plan = {
                use ::loom::{layers, plan};
                use ::core::option::Option;
                &plan::Plan {
                    name: "Network",
                    inputs: &[
                        plan::Port {
                            name: "input",
                            shape: &[3],
                        },
                    ],
                    outputs: &[
                        plan::Port {
                            name: "output",
                            shape: &[2],
                        },
                    ],
                    params: &[
                        plan::Param {
                            name: "0.weight",
                            shape: &[2, 3],
                            offset: 0,
                            role: plan::Role::Weight,
                            start: plan::Start::FanIn,
                            fan_in: 3,
                            fan_out: 2,
                        },
                        plan::Param {
                            name: "0.bias",
                            shape: &[2],
                            offset: 8,
                            role: plan::Role::Bias,
                            start: plan::Start::FanIn,
                            fan_in: 3,
                            fan_out: 2,
                        },
                    ],
                    trained_len: 12,
                    tables: &[],
                    programs: &[],
                    weights_len: 12,
                    values: &[
                        plan::Slot {
                            len: 3,
                            train: 0,
                            infer: 0,
                            grad: 4,
                        },
                        plan::Slot {
                            len: 2,
                            train: 4,
                            infer: 4,
                            grad: 0,
                        },
                    ],
                    steps: &[
                        plan::Step {
                            name: "0",
                            layer: layers::Layer::Dense(layers::Dense {
                                rows: 1,
                                inputs: 3,
                                outputs: 2,
                                bias: true,
                                activation: layers::Activation::Relu,
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
                    ],
                    input_value: 0,
                    output_value: 1,
                    train_len: 8,
                    infer_len: 8,
                    grad_len: 8,
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
            Network < P, Q > : [::core::primitive::f32; 3] => [::core::primitive::f32;
            2], 8, " The output `[2]` for one sample `[3]`.",
            "Network: [3] -> [2]\n\nstep   layer                output  parameters  multiply-adds\n0      Dense<3, 2> -> Relu  [2]              8              6\ntotal                                        8              6\n\nmemory of a sample: 32 bytes in inference, 64 bytes in training\nmemory of the weights: 48 bytes\n",
            "digraph \"Network\" {\n  node [shape=box]\n  0 [label=input]\n  1 [label=\"0\\nDense<3, 2> -> Relu\"]\n  0 -> 1 [label=\"[3]\"]\n  output\n  1 -> output [label=\"[2]\"]\n}\n"
        }
        ::loom::private::methods! {
            Debug for Network < P >
        }
        Network::new(::loom::Seed(0))
    };
}
