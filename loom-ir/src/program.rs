//! Expressions as programs: what a step computes for each value of its output, and the gradients of what it reads.

use crate::fields::{choice, fields};

/// An expression of values, value by value. Arguments are the operands of the step, in order.
///
/// A program's instructions read *sources*, which are numbered: first the arguments, then the step's output and the gradient of its
/// output, then the constants, then the registers. Its last instruction gives the result. Every result of an instruction is flushed.
/// What is made of constants alone is made once: its register is written by no other instruction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Program<'a> {
    /// How the values of each argument lie beside those of the output.
    pub arguments: &'a [Argument],
    /// Constants, flushed.
    pub constants: &'a [f32],
    /// How many registers the longest of the programs needs.
    pub registers: usize,
    /// Gives the output. It reads neither the output nor its gradient.
    pub forward: &'a [Instruction<'a>],
    /// For each argument, what it adds to the argument's gradient; no instructions where it adds nothing.
    pub gradients: &'a [Gradient<'a>],
}

fields!(Program<'_>: arguments constants registers forward gradients);

/// The program of an argument's gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gradient<'a> {
    /// Its instructions.
    pub instructions: &'a [Instruction<'a>],
}

fields!(Gradient<'_>: instructions);

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// Which one.
    pub op: Op,
    /// The sources that it reads.
    pub of: &'a [usize],
    /// The source that it writes, which is a register. The last instruction of a program gives the result instead.
    pub to: usize,
}

fields!(Instruction<'_>: op of to);

/// How an argument's values are repeated: value j of the output goes with the argument's value `j / inner % len`, plus `len` times
/// `j / span % outer`.
///
/// So the output's dimensions are `[.., outer, span / (len * inner), len, inner]`, of which the argument has `outer` and `len`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Consecutive values of the output that go with one of the argument's.
    pub inner: usize,
    /// Values of the argument that come one after the other.
    pub len: usize,
    /// Values of the output behind which the argument goes on with its next `len` values.
    pub span: usize,
    /// How often it does so.
    pub outer: usize,
}

fields!(Argument: inner len span outer);

impl Argument {
    /// Values for each sample.
    pub const fn values(&self) -> usize {
        self.outer * self.len
    }

    /// Whether it is as long as an output of so many values, so that nothing is repeated.
    pub const fn is_whole(&self, output: usize) -> bool {
        self.values() == output
    }

    /// The argument's value that goes with one of the output's.
    #[inline(always)]
    pub const fn of(&self, j: usize) -> usize {
        j / self.inner % self.len + j / self.span % self.outer * self.len
    }

    /// How many of so many values of the output go with each of the argument's.
    pub const fn uses(&self, output: usize) -> usize {
        output / self.values()
    }

    /// Whether its numbers agree with one another and with an output of so many values.
    pub fn fits(&self, output: usize) -> bool {
        let run = self.len.checked_mul(self.inner).filter(|&run| run > 0 && self.span.is_multiple_of(run));
        let period = self.span.checked_mul(self.outer).filter(|&period| period > 0);
        run.is_some() && period.is_some_and(|period| output.is_multiple_of(period))
    }
}

macro_rules! ops {
    ($($(#[$doc:meta])* $op:ident $arity:literal;)*) => {
        /// An operation on binary32 numbers, whose result is then flushed. Those of the same name as a function of
        /// Loom's arithmetic are that function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Op {
            $($(#[$doc])* $op),*
        }

        choice!("plan" Op: $($op)*);

        impl Op {
            /// All.
            pub const ALL: &'static [Op] = &[$(Op::$op),*];

            /// Sources that one reads at most.
            pub const MAX_ARITY: usize = 4;

            /// How many sources it reads.
            pub const fn arity(self) -> usize {
                match self { $(Op::$op => $arity),* }
            }
        }
    };
}

ops! {
    /// a
    Same 1;
    /// -a
    Negate 1;
    /// |a|
    Abs 1;
    /// e^a
    Exp 1;
    /// The natural logarithm of a.
    Log 1;
    /// The hyperbolic tangent of a.
    Tanh 1;
    /// 1 / (1 + e^-a)
    Sigmoid 1;
    /// The error function of a.
    Erf 1;
    /// The distribution function of the normal distribution at a.
    NormalCdf 1;
    /// The square root of a.
    Sqrt 1;
    /// 1 / √a
    Rsqrt 1;
    /// sin a
    Sin 1;
    /// cos a
    Cos 1;
    /// 1 / a
    Recip 1;
    /// a + b
    Plus 2;
    /// a - b
    Minus 2;
    /// a · b
    Times 2;
    /// The greater; NaN where one of them is.
    Max 2;
    /// The lesser; NaN where one of them is.
    Min 2;
    /// 1 where a < b, else 0.
    Less 2;
    /// 1 where a ≤ b, else 0.
    LessEqual 2;
    /// 1 where a = b, else 0.
    Equal 2;
    /// a · b + c, by one multiply-add.
    MulAdd 3;
    /// b where a is not 0, else c.
    Select 3;
    /// c where a < b, else d.
    SelectLess 4;
    /// c where a ≤ b, else d.
    SelectLessEqual 4;
    /// c where a = b, else d.
    SelectEqual 4;
    /// (a · b) · c
    TimesTimes 3;
    /// a · b + c, the product flushed.
    TimesPlus 3;
    /// (a + b) · c
    PlusTimes 3;
    /// c - a · b, by one multiply-add.
    NegateMulAdd 3;
}

impl Op {
    /// The two operations that it joins: the second's first source is what the first gives.
    pub const fn joins(self) -> Option<[Op; 2]> {
        match self {
            Op::SelectLess => Some([Op::Less, Op::Select]),
            Op::SelectLessEqual => Some([Op::LessEqual, Op::Select]),
            Op::SelectEqual => Some([Op::Equal, Op::Select]),
            Op::TimesTimes => Some([Op::Times, Op::Times]),
            Op::TimesPlus => Some([Op::Times, Op::Plus]),
            Op::PlusTimes => Some([Op::Plus, Op::Times]),
            Op::NegateMulAdd => Some([Op::Negate, Op::MulAdd]),
            Op::Same
            | Op::Negate
            | Op::Abs
            | Op::Exp
            | Op::Log
            | Op::Tanh
            | Op::Sigmoid
            | Op::Erf
            | Op::NormalCdf
            | Op::Sqrt
            | Op::Rsqrt
            | Op::Sin
            | Op::Cos
            | Op::Recip
            | Op::Plus
            | Op::Minus
            | Op::Times
            | Op::Max
            | Op::Min
            | Op::Less
            | Op::LessEqual
            | Op::Equal
            | Op::MulAdd
            | Op::Select => None,
        }
    }
}

impl Program<'_> {
    /// Arguments that a program may have.
    pub const MAX_ARGUMENTS: usize = 16;

    /// Registers that a program may have.
    pub const MAX_REGISTERS: usize = 64;

    /// The source that is the step's output.
    pub const fn output(&self) -> usize {
        self.arguments.len()
    }

    /// The source that is the gradient of the step's output.
    pub const fn d_output(&self) -> usize {
        self.arguments.len() + 1
    }

    /// The first source that is a constant.
    pub const fn first_constant(&self) -> usize {
        self.arguments.len() + 2
    }

    /// The first source that is a register.
    pub const fn first_register(&self) -> usize {
        self.first_constant() + self.constants.len()
    }

    /// The registers, as bits, of what is made of constants alone.
    pub fn constant_registers(&self, instructions: &[Instruction<'_>]) -> u64 {
        instructions.iter().fold(0, |known, instruction| {
            let is_known = instruction.of.iter().all(|&source| self.is_constant(source, known));
            if is_known { known | 1 << (instruction.to - self.first_register()) } else { known }
        })
    }

    /// Whether a source is a constant, or one of these [`constant_registers`](Self::constant_registers).
    pub const fn is_constant(&self, source: usize, registers: u64) -> bool {
        if source < self.first_register() {
            source >= self.first_constant()
        } else {
            registers & (1 << (source - self.first_register())) != 0
        }
    }

    /// Whether a program of a gradient reads a source for which `is` holds.
    pub fn backward_reads(&self, is: impl Fn(usize) -> bool) -> bool {
        let instructions = self.gradients.iter().flat_map(|gradient| gradient.instructions);
        instructions.flat_map(|instruction| instruction.of).any(|&source| is(source))
    }

    /// Whether it can run for an output of so many values, which arguments of these lengths go with.
    pub fn fits(&self, output: usize, mut lens: impl Iterator<Item = usize>) -> bool {
        let are_met =
            self.arguments.iter().all(|argument| argument.fits(output) && lens.next() == Some(argument.values()));
        are_met
            && lens.next().is_none()
            && self.arguments.len() <= Self::MAX_ARGUMENTS
            && !self.forward.is_empty()
            && self.gradients.len() == self.arguments.len()
            && self.constants.iter().all(|constant| constant.is_finite())
            && self.runs(self.forward, true)
            && self.gradients.iter().all(|gradient| self.runs(gradient.instructions, false))
    }

    /// Whether each instruction reads what is there, and writes to a register; one that reads constants alone, to one of its own.
    fn runs(&self, instructions: &[Instruction<'_>], is_forward: bool) -> bool {
        let first = self.first_register();
        let (mut written, mut constant) = (0_u64, 0_u64);
        self.registers <= Self::MAX_REGISTERS
            && instructions.iter().all(|Instruction { op, of, to }| {
                let is_there = |&source: &usize| match source.checked_sub(first) {
                    Some(register) => register < self.registers && written & (1 << register) != 0,
                    None => !(is_forward && (self.output()..=self.d_output()).contains(&source)),
                };
                let register = to.checked_sub(first).filter(|&register| register < self.registers);
                let Some(register) = register.map(|register| 1_u64 << register) else { return false };
                let ok = of.len() == op.arity() && of.iter().all(is_there) && !of.contains(to);
                let is_constant = ok && of.iter().all(|&source| self.is_constant(source, constant));
                let is_free = register & if is_constant { written } else { constant } == 0;
                written |= register;
                constant |= if is_constant { register } else { 0 };
                ok && is_free
            })
    }
}
