/// Squared error of one sample, times its weight.
///
/// A loss that compares `(out: [4], class: [4], weight: [1])`.
#[derive(
    ::core::fmt::Debug,
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::default::Default
)]
pub struct Weighed;
impl ::loom::private::SealedLoss for Weighed {}
impl<
    Class0: ::loom::data::Class,
> ::loom::loss::Loss<[::core::primitive::f32; 4], (Class0, [::core::primitive::f32; 1])>
for Weighed {
    type Terms = [::loom::private::Term; 1];
    #[allow(clippy::approx_constant)]
    fn terms(&self) -> [::loom::private::Term; 1] {
        const PLAN: &::loom::plan::Plan = {
            use ::loom::{layers, plan};
            use ::core::option::Option;
            &plan::Plan {
                name: "Weighed",
                inputs: &[
                    plan::Port {
                        name: "out",
                        shape: &[4],
                    },
                    plan::Port {
                        name: "class",
                        shape: &[4],
                    },
                    plan::Port {
                        name: "weight",
                        shape: &[1],
                    },
                ],
                outputs: &[
                    plan::Port {
                        name: "output",
                        shape: &[1],
                    },
                ],
                params: &[],
                trained_len: 0,
                tables: &[],
                programs: &[
                    plan::Program {
                        arguments: &[
                            plan::Argument {
                                inner: 1,
                                len: 4,
                                span: 4,
                                outer: 1,
                            },
                            plan::Argument {
                                inner: 1,
                                len: 4,
                                span: 4,
                                outer: 1,
                            },
                        ],
                        constants: &[],
                        registers: 2,
                        forward: &[
                            plan::Instruction {
                                op: plan::Op::Minus,
                                of: &[0, 1],
                                to: 4,
                            },
                            plan::Instruction {
                                op: plan::Op::Times,
                                of: &[4, 4],
                                to: 5,
                            },
                        ],
                        gradients: &[
                            plan::Gradient {
                                instructions: &[
                                    plan::Instruction {
                                        op: plan::Op::Minus,
                                        of: &[0, 1],
                                        to: 4,
                                    },
                                    plan::Instruction {
                                        op: plan::Op::PlusTimes,
                                        of: &[4, 4, 3],
                                        to: 5,
                                    },
                                ],
                            },
                            plan::Gradient {
                                instructions: &[
                                    plan::Instruction {
                                        op: plan::Op::Minus,
                                        of: &[0, 1],
                                        to: 4,
                                    },
                                    plan::Instruction {
                                        op: plan::Op::PlusTimes,
                                        of: &[4, 4, 3],
                                        to: 5,
                                    },
                                    plan::Instruction {
                                        op: plan::Op::Negate,
                                        of: &[5],
                                        to: 4,
                                    },
                                ],
                            },
                        ],
                    },
                    plan::Program {
                        arguments: &[
                            plan::Argument {
                                inner: 1,
                                len: 1,
                                span: 1,
                                outer: 1,
                            },
                            plan::Argument {
                                inner: 1,
                                len: 1,
                                span: 1,
                                outer: 1,
                            },
                        ],
                        constants: &[],
                        registers: 1,
                        forward: &[
                            plan::Instruction {
                                op: plan::Op::Times,
                                of: &[0, 1],
                                to: 4,
                            },
                        ],
                        gradients: &[
                            plan::Gradient {
                                instructions: &[
                                    plan::Instruction {
                                        op: plan::Op::Times,
                                        of: &[3, 1],
                                        to: 4,
                                    },
                                ],
                            },
                            plan::Gradient {
                                instructions: &[
                                    plan::Instruction {
                                        op: plan::Op::Times,
                                        of: &[3, 0],
                                        to: 4,
                                    },
                                ],
                            },
                        ],
                    },
                ],
                weights_len: 0,
                values: &[
                    plan::Slot {
                        len: 9,
                        train: 0,
                        infer: 0,
                        grad: 0,
                    },
                    plan::Slot {
                        len: 4,
                        train: 12,
                        infer: 12,
                        grad: 12,
                    },
                    plan::Slot {
                        len: 4,
                        train: 16,
                        infer: 16,
                        grad: 16,
                    },
                    plan::Slot {
                        len: 1,
                        train: 20,
                        infer: 20,
                        grad: 20,
                    },
                    plan::Slot {
                        len: 4,
                        train: 0,
                        infer: 0,
                        grad: 0,
                    },
                    plan::Slot {
                        len: 1,
                        train: 4,
                        infer: 4,
                        grad: 4,
                    },
                    plan::Slot {
                        len: 1,
                        train: 0,
                        infer: 0,
                        grad: 0,
                    },
                ],
                steps: &[
                    plan::Step {
                        name: "",
                        layer: layers::Layer::Slice(layers::Slice {
                            rows: 1,
                            len: 9,
                            start: 0,
                            count: 4,
                        }),
                        operands: &[
                            plan::Operand {
                                value: 0,
                                addend: Option::Some(16),
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
                            len: 9,
                            start: 4,
                            count: 4,
                        }),
                        operands: &[
                            plan::Operand {
                                value: 0,
                                addend: Option::Some(20),
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
                        name: "",
                        layer: layers::Layer::Slice(layers::Slice {
                            rows: 1,
                            len: 9,
                            start: 8,
                            count: 1,
                        }),
                        operands: &[
                            plan::Operand {
                                value: 0,
                                addend: Option::None,
                            },
                        ],
                        output: 3,
                        work: Option::None,
                        params: &[],
                        d_params: &[],
                        table: Option::None,
                        program: Option::None,
                    },
                    plan::Step {
                        name: "0.0",
                        layer: layers::Layer::Expression(layers::Expression {
                            len: 4,
                            repeated: 0,
                            reads_inputs: true,
                            reads_output: false,
                        }),
                        operands: &[
                            plan::Operand {
                                value: 1,
                                addend: Option::None,
                            },
                            plan::Operand {
                                value: 2,
                                addend: Option::None,
                            },
                        ],
                        output: 4,
                        work: Option::None,
                        params: &[],
                        d_params: &[],
                        table: Option::None,
                        program: Option::Some(0),
                    },
                    plan::Step {
                        name: "0.1",
                        layer: layers::Layer::Reduce(layers::Reduce {
                            reduction: layers::Reduction::Sum,
                            outer: 1,
                            len: 4,
                            inner: 1,
                        }),
                        operands: &[
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
                        layer: layers::Layer::Expression(layers::Expression {
                            len: 1,
                            repeated: 0,
                            reads_inputs: true,
                            reads_output: false,
                        }),
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
                        program: Option::Some(1),
                    },
                ],
                input_value: 0,
                output_value: 6,
                train_len: 24,
                infer_len: 24,
                grad_len: 32,
            }
        };
        [::loom::private::Term::custom(PLAN, 1, &[true, false])]
    }
}
