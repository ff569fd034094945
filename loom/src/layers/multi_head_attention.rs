use super::softmax::normalise;
use crate::arith::{Arith, Element};
use crate::kernel::{Isa, Task, ThreadBuffer, dispatch, dot, with_thread_buffer};
use crate::launch::{Extent::PerSample, Launch};
use crate::operator::{Backward, Forward, Operator};
use core::ops::Range;

/// `MultiHeadAttention<D, HEADS, causal = false, rotary = false, bias = true>`: self-attention (Vaswani et al.,
/// arXiv:1706.03762).
///
/// `[q, k, v] = x W_inᵀ + b_in`, each cut into HEADS pieces of width D / HEADS. In each head, for steps i and j,
///
/// - `S[i, j] = (q_i · k_j) / √width`,
/// - `P[i, ..] = softmax(S[i, ..])`,
/// - `o_i = Σ_j P[i, j] v_j`;
///
/// and `y = o W_outᵀ + b_out` with the heads side by side. With `causal = true`, step i sees the steps j ≤ i alone. With
/// `rotary = true`, step t turns each pair (2i, 2i + 1) of q and of k by the angle t / 10000^(2i / width) first (Su et al.,
/// arXiv:2104.09864). `bias = false` leaves both b out.
///
/// Shapes: input and output `[steps, D]`, `in_proj_weight` `[3 D, D]`, `in_proj_bias` `[3 D]`, `out_proj.weight` `[D, D]`,
/// `out_proj.bias` `[D]`. PyTorch's `nn.MultiheadAttention(D, HEADS, batch_first=True)` of x, x, x, without dropout.
///
/// Its steps are a [`Dense`](super::Dense), [`Attention`] and a `Dense`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultiHeadAttention;

/// The heads of a [`MultiHeadAttention`].
///
/// Shapes: input `[steps, 3 D]`, which holds q, k and v side by side, output `[steps, D]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attention {
    /// Steps of the sequence.
    pub steps: usize,
    /// HEADS.
    pub heads: usize,
    /// D / HEADS.
    pub width: usize,
    /// Whether a step sees only itself and those before it.
    pub causal: bool,
    /// 1 / √width.
    pub scale: f32,
    /// Offset of the table of sines and cosines `[steps, width]` by which q and k are turned.
    pub rotations: Option<usize>,
}

thread_local! {
    /// The keys or values of one head, transposed.
    static TRANSPOSED: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// Multiply-adds that a value of a softmax costs, for the choice of threads.
const COST: usize = 24;

/// Forward leaves P `[batch, HEADS, steps, steps]` in `work`, and behind it, where they are turned, q and k `[batch, steps,
/// 2 D]`. Every sum over steps or features is ascending, from +0, by `mul_add`; under `causal` it has only the terms that
/// are seen, and what P holds beyond them is never read.
impl Operator for Attention {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let Attention { steps, width, .. } = *self;
        let batch = cx.output.len() / (steps * self.features());
        let (probabilities, turned) = cx.work.split_at_mut(batch * self.pairs());
        if let Some(table) = self.rotations {
            let table = &cx.weights[table..table + steps * width];
            let row = 2 * self.features();
            cx.threads.split_mut(turned, row, 2 * row, |first, rows| {
                dispatch(Turn::<A> { attention: self, input: cx.input, table, first, rows });
            });
        }
        let heads = self.heads_of(cx.input, turned);
        let area = steps * steps;
        cx.threads.split_mut(probabilities, area, area * (width + COST), |first, probabilities| {
            with_thread_buffer(&TRANSPOSED, steps * width, |keys| {
                dispatch(Probabilities::<A> { heads, first, keys, probabilities });
            });
        });
        let probabilities = &*probabilities;
        cx.threads.split_mut(cx.output, self.features(), steps * self.features(), |first, rows| {
            dispatch(Mix::<A> { heads, probabilities, first, rows });
        });
    }

    /// d_v_j = Σ_i P[i, j] d_o_i, d_P[i, j] = d_o_i · v_j, d_S = P · (d_P - Σ_j d_P P) / √width; d_q_i = Σ_j d_S[i, j] k_j and
    /// d_k_j = Σ_i d_S[i, j] q_i, turned back.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let Attention { steps, width, .. } = *self;
        let (probabilities, turned) = cx.work.split_at(cx.batch * self.pairs());
        let (heads, d_output) = (self.heads_of(cx.input, turned), &*cx.d_output);
        let (area, d_scores) = (steps * steps, &mut cx.scratch[..cx.batch * self.pairs()]);
        cx.threads.split_mut(d_scores, area, area * (width + 4), |first, d_scores| {
            with_thread_buffer(&TRANSPOSED, steps * width, |values| {
                dispatch(DScores::<A> { heads, probabilities, d_output, first, values, d_scores });
            });
        });
        let d_scores = &*d_scores;
        let table = self.rotations.map(|table| &cx.weights[table..table + steps * width]);
        let row = 3 * self.features();
        cx.threads.split_mut(d_input, row, steps * row, |first, rows| {
            dispatch(DInput::<A> { heads, probabilities, d_scores, d_output, table, first, rows });
        });
    }

    fn scratch(&self, batch: usize) -> usize {
        batch * self.pairs()
    }

    fn forward_launches(&self) -> Vec<Launch> {
        let turn = self.rotations.map(|_| Launch::items("turn", PerSample(self.steps * self.features())));
        let heads = [
            Launch::rows("probabilities", PerSample(self.heads * self.steps)),
            Launch::items("forward", PerSample(self.steps * self.features())),
        ];
        turn.into_iter().chain(heads).collect()
    }

    fn backward_launches(&self) -> Vec<Launch> {
        // What is turned back comes in pairs.
        let values = 3 * self.steps * self.features() / if self.rotations.is_some() { 2 } else { 1 };
        vec![Launch::rows("d_scores", PerSample(self.heads * self.steps)), Launch::items("d_input", PerSample(values))]
    }
}

impl Attention {
    /// D.
    fn features(&self) -> usize {
        self.heads * self.width
    }

    /// Values of P per sample.
    fn pairs(&self) -> usize {
        self.heads * self.steps * self.steps
    }

    /// The steps that a step sees.
    fn seen_by(&self, step: usize) -> Range<usize> {
        0..(if self.causal { step + 1 } else { self.steps })
    }

    /// The steps that see a step.
    fn that_see(&self, step: usize) -> Range<usize> {
        (if self.causal { step } else { 0 })..self.steps
    }

    fn heads_of<'a, T>(&'a self, input: &'a [T], turned: &'a [T]) -> Heads<'a, T> {
        let features = self.features();
        let turned = if self.rotations.is_some() { (turned, 2 * features) } else { (input, 3 * features) };
        Heads { attention: self, turned, input }
    }
}

/// The queries, keys and values of all samples. A row is a step of a sample.
#[derive(Clone, Copy)]
struct Heads<'a, T> {
    attention: &'a Attention,
    /// Queries and keys, and how far apart their rows lie.
    turned: (&'a [T], usize),
    input: &'a [T],
}

impl<'a, T> Heads<'a, T> {
    #[inline(always)]
    fn query(&self, row: usize, head: usize) -> &'a [T] {
        let (rows, stride) = self.turned;
        &rows[row * stride + head * self.attention.width..][..self.attention.width]
    }

    #[inline(always)]
    fn key(&self, row: usize, head: usize) -> &'a [T] {
        self.query(row, self.attention.heads + head)
    }

    #[inline(always)]
    fn value(&self, row: usize, head: usize) -> &'a [T] {
        let Attention { heads, width, .. } = *self.attention;
        &self.input[(row * 3 * heads + 2 * heads + head) * width..][..width]
    }
}

/// sums = Σ_k x_k row_k, k ascending from +0, snapped; `term` gives x_k and row_k.
#[inline(always)]
fn combine<'a, A: Arith>(terms: Range<usize>, term: impl Fn(usize) -> (A::T, &'a [A::T]), sums: &mut [A::T]) {
    let (mut start, len) = (0, sums.len());
    while start < len {
        start += match len - start {
            32.. => block::<A, 32>(terms.clone(), &term, start, sums),
            8.. => block::<A, 8>(terms.clone(), &term, start, sums),
            _ => block::<A, 1>(terms.clone(), &term, start, sums),
        };
    }
}

/// N of the sums from `start` on.
#[inline(always)]
fn block<'a, A: Arith, const N: usize>(
    terms: Range<usize>,
    term: &impl Fn(usize) -> (A::T, &'a [A::T]),
    start: usize,
    sums: &mut [A::T],
) -> usize {
    let mut totals = [A::T::ZERO; N];
    for k in terms {
        let (x, row) = term(k);
        for (total, &y) in totals.iter_mut().zip(&row[start..start + N]) {
            *total = A::mul_add(x, y, *total);
        }
    }
    for (sum, total) in sums[start..start + N].iter_mut().zip(totals) {
        *sum = A::snap(total);
    }
    N
}

/// Writes `row(j)` into column j of `columns` columns.
#[inline(always)]
fn transpose<'a, T: Element>(columns: usize, row: impl Fn(usize) -> &'a [T], to: &mut [T]) {
    for j in 0..columns {
        for (to, &x) in to[j..].iter_mut().step_by(columns).zip(row(j)) {
            *to = x;
        }
    }
}

/// The pair (x, y) turned by an angle.
#[inline(always)]
fn turn<A: Arith>([x, y]: [A::T; 2], sin: A::T, cos: A::T) -> [A::T; 2] {
    [A::snap(A::mul_add(x, cos, -(y * sin))), A::snap(A::mul_add(y, cos, x * sin))]
}

/// rows = queries and keys, turned.
struct Turn<'a, A: Arith> {
    attention: &'a Attention,
    input: &'a [A::T],
    table: &'a [A::T],
    /// Index of the first row.
    first: usize,
    rows: &'a mut [A::T],
}

impl<A: Arith> Task for Turn<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Attention { steps, width, .. } = *self.attention;
        let features = self.attention.features();
        for (r, row) in self.rows.chunks_exact_mut(2 * features).enumerate() {
            let row_index = self.first + r;
            let input = &self.input[row_index * 3 * features..][..2 * features];
            let angles = self.table[row_index % steps * width..][..width].as_chunks::<2>().0;
            for (to, from) in row.chunks_exact_mut(width).zip(input.chunks_exact(width)) {
                let pairs = to.as_chunks_mut::<2>().0.iter_mut().zip(from.as_chunks::<2>().0);
                for ((to, &from), &[sin, cos]) in pairs.zip(angles) {
                    *to = turn::<A>(from, sin, cos);
                }
            }
        }
    }
}

/// P of some heads, one after the other.
struct Probabilities<'a, A: Arith> {
    heads: Heads<'a, A::T>,
    /// Index of the first head, those of all samples counted.
    first: usize,
    /// Room for the keys of a head.
    keys: &'a mut [A::T],
    probabilities: &'a mut [A::T],
}

impl<A: Arith> Task for Probabilities<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Probabilities { heads, first, keys, probabilities } = self;
        let attention = heads.attention;
        let (steps, scale) = (attention.steps, A::T::from_f32(attention.scale));
        for (h, rows) in probabilities.chunks_exact_mut(steps * steps).enumerate() {
            let (sample, head) = ((first + h) / attention.heads, (first + h) % attention.heads);
            transpose(steps, |j| heads.key(sample * steps + j, head), keys);
            for (i, row) in rows.chunks_exact_mut(steps).enumerate() {
                let query = heads.query(sample * steps + i, head);
                let row = &mut row[attention.seen_by(i)];
                combine::<A>(0..query.len(), |c| (query[c], &keys[c * steps..][..steps]), row);
                row.iter_mut().for_each(|s| *s = A::snap(*s * scale));
                normalise::<A>(row);
            }
        }
    }
}

/// rows = the outputs of some steps.
struct Mix<'a, A: Arith> {
    heads: Heads<'a, A::T>,
    probabilities: &'a [A::T],
    /// Index of the first row.
    first: usize,
    rows: &'a mut [A::T],
}

impl<A: Arith> Task for Mix<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Mix { heads, probabilities, first, rows } = self;
        let attention = heads.attention;
        let steps = attention.steps;
        for (r, row) in rows.chunks_exact_mut(attention.features()).enumerate() {
            let (sample, i) = ((first + r) / steps, (first + r) % steps);
            for (head, output) in row.chunks_exact_mut(attention.width).enumerate() {
                let p = &probabilities[((sample * attention.heads + head) * steps + i) * steps..][..steps];
                combine::<A>(attention.seen_by(i), |j| (p[j], heads.value(sample * steps + j, head)), output);
            }
        }
    }
}

/// d_S of some heads, one after the other.
struct DScores<'a, A: Arith> {
    heads: Heads<'a, A::T>,
    probabilities: &'a [A::T],
    d_output: &'a [A::T],
    /// Index of the first head, those of all samples counted.
    first: usize,
    /// Room for the values of a head.
    values: &'a mut [A::T],
    d_scores: &'a mut [A::T],
}

impl<A: Arith> Task for DScores<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let DScores { heads, probabilities, d_output, first, values, d_scores } = self;
        let Attention { steps, width, .. } = *heads.attention;
        let (attention, scale) = (heads.attention, A::T::from_f32(heads.attention.scale));
        let probabilities = probabilities[first * steps * steps..].chunks_exact(steps * steps);
        for (h, (rows, p)) in d_scores.chunks_exact_mut(steps * steps).zip(probabilities).enumerate() {
            let (sample, head) = ((first + h) / attention.heads, (first + h) % attention.heads);
            transpose(steps, |j| heads.value(sample * steps + j, head), values);
            for (i, (row, p)) in rows.chunks_exact_mut(steps).zip(p.chunks_exact(steps)).enumerate() {
                let d_o = &d_output[((sample * steps + i) * attention.heads + head) * width..][..width];
                let (row, p) = (&mut row[attention.seen_by(i)], &p[attention.seen_by(i)]);
                combine::<A>(0..width, |c| (d_o[c], &values[c * steps..][..steps]), row);
                let mean = dot::<A>(row, p);
                for (d, &p) in row.iter_mut().zip(p) {
                    *d = A::snap(A::snap(p * (*d - mean)) * scale);
                }
            }
        }
    }
}

/// rows = the gradients of the queries, keys and values of some steps.
struct DInput<'a, A: Arith> {
    heads: Heads<'a, A::T>,
    probabilities: &'a [A::T],
    d_scores: &'a [A::T],
    d_output: &'a [A::T],
    table: Option<&'a [A::T]>,
    /// Index of the first row.
    first: usize,
    rows: &'a mut [A::T],
}

impl<A: Arith> Task for DInput<'_, A> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let DInput { heads, probabilities, d_scores, d_output, table, first, rows } = self;
        let Attention { steps, width, .. } = *heads.attention;
        let attention = heads.attention;
        let features = attention.features();
        for (r, row) in rows.chunks_exact_mut(3 * features).enumerate() {
            let (sample, t) = ((first + r) / steps, (first + r) % steps);
            let (seen, seers) = (attention.seen_by(t), attention.that_see(t));
            let (turned, d_values) = row.split_at_mut(2 * features);
            let (d_queries, d_keys) = turned.split_at_mut(features);
            let parts = d_queries.chunks_exact_mut(width).zip(d_keys.chunks_exact_mut(width));
            for (head, ((d_q, d_k), d_v)) in parts.zip(d_values.chunks_exact_mut(width)).enumerate() {
                let start = (sample * attention.heads + head) * steps * steps;
                let (d_s, p) = (&d_scores[start..][..steps * steps], &probabilities[start..][..steps * steps]);
                let d_o = |i: usize| &d_output[(sample * steps + i) * features + head * width..][..width];
                combine::<A>(seen.clone(), |j| (d_s[t * steps + j], heads.key(sample * steps + j, head)), d_q);
                combine::<A>(seers.clone(), |i| (d_s[i * steps + t], heads.query(sample * steps + i, head)), d_k);
                combine::<A>(seers.clone(), |i| (p[i * steps + t], d_o(i)), d_v);
            }
            let Some(table) = table else { continue };
            let angles = table[t * width..][..width].as_chunks::<2>().0;
            for head in turned.chunks_exact_mut(width) {
                for (pair, &[sin, cos]) in head.as_chunks_mut::<2>().0.iter_mut().zip(angles) {
                    *pair = turn::<A>(*pair, -sin, cos);
                }
            }
        }
    }
}
