//! Runs the programs of expressions, over blocks of values that stay in the cache.

use super::buffer::{ThreadBuffer, with_thread_buffer};
use super::{LANES, Threads, VECTOR, run_kernel, tree};
use crate::numerics::arith::{Arith, Element};
use loom_ir::plan::{Argument, Instruction, Op, Program};

/// Values that go through a program at a time.
const BLOCK: usize = 256;

/// Multiply-adds that an instruction costs for a value, for the choice of threads.
const COST: usize = 4;

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
    threads.split_mut(results, VECTOR, VECTOR * COST * instructions.len(), |first, results| {
        with_thread_buffer(&BLOCKS, blocks * BLOCK, |room: &mut [A::T]| {
            run_kernel!(A, move || run_part::<A>(sources, (others, last), first * VECTOR, room, results));
        });
    });
}

#[inline(always)]
fn run_part<A: Arith>(
    sources: Sources<'_, A::T>,
    (others, last): (&[Instruction<'_>], &Instruction<'_>),
    first: usize,
    room: &mut [A::T],
    results: &mut [A::T],
) {
    let program = sources.program;
    let (constants, room) = room.split_at_mut(program.constants.len() * BLOCK);
    for (block, &constant) in constants.chunks_exact_mut(BLOCK).zip(program.constants) {
        block.fill(A::T::from_f32(constant));
    }
    let (repeated, registers) = room.split_at_mut(program.arguments.len() * BLOCK);
    for (block, results) in results.chunks_mut(BLOCK).enumerate() {
        let (start, count) = (first + block * BLOCK, results.len());
        for ((argument, values), room) in
            program.arguments.iter().zip(sources.arguments).zip(repeated.chunks_exact_mut(BLOCK))
        {
            if !argument.is_whole(sources.len) {
                repeat(argument, values, sources.len, start, &mut room[..count]);
            }
        }
        let fixed = Fixed { sources, constants, repeated, start, count };
        for instruction in others {
            let to = instruction.to - program.first_register();
            let (before, rest) = registers.split_at_mut(to * BLOCK);
            let (to, after) = rest.split_at_mut(BLOCK);
            // A register that an instruction writes is none that it reads.
            let of = |source: usize| match source.checked_sub(program.first_register()) {
                Some(register) if register * BLOCK < before.len() => &before[register * BLOCK..][..count],
                Some(register) => &after[register * BLOCK - before.len() - BLOCK..][..count],
                None => fixed.get(source),
            };
            apply::<A>(instruction, of, &mut to[..count]);
        }
        let of = |source: usize| match source.checked_sub(program.first_register()) {
            Some(register) => &registers[register * BLOCK..][..count],
            None => fixed.get(source),
        };
        apply::<A>(last, of, results);
    }
}

/// The sources of a block that no instruction writes.
struct Fixed<'a, T> {
    sources: Sources<'a, T>,
    constants: &'a [T],
    repeated: &'a [T],
    start: usize,
    count: usize,
}

impl<'a, T> Fixed<'a, T> {
    #[inline(always)]
    fn get(&self, source: usize) -> &'a [T] {
        let (program, count) = (self.sources.program, self.count);
        if let Some(constant) = source.checked_sub(program.first_constant()) {
            return &self.constants[constant * BLOCK..][..count];
        }
        let whole = match source.checked_sub(program.arguments.len()) {
            Some(0) => self.sources.output,
            Some(_) => self.sources.d_output,
            None if program.arguments[source].is_whole(self.sources.len) => self.sources.arguments[source],
            None => return &self.repeated[source * BLOCK..][..count],
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
fn apply<'a, A: Arith>(instruction: &Instruction<'_>, of: impl Fn(usize) -> &'a [A::T], to: &mut [A::T]) {
    let of = |number: usize| of(instruction.of[number]);
    let truth = |is: bool| if is { A::T::ONE } else { A::T::ZERO };
    // The loops are written out, so that each is compiled for the instruction set.
    macro_rules! each {
        (|$a:ident| $result:expr) => {
            for (to, &$a) in to.iter_mut().zip(of(0)) {
                *to = $result;
            }
        };
        (|$a:ident, $b:ident| $result:expr) => {
            for ((to, &$a), &$b) in to.iter_mut().zip(of(0)).zip(of(1)) {
                *to = $result;
            }
        };
        (|$a:ident, $b:ident, $c:ident| $result:expr) => {
            for (((to, &$a), &$b), &$c) in to.iter_mut().zip(of(0)).zip(of(1)).zip(of(2)) {
                *to = $result;
            }
        };
    }
    // Sources are flushed. Where a result needs no flush, it is left out.
    match instruction.op {
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
