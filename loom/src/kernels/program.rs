//! Runs the programs of expressions, over blocks of values that stay in the cache.

use super::buffer::{ThreadBuffer, with_thread_buffer};
use super::{LANES, Threads, VECTOR, run_kernel, tree};
use crate::numerics::arith::{Arith, Element};
use loom_ir::plan::{Argument, Instruction, Op, Program};

/// Values that go through a program at a time: as many as leave room for all of its blocks in the cache, but not fewer or more than
/// these. Fewer would take longer, since every instruction begins anew for each block.
const FEWEST: usize = 256;
const MOST: usize = 1024;
/// Elements of all blocks together.
const ROOM: usize = 6144;

/// Multiply-adds that an instruction costs for a value, for the choice of threads.
const COST: usize = 4;

/// Sines and cosines of numbers below it take fewer steps.
const NEAR: f64 = 2_147_483_648.0;

thread_local! {
    /// Constants, repeated arguments and registers, a block each.
    static BLOCKS: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// What a program reads.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a, T> {
    pub(crate) program: &'a Program<'static>,
    /// Values of the output per sample.
    pub(crate) len: usize,
    /// `[batch, values]` each.
    pub(crate) arguments: [&'a [T]; Program::MAX_ARGUMENTS],
    /// `[batch, len]`; absent in forward.
    pub(crate) output: &'a [T],
    /// `[batch, len]`; absent in forward.
    pub(crate) d_output: &'a [T],
}

/// results = the program's, for the values of all samples.
pub(crate) fn run<A: Arith>(
    threads: &Threads,
    sources: Sources<'_, A::T>,
    instructions: &[Instruction<'_>],
    results: &mut [A::T],
) {
    let Some((last, others)) = instructions.split_last() else { return results.fill(A::T::ZERO) };
    let program = sources.program;
    let blocks = program.constants.len() + program.arguments.len() + program.registers;
    let block = (ROOM / blocks.max(1)).clamp(FEWEST, MOST) / VECTOR * VECTOR;
    threads.split_mut(results, VECTOR, VECTOR * COST * instructions.len(), |first, results| {
        with_thread_buffer(&BLOCKS, blocks * block, |room: &mut [A::T]| {
            run_kernel!(A, move || run_part::<A>(sources, (others, last), first * VECTOR, (block, room), results));
        });
    });
}

#[inline(always)]
fn run_part<A: Arith>(
    sources: Sources<'_, A::T>,
    (others, last): (&[Instruction<'_>], &Instruction<'_>),
    first: usize,
    (block, room): (usize, &mut [A::T]),
    results: &mut [A::T],
) {
    let program = sources.program;
    let (constants, room) = room.split_at_mut(program.constants.len() * block);
    for (constants, &constant) in constants.chunks_exact_mut(block).zip(program.constants) {
        constants[..block.min(results.len())].fill(A::T::from_f32(constant));
    }
    let (repeated, registers) = room.split_at_mut(program.arguments.len() * block);
    let known = program.constant_registers(others);
    for (number, results) in results.chunks_mut(block).enumerate() {
        let (start, count) = (first + number * block, results.len());
        for ((argument, values), room) in
            program.arguments.iter().zip(sources.arguments).zip(repeated.chunks_exact_mut(block))
        {
            if !argument.is_whole(sources.len) {
                repeat(argument, values, sources.len, start, &mut room[..count]);
            }
        }
        let fixed = Fixed { sources, constants, repeated, block, start, count };
        for instruction in others {
            // What is made of constants stays in its register.
            if number > 0 && program.is_constant(instruction.to, known) {
                continue;
            }
            let to = instruction.to - program.first_register();
            let (before, rest) = registers.split_at_mut(to * block);
            let (to, after) = rest.split_at_mut(block);
            // A register that an instruction writes is none that it reads.
            let of = fixed.of(instruction, |register| match register * block {
                start if start < before.len() => &before[start..][..count],
                start => &after[start - before.len() - block..][..count],
            });
            apply::<A>(instruction.op, of, &mut to[..count]);
        }
        let of = fixed.of(last, |register| &registers[register * block..][..count]);
        apply::<A>(last.op, of, results);
    }
}

/// The sources of a block that no instruction writes.
struct Fixed<'a, T> {
    sources: Sources<'a, T>,
    constants: &'a [T],
    repeated: &'a [T],
    /// Elements of a block's room.
    block: usize,
    start: usize,
    count: usize,
}

impl<'a, T> Fixed<'a, T> {
    /// What an instruction reads.
    #[inline(always)]
    fn of<'r>(&self, instruction: &Instruction<'_>, register: impl Fn(usize) -> &'r [T]) -> [&'r [T]; Op::MAX_ARITY]
    where
        'a: 'r,
    {
        let mut of = [&[][..]; Op::MAX_ARITY];
        for (of, &source) in of.iter_mut().zip(instruction.of) {
            *of = match source.checked_sub(self.sources.program.first_register()) {
                Some(number) => register(number),
                None => self.get(source),
            };
        }
        of
    }

    #[inline(always)]
    fn get(&self, source: usize) -> &'a [T] {
        let (program, count) = (self.sources.program, self.count);
        if let Some(constant) = source.checked_sub(program.first_constant()) {
            return &self.constants[constant * self.block..][..count];
        }
        let whole = match source.checked_sub(program.arguments.len()) {
            Some(0) => self.sources.output,
            Some(_) => self.sources.d_output,
            None if program.arguments[source].is_whole(self.sources.len) => self.sources.arguments[source],
            None => return &self.repeated[source * self.block..][..count],
        };
        &whole[self.start..][..count]
    }
}

/// The values of an argument that go with values of the output from `start` on.
#[inline(always)]
fn repeat<T: Copy>(argument: &Argument, values: &[T], len: usize, start: usize, to: &mut [T]) {
    let mut done = 0;
    while done < to.len() {
        let (sample, j) = ((start + done) / len, (start + done) % len);
        let value = sample * argument.values() + argument.of(j);
        let rest = &mut to[done..];
        if argument.inner == 1 {
            let run = (argument.len - j % argument.len).min(rest.len());
            rest[..run].copy_from_slice(&values[value..value + run]);
            done += run;
        } else {
            let run = (argument.inner - j % argument.inner).min(rest.len());
            rest[..run].fill(values[value]);
            done += run;
        }
    }
}

/// One instruction over a block.
#[inline(always)]
fn apply<A: Arith>(op: Op, of: [&[A::T]; Op::MAX_ARITY], to: &mut [A::T]) {
    let truth = |is: bool| if is { A::T::ONE } else { A::T::ZERO };
    // The loops are written out, so that each is compiled for the instruction set.
    macro_rules! each {
        (|$a:ident| $result:expr) => {
            for (to, &$a) in to.iter_mut().zip(of[0]) {
                *to = $result;
            }
        };
        (|$a:ident, $b:ident| $result:expr) => {
            for ((to, &$a), &$b) in to.iter_mut().zip(of[0]).zip(of[1]) {
                *to = $result;
            }
        };
        (|$a:ident, $b:ident, $c:ident| $result:expr) => {
            for (((to, &$a), &$b), &$c) in to.iter_mut().zip(of[0]).zip(of[1]).zip(of[2]) {
                *to = $result;
            }
        };
        (|$a:ident, $b:ident, $c:ident, $d:ident| $result:expr) => {
            for ((((to, &$a), &$b), &$c), &$d) in to.iter_mut().zip(of[0]).zip(of[1]).zip(of[2]).zip(of[3]) {
                *to = $result;
            }
        };
    }
    let bound = A::T::from_f64(NEAR);
    let are_near = matches!(op, Op::Sin | Op::Cos) && of[0].iter().fold(true, |are, &a| are & (a.abs() < bound));
    // Sources are flushed. Where a result needs no flush, it is left out.
    match op {
        Op::Same => each!(|a| a),
        Op::Negate => each!(|a| A::flush(-a)),
        Op::Abs => each!(|a| a.abs()),
        Op::Exp => each!(|a| A::flush(A::exp(a))),
        Op::Log => each!(|a| A::flush(A::log(a))),
        Op::Tanh => each!(|a| A::tanh_of_flushed(a)),
        Op::Sigmoid => each!(|a| A::sigmoid_of_flushed(a)),
        Op::Erf => each!(|a| A::flush(A::erf(a))),
        Op::NormalCdf => each!(|a| A::flush(A::normal_distribution(a))),
        Op::Sqrt => each!(|a| A::flush(A::sqrt(a))),
        Op::Rsqrt => each!(|a| A::flush(A::rsqrt(a))),
        Op::Sin if are_near => each!(|a| A::flush(A::sin_of_near(a))),
        Op::Cos if are_near => each!(|a| A::flush(A::cos_of_near(a))),
        Op::Sin => each!(|a| A::flush(A::sin(a))),
        Op::Cos => each!(|a| A::flush(A::cos(a))),
        Op::Recip => each!(|a| A::flush(A::recip(a))),
        Op::Plus => each!(|a, b| A::flush(a + b)),
        Op::Minus => each!(|a, b| A::flush(a - b)),
        Op::Times => each!(|a, b| A::flush(a * b)),
        Op::Max => each!(|a, b| if A::orders_after(a, b) { a } else { b }),
        Op::Min => each!(|a, b| if A::orders_after(-a, -b) { a } else { b }),
        Op::Less => each!(|a, b| truth(a < b)),
        Op::LessEqual => each!(|a, b| truth(a <= b)),
        Op::Equal => each!(|a, b| truth(a == b)),
        Op::MulAdd => each!(|a, b, c| A::flush(A::mul_add(a, b, c))),
        Op::Select => each!(|a, b, c| if a != A::T::ZERO { b } else { c }),
        Op::SelectLess => each!(|a, b, c, d| if a < b { c } else { d }),
        Op::SelectLessEqual => each!(|a, b, c, d| if a <= b { c } else { d }),
        Op::SelectEqual => each!(|a, b, c, d| if a == b { c } else { d }),
        Op::TimesTimes => each!(|a, b, c| A::flush(A::flush(a * b) * c)),
        Op::TimesPlus => each!(|a, b, c| A::flush(A::flush(a * b) + c)),
        Op::PlusTimes => each!(|a, b, c| A::flush(A::flush(a + b) * c)),
        // A multiply-add that is flushed has the same result for -0 and +0.
        Op::NegateMulAdd => each!(|a, b, c| A::flush(A::mul_add(-a, b, c))),
    }
}

/// sums = for each value of an argument the sum of the terms of its uses, `[batch, len]`: 16 strided lanes, and a tree.
pub(crate) fn sum_uses<A: Arith>(
    threads: &Threads,
    argument: &Argument,
    len: usize,
    terms: &[A::T],
    sums: &mut [A::T],
) {
    let values = argument.values();
    threads.split_mut(sums, values, len, |first, sums| {
        run_kernel!(A, move || {
            for (sums, terms) in sums.chunks_exact_mut(values).zip(terms[first * len..].chunks_exact(len)) {
                sum_sample::<A>(argument, terms, sums);
            }
        });
    });
}

/// The same for a sample.
#[inline(always)]
fn sum_sample<A: Arith>(argument: &Argument, terms: &[A::T], sums: &mut [A::T]) {
    let Argument { inner, len, span, outer } = *argument;
    let run = len * inner;
    for (o, sums) in sums.chunks_exact_mut(len).enumerate() {
        // The terms of these sums, each of them as many runs of `inner` terms, `run` apart.
        let rows = || terms[o * span..].chunks(outer * span).flat_map(|part| part[..span].chunks_exact(run));
        if inner == 1 {
            sum_columns::<A, _>(rows, sums);
            continue;
        }
        for (i, total) in sums.iter_mut().enumerate() {
            let mut lanes = [A::T::ZERO; LANES];
            let mut t = 0;
            for row in rows() {
                let terms = &row[i * inner..][..inner];
                if t % LANES == 0 {
                    add_run(&mut lanes, terms);
                } else {
                    terms.iter().enumerate().for_each(|(i, &term)| {
                        let lane = &mut lanes[(t + i) % LANES];
                        *lane = *lane + term;
                    });
                }
                t += inner;
            }
            *total = A::flush(tree::<A>(lanes));
        }
    }
}

/// Adds terms to the lanes, from the first lane on.
#[inline(always)]
fn add_run<T: Element>(lanes: &mut [T; LANES], terms: &[T]) {
    let (chunks, rest) = terms.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &term) in lanes.iter_mut().zip(chunk) {
            *lane = *lane + term;
        }
    }
    for (lane, &term) in lanes.iter_mut().zip(rest) {
        *lane = *lane + term;
    }
}

/// The sum of each column of the rows, as each of [`sum_uses`].
#[inline(always)]
fn sum_columns<'t, A: Arith, R: Iterator<Item = &'t [A::T]>>(rows: impl Fn() -> R, sums: &mut [A::T]) {
    for (block, sums) in sums.chunks_mut(LANES).enumerate() {
        let start = block * LANES;
        let mut lanes = [[A::T::ZERO; LANES]; LANES];
        for (t, row) in rows().enumerate() {
            for (lane, &term) in lanes[t % LANES].iter_mut().zip(&row[start..start + sums.len()]) {
                *lane = *lane + term;
            }
        }
        for distance in [8, 4, 2, 1] {
            let (first, second) = lanes.split_at_mut(distance);
            for (a, b) in first.iter_mut().zip(second) {
                a.iter_mut().zip(b).for_each(|(a, b)| *a = *a + *b);
            }
        }
        sums.iter_mut().zip(lanes[0]).for_each(|(sum, total)| *sum = A::flush(total));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::arith::{Fused, Split};

    /// The bits that instructions give for values of four arguments. Their registers are the sources 6 and 7.
    fn results<A: Arith<T = f32>>(values: &[Vec<f32>; 4], instructions: Vec<Instruction<'static>>) -> Vec<u32> {
        let len = values[0].len();
        let whole = Argument { inner: 1, len, span: len, outer: 1 };
        let program = Program {
            arguments: Vec::leak(vec![whole; 4]),
            constants: &[],
            registers: 2,
            forward: instructions.leak(),
            gradients: &[],
        };
        let mut arguments = [&[][..]; Program::MAX_ARGUMENTS];
        arguments.iter_mut().zip(values).for_each(|(argument, values)| *argument = values);
        let sources = Sources { program: &program, len, arguments, output: &[], d_output: &[] };
        let mut results = vec![0.0; len];
        run::<A>(&Threads::new(1), sources, program.forward, &mut results);
        results.into_iter().map(f32::to_bits).collect()
    }

    #[test]
    fn a_joined_operation_is_the_two_one_after_the_other() {
        let special = [
            0.0,
            1.0,
            -1.0,
            1.5,
            -0.1,
            1e-18,
            -1e-18,
            3e-10,
            -3e-10,
            1e30,
            -1e30,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ];
        let special = special.map(<Fused as Arith>::flush);
        let count = special.len();
        let values: [Vec<f32>; 4] =
            [0, 1, 2, 3].map(|place| (0..count.pow(4)).map(|i| special[i / count.pow(place) % count]).collect());
        for (op, [first, second]) in Op::ALL.iter().filter_map(|&op| Some((op, op.joins()?))) {
            let of = |range: core::ops::Range<usize>| -> &'static [usize] { range.collect::<Vec<_>>().leak() };
            let all = of(0..op.arity());
            let rest: &[usize] = [&[6], &all[first.arity()..]].concat().leak();
            let joined = || vec![Instruction { op, of: all, to: 7 }];
            let apart = || {
                let one = Instruction { op: first, of: of(0..first.arity()), to: 6 };
                vec![one, Instruction { op: second, of: rest, to: 7 }]
            };
            for (mode, joined, apart) in [
                ("Fused", results::<Fused>(&values, joined()), results::<Fused>(&values, apart())),
                ("Split", results::<Split>(&values, joined()), results::<Split>(&values, apart())),
            ] {
                let place = (0..joined.len()).find(|&i| joined[i] != apart[i]);
                let of = |i: usize| [0, 1, 2, 3].map(|place: usize| values[place][i]);
                assert!(
                    place.is_none(),
                    "{op:?} in {mode} of {:?}: {:?}",
                    place.map(of),
                    place.map(|i| [joined[i], apart[i]].map(f32::from_bits))
                );
            }
        }
    }
}
