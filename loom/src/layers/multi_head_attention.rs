//! The attention inside `MultiHeadAttention`: forward, backward and its GPU launches.

use super::Attention;
use crate::kernels::{
    Attend, AttendBack, Head, MatMut, Matrix, Parts, ThreadBuffer, attention_room, dispatch, run_kernel,
    with_thread_buffer,
};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const HEADS: &str = include_str!("multi_head_attention/heads.wgsl");
const TURN_PAIR: &str = include_str!("multi_head_attention/turn_pair.wgsl");
const TURN: Kernel =
    Kernel::forward("turn", Form::Items, &[HEADS, TURN_PAIR, include_str!("multi_head_attention/turn.wgsl")]);
const PROBABILITIES: Kernel =
    Kernel::forward("probabilities", Form::Rows, &[HEADS, include_str!("multi_head_attention/probabilities.wgsl")]);
const FORWARD: Kernel =
    Kernel::forward("forward", Form::Items, &[HEADS, include_str!("multi_head_attention/forward.wgsl")]);
const D_SCORES: Kernel =
    Kernel::backward("d_scores", Form::Rows, &[HEADS, include_str!("multi_head_attention/d_scores.wgsl")]);
const D_INPUT: Kernel =
    Kernel::backward("d_input", Form::Items, &[HEADS, TURN_PAIR, include_str!("multi_head_attention/d_input.wgsl")]);

thread_local! {
    /// What a head needs for its products.
    static ROOM: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// Multiply-adds that a value of a softmax costs, for the choice of threads.
const COST: usize = 24;

/// Forward leaves P `[batch, HEADS, steps, steps]` in `work`, as [`Attend`] lays it out, and behind it, where they are turned, q
/// and k `[batch, steps, 2 D]`. Every sum over steps or features is ascending, from +0, by `mul_add`; under `causal` it has only
/// the terms that are seen.
impl Operator for Attention {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let Attention { steps, heads, width, .. } = *self;
        let (features, area) = (self.features(), steps * steps);
        let batch = cx.output.len() / (steps * features);
        let (probabilities, turned) = cx.work.split_at_mut(batch * heads * area);
        if self.rotary {
            let table = cx.weights.vector(cx.offsets.table(), steps * width);
            let (row, input) = (2 * features, cx.input);
            cx.threads.split_mut(turned, row, 2 * row, |first, rows| {
                run_kernel!(A, move || {
                    for (index, row) in (first..).zip(rows.chunks_exact_mut(2 * features)) {
                        let input = &input[index * 3 * features..][..2 * features];
                        let angles = table[index % steps * width..][..width].as_chunks::<2>().0;
                        for (to, from) in row.chunks_exact_mut(width).zip(input.chunks_exact(width)) {
                            let pairs = to.as_chunks_mut::<2>().0.iter_mut().zip(from.as_chunks::<2>().0);
                            for ((to, &from), &[sin, cos]) in pairs.zip(angles) {
                                *to = turn::<A>(from, sin, cos);
                            }
                        }
                    }
                });
            });
        }
        let (input, turned, output) = (cx.input, &*turned, Parts::new(cx.output.as_mut_ptr()));
        cx.threads.split_mut(probabilities, area, area * (2 * width + COST), |first, probabilities| {
            with_thread_buffer(&ROOM, attention_room(steps, width), |room: &mut [A::T]| {
                for (h, probabilities) in probabilities.chunks_exact_mut(area).enumerate() {
                    let (sample, head) = ((first + h) / heads, (first + h) % heads);
                    let start = output.at(sample * steps * features + head * width);
                    // SAFETY: the columns of this head in the rows of this sample, which are in the output: that is
                    // [batch, steps, heads * width] by `sizes`, and there are as many units as heads of the batch. No other unit
                    // of the split writes them.
                    let output = unsafe { MatMut::within(start, features, [steps, width]) };
                    let head = head_of(self, input, turned, sample, head);
                    dispatch(Attend::<A> { head, probabilities, output, room });
                }
            });
        });
    }

    /// The gradients of q, k and v by [`AttendBack`]; those of q and k are turned back.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let Attention { steps, heads, width, .. } = *self;
        let (features, area) = (self.features(), steps * steps);
        let (probabilities, turned) = cx.work.split_at(cx.batch * heads * area);
        let (input, d_output, gradients) = (cx.input, &*cx.d_output, Parts::new(d_input.as_mut_ptr()));
        cx.threads.split(cx.batch * heads, area * (5 * width + COST), |units| {
            with_thread_buffer(&ROOM, attention_room(steps, width), |room: &mut [A::T]| {
                for unit in units {
                    let (sample, head) = (unit / heads, unit % heads);
                    let part = |part: usize| {
                        let start = gradients.at((sample * steps * 3 + part) * features + head * width);
                        // SAFETY: the columns of this part of this head in the rows of this sample, which are in the input's
                        // gradient: that is [batch, steps, 3, heads * width] by `sizes`. No other unit of the split writes
                        // them.
                        unsafe { MatMut::within(start, 3 * features, [steps, width]) }
                    };
                    let d_output = &d_output[sample * steps * features + head * width..];
                    dispatch(AttendBack::<A> {
                        head: head_of(self, input, turned, sample, head),
                        probabilities: &probabilities[unit * area..][..area],
                        d_output: Matrix::rows(d_output, features),
                        d_input: [part(0), part(1), part(2)],
                        room,
                    });
                }
            });
        });
        if self.rotary {
            let table = &cx.weights[cx.offsets.table()..][..steps * width];
            cx.threads.split_mut(d_input, 3 * features, 4 * features, |first, rows| {
                run_kernel!(A, move || {
                    for (index, row) in (first..).zip(rows.chunks_exact_mut(3 * features)) {
                        let angles = table[index % steps * width..][..width].as_chunks::<2>().0;
                        for head in row[..2 * features].chunks_exact_mut(width) {
                            for (pair, &[sin, cos]) in head.as_chunks_mut::<2>().0.iter_mut().zip(angles) {
                                *pair = turn::<A>(*pair, -sin, cos);
                            }
                        }
                    }
                });
            });
        }
    }

    fn launches(&self) -> Vec<Launch> {
        let (rows, values) = (PerSample(self.heads * self.steps), self.steps * self.features());
        // What is turned back comes in pairs.
        let d_values = 3 * values / if self.rotary { 2 } else { 1 };
        let mut launches = Vec::from_iter(self.rotary.then(|| Launch::new(&TURN, PerSample(values))));
        launches.extend([Launch::new(&PROBABILITIES, rows), Launch::new(&FORWARD, PerSample(values))]);
        launches.extend([Launch::new(&D_SCORES, rows), Launch::new(&D_INPUT, PerSample(d_values))]);
        launches
    }
}

/// A head of a sample.
fn head_of<'a, T>(attention: &Attention, input: &'a [T], turned: &'a [T], sample: usize, head: usize) -> Head<'a, T> {
    let Attention { steps, width, causal, scale, .. } = *attention;
    let features = attention.features();
    // Part 0, 1 or 2 of rows of so many parts.
    let part = |rows: &'a [T], parts: usize, part: usize| {
        Matrix::rows(&rows[(sample * steps * parts + part) * features + head * width..], parts * features)
    };
    let (rows, parts) = if attention.rotary { (turned, 2) } else { (input, 3) };
    let [queries, keys, values] = [part(rows, parts, 0), part(rows, parts, 1), part(input, 3, 2)];
    Head { steps, width, causal, scale, queries, keys, values }
}

/// The pair (x, y) turned by an angle.
#[inline(always)]
fn turn<A: Arith>([x, y]: [A::T; 2], sin: A::T, cos: A::T) -> [A::T; 2] {
    [A::flush(A::mul_add(x, cos, -(y * sin))), A::flush(A::mul_add(y, cos, x * sin))]
}
