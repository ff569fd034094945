//! Attention, one head of one sample at a time.
//!
//! Queries come in groups of [`GROUP`], one in each lane of a vector, so that a softmax needs no sum across a vector: its
//! greatest score, its sum and its scale are taken for the whole group at once. What is computed for a pair of steps lies at
//! `[group][key][query of the group]`.

use super::matmul::{MatMut, Matrix, Operand, Span, Window, blocks, pack_panels, tile};
use super::reduce::LANES;
use super::{Isa, Task, by_isa};
use crate::numerics::arith::{Arith, Element};

/// Queries of a group.
const GROUP: usize = 16;

/// A head of a sample: queries, keys and values are [steps, width].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a, T> {
    pub(crate) steps: usize,
    pub(crate) width: usize,
    /// Whether a step sees only itself and those before it.
    pub(crate) causal: bool,
    /// What a score is multiplied with.
    pub(crate) scale: f32,
    pub(crate) queries: Matrix<'a, T>,
    pub(crate) keys: Matrix<'a, T>,
    pub(crate) values: Matrix<'a, T>,
}

/// Values that [`Attend`] and [`AttendBack`] need as room.
pub(crate) fn room(steps: usize, width: usize) -> usize {
    let panels = width.next_multiple_of(GROUP) * steps;
    let group = GROUP * steps;
    3 * panels + GROUP * width + 2 * group + group * steps.div_ceil(GROUP)
}

impl<T: Element> Head<'_, T> {
    /// The keys that any query of a group sees.
    fn seen_by(&self, group: Span) -> usize {
        if self.causal { group.start + group.len } else { self.steps }
    }

    /// Overwrites what the queries of a group do not see.
    #[inline(always)]
    fn mask(&self, group: Span, lines: &mut [T], value: T) {
        if self.causal {
            for (unseen, line) in lines.as_chunks_mut::<GROUP>().0.iter_mut().skip(group.start).enumerate() {
                line[..unseen].fill(value);
            }
        }
    }
}

/// P = softmax(q kᵀ · scale), row by row, and P v.
pub(crate) struct Attend<'a, A: Arith> {
    pub(crate) head: Head<'a, A::T>,
    /// P, by groups of queries; what no query of a group sees is left as it is.
    pub(crate) probabilities: &'a mut [A::T],
    pub(crate) output: MatMut<'a, A::T>,
    pub(crate) room: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Attend<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(I, self.groups::<I, 8, 16>(), self.groups::<I, 6, 16>(), self.groups::<I, 4, 8>())
    }
}

impl<A: Arith> Attend<'_, A> {
    #[inline(always)]
    fn groups<I: Isa, const MR: usize, const STEP: usize>(self) {
        let Attend { head, probabilities, mut output, room } = self;
        let Head { steps, width, .. } = head;
        let (values, room) = room.split_at_mut(width.next_multiple_of(GROUP) * steps);
        let (queries, scores) = room.split_at_mut(width * GROUP);
        pack_panels::<I, _, GROUP>(head.values, width, values);
        for group in blocks(steps, GROUP) {
            let seen = head.seen_by(group);
            let scores = &mut scores[..seen * GROUP];
            head.queries.transposed().pack::<I, GROUP>(Span::all(width), group, queries);
            let keys = head.keys.window(Span::all(seen), Span::all(width));
            products::<A, MR, STEP>(keys, seen, queries, scores);
            softmax::<A>(&head, group, scores);
            let lines = probabilities[group.start * steps..].chunks_exact_mut(group.len);
            lines.zip(scores.chunks_exact(GROUP)).for_each(|(to, from)| to.copy_from_slice(&from[..group.len]));
            over_keys::<A, I, MR, STEP>(&head, group, scores, values, &mut output);
        }
    }
}

/// lines[r] = snap(Σ_k a(r, k) b[k]) for the first `rows` rows.
#[inline(always)]
fn products<A: Arith, const MR: usize, const STEP: usize>(
    a: Window<'_, A::T>,
    rows: usize,
    b: &[A::T],
    lines: &mut [A::T],
) {
    for (rows, lines) in blocks(rows, MR).zip(lines.chunks_mut(MR * GROUP)) {
        let mut sums = [[A::T::ZERO; GROUP]; MR];
        tile::<A, MR, GROUP, GROUP, STEP>(a.tile(rows.start), b, false, &mut sums);
        lines.copy_from_slice(&sums.as_flattened()[..rows.len * GROUP]);
        lines.iter_mut().for_each(|x| *x = A::snap(*x));
    }
}

/// Scores become probabilities, those of each query among the keys that it sees.
#[inline(always)]
fn softmax<A: Arith>(head: &Head<'_, A::T>, group: Span, scores: &mut [A::T]) {
    let scale = A::T::from_f32(head.scale);
    scores.iter_mut().for_each(|s| *s = A::snap(*s * scale));
    head.mask(group, scores, A::T::from_f64(f64::NEG_INFINITY));
    let mut of_query = scores.as_chunks::<GROUP>().0[0];
    for line in scores.as_chunks::<GROUP>().0 {
        lanes_alone();
        for (max, &s) in of_query.iter_mut().zip(line) {
            *max = if A::orders_after(s, *max) { s } else { *max };
        }
    }
    for line in scores.as_chunks_mut::<GROUP>().0 {
        lanes_alone();
        line.iter_mut().zip(&of_query).for_each(|(s, &max)| *s = *s - max);
    }
    scores.iter_mut().for_each(|s| *s = A::exp(*s));
    head.mask(group, scores, A::T::ZERO);
    let mut lanes = [[A::T::ZERO; GROUP]; LANES];
    for lines in scores.as_chunks::<GROUP>().0.chunks(LANES) {
        for (lane, line) in lanes.iter_mut().zip(lines) {
            lanes_alone();
            lane.iter_mut().zip(line).for_each(|(sum, &e)| *sum = *sum + e);
        }
    }
    of_query = tree::<A>(lanes);
    of_query[..group.len].iter_mut().for_each(|x| *x = A::recip(*x));
    for line in scores.as_chunks_mut::<GROUP>().0 {
        lanes_alone();
        line.iter_mut().zip(&of_query).for_each(|(s, &scale)| *s = A::snap(*s * scale));
    }
}

/// Keeps the compiler from making vectors across the turns of the loop around: its lanes are those of one turn.
#[inline(always)]
fn lanes_alone() {
    core::hint::black_box(());
}

/// [`tree`](super::reduce::tree) for each query.
#[inline(always)]
fn tree<A: Arith>(mut lanes: [[A::T; GROUP]; LANES]) -> [A::T; GROUP] {
    for distance in [8, 4, 2, 1] {
        let (lower, upper) = lanes.split_at_mut(distance);
        for (lower, upper) in lower.iter_mut().zip(upper) {
            lanes_alone();
            lower.iter_mut().zip(upper).for_each(|(sum, &mut x)| *sum = *sum + x);
        }
    }
    lanes[0]
}

/// For each query i of a group, row i of C = snap(Σ_j x[j][i] b[j]) over the keys j that it sees; `panels` are those of b.
#[inline(always)]
fn over_keys<A: Arith, I: Isa, const MR: usize, const STEP: usize>(
    head: &Head<'_, A::T>,
    group: Span,
    x: &[A::T],
    panels: &[A::T],
    c: &mut MatMut<'_, A::T>,
) {
    for (columns, panel) in blocks(head.width, GROUP).zip(panels.chunks_exact(head.steps * GROUP)) {
        for rows in blocks(group.len, MR) {
            // What all of the rows see, and then what the later ones see beyond that.
            let common = if head.causal { group.start + rows.start + 1 } else { head.steps };
            let mut sums = [[A::T::ZERO; GROUP]; MR];
            let x_of_rows = Window::new(x, [1, GROUP], group.len, common).tile(rows.start);
            tile::<A, MR, GROUP, GROUP, STEP>(x_of_rows, panel, false, &mut sums);
            for (r, sums) in sums.iter_mut().enumerate().take(rows.len) {
                for j in common..(if head.causal { common + r } else { common }) {
                    add::<A>(sums, x[j * GROUP + rows.start + r], &panel[j * GROUP..]);
                }
                sums.iter_mut().for_each(|x| *x = A::snap(*x));
            }
            c.put::<I, MR, GROUP>([group.start + rows.start, columns.start], [rows.len, columns.len], &sums);
        }
    }
}

/// For each key j, row j of C = snap(Σ_i x[j][i] b[i]) over the queries i that see it, where x is by groups, as P; `panels`
/// are those of b.
#[inline(always)]
fn over_queries<A: Arith, I: Isa, const MR: usize, const STEP: usize>(
    head: &Head<'_, A::T>,
    x: &[A::T],
    panels: &[A::T],
    c: &mut MatMut<'_, A::T>,
) {
    let steps = head.steps;
    for (columns, panel) in blocks(head.width, GROUP).zip(panels.chunks_exact(steps * GROUP)) {
        for rows in blocks(steps, MR) {
            let mut sums = [[A::T::ZERO; GROUP]; MR];
            // From this query on all of the rows are seen.
            let common = if head.causal { rows.start + rows.len - 1 } else { 0 };
            for group in blocks(steps, GROUP) {
                let (x, end) = (&x[group.start * steps..], group.start + group.len);
                for (r, sums) in sums.iter_mut().enumerate().take(rows.len) {
                    let key = rows.start + r;
                    for i in group.start.max(key)..end.min(common) {
                        add::<A>(sums, x[key * group.len + i - group.start], &panel[i * GROUP..]);
                    }
                }
                let first = group.start.max(common);
                if first < end {
                    let x = Window::new(&x[first - group.start..], [group.len, 1], steps, end - first);
                    tile::<A, MR, GROUP, GROUP, STEP>(x.tile(rows.start), &panel[first * GROUP..], true, &mut sums);
                }
            }
            sums.as_flattened_mut().iter_mut().for_each(|x| *x = A::snap(*x));
            c.put::<I, MR, GROUP>([rows.start, columns.start], [rows.len, columns.len], &sums);
        }
    }
}

/// sums[c] = mul_add(x, line[c], sums[c]).
#[inline(always)]
fn add<A: Arith>(sums: &mut [A::T; GROUP], x: A::T, line: &[A::T]) {
    sums.iter_mut().zip(line).for_each(|(sum, &y)| *sum = A::mul_add(x, y, *sum));
}

/// The gradients of queries, keys and values: d_v_j = Σ_i P[i, j] d_o_i, d_P[i, j] = d_o_i · v_j,
/// d_S = P · (d_P - Σ_j d_P P) · scale; d_q_i = Σ_j d_S[i, j] k_j and d_k_j = Σ_i d_S[i, j] q_i.
pub(crate) struct AttendBack<'a, A: Arith> {
    pub(crate) head: Head<'a, A::T>,
    /// As [`Attend`] left it.
    pub(crate) probabilities: &'a [A::T],
    pub(crate) d_output: Matrix<'a, A::T>,
    /// Those of queries, keys and values.
    pub(crate) d_input: [MatMut<'a, A::T>; 3],
    pub(crate) room: &'a mut [A::T],
}

impl<A: Arith> Task<A> for AttendBack<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(I, self.groups::<I, 8, 16>(), self.groups::<I, 6, 16>(), self.groups::<I, 4, 8>())
    }
}

impl<A: Arith> AttendBack<'_, A> {
    #[inline(always)]
    fn groups<I: Isa, const MR: usize, const STEP: usize>(self) {
        let AttendBack { head, probabilities, d_output, d_input: [mut d_queries, mut d_keys, mut d_values], room } =
            self;
        let Head { steps, width, .. } = head;
        let panels = width.next_multiple_of(GROUP) * steps;
        let (queries, room) = room.split_at_mut(panels);
        let (keys, room) = room.split_at_mut(panels);
        let (outputs, room) = room.split_at_mut(panels);
        let (d_outputs, room) = room.split_at_mut(width * GROUP);
        let (p, room) = room.split_at_mut(steps * GROUP);
        let (d_scores_of_group, d_scores) = room.split_at_mut(steps * GROUP);
        pack_panels::<I, _, GROUP>(head.queries, width, queries);
        pack_panels::<I, _, GROUP>(head.keys, width, keys);
        pack_panels::<I, _, GROUP>(d_output, width, outputs);
        for group in blocks(steps, GROUP) {
            let seen = head.seen_by(group);
            let (p, d_s) = (&mut p[..seen * GROUP], &mut d_scores_of_group[..seen * GROUP]);
            let lines = probabilities[group.start * steps..].chunks_exact(group.len);
            p.chunks_exact_mut(GROUP).zip(lines).for_each(|(to, from)| to[..group.len].copy_from_slice(from));
            head.mask(group, p, A::T::ZERO);
            d_output.transposed().pack::<I, GROUP>(Span::all(width), group, d_outputs);
            let values = head.values.window(Span::all(seen), Span::all(width));
            products::<A, MR, STEP>(values, seen, d_outputs, d_s);
            head.mask(group, d_s, A::T::ZERO);
            differentiate_softmax::<A>(&head, p, d_s);
            let lines = d_scores[group.start * steps..].chunks_exact_mut(group.len);
            lines.zip(d_s.chunks_exact(GROUP)).for_each(|(to, from)| to.copy_from_slice(&from[..group.len]));
            over_keys::<A, I, MR, STEP>(&head, group, d_s, keys, &mut d_queries);
        }
        over_queries::<A, I, MR, STEP>(&head, d_scores, queries, &mut d_keys);
        over_queries::<A, I, MR, STEP>(&head, probabilities, outputs, &mut d_values);
    }
}

/// d_S = P · (d_P - Σ d_P P) · scale, for a group of queries.
#[inline(always)]
fn differentiate_softmax<A: Arith>(head: &Head<'_, A::T>, p: &[A::T], d: &mut [A::T]) {
    let mut lanes = [[A::T::ZERO; GROUP]; LANES];
    let chunks = d.as_chunks::<GROUP>().0.chunks(LANES).zip(p.as_chunks::<GROUP>().0.chunks(LANES));
    for (d, p) in chunks {
        for (lane, (d, p)) in lanes.iter_mut().zip(d.iter().zip(p)) {
            lanes_alone();
            for (sum, (&d, &p)) in lane.iter_mut().zip(d.iter().zip(p)) {
                *sum = A::mul_add(d, p, *sum);
            }
        }
    }
    let (means, scale) = (tree::<A>(lanes), A::T::from_f32(head.scale));
    for (d, p) in d.as_chunks_mut::<GROUP>().0.iter_mut().zip(p.as_chunks::<GROUP>().0) {
        lanes_alone();
        for ((d, &p), &mean) in d.iter_mut().zip(p).zip(&means) {
            *d = A::snap(A::snap(p * (*d - mean)) * scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::reduce::{dot, greatest, sum};
    use crate::kernels::run_on;
    use crate::numerics::arith::{Binary64, Fused, Split};
    use crate::numerics::random::{Purpose, Seed, Stream};

    /// q, k, v and d_o of one head, side by side in rows of a longer matrix.
    struct Case<T> {
        steps: usize,
        width: usize,
        causal: bool,
        rows: Vec<T>,
    }

    /// P where it is seen, the output, and the gradients of q, k and v.
    type Found<T> = (Vec<T>, Vec<T>, [Vec<T>; 3]);

    impl<T: Element> Case<T> {
        fn new(steps: usize, width: usize, causal: bool) -> Self {
            let mut stream = Stream::new(Seed((steps * 1000 + width) as u64), Purpose::Init, 0);
            let value = |_| T::from_f32(stream.uniform(-2.0, 2.0));
            Case { steps, width, causal, rows: (0..steps * 4 * width).map(value).collect() }
        }

        fn part(&self, part: usize) -> Matrix<'_, T> {
            Matrix::rows(&self.rows[part * self.width..], 4 * self.width)
        }

        fn head(&self) -> Head<'_, T> {
            let Case { steps, width, causal, .. } = *self;
            let [queries, keys, values] = [0, 1, 2].map(|part| self.part(part));
            Head { steps, width, causal, scale: 0.37, queries, keys, values }
        }

        fn sees(&self, i: usize, j: usize) -> bool {
            !self.causal || j <= i
        }

        /// snap(Σ_k x(k) y(k)) over the k that are `seen`, ascending.
        fn product<A: Arith<T = T>>(terms: impl Iterator<Item = (T, T)>) -> T {
            A::snap(terms.fold(T::ZERO, |sum, (x, y)| A::mul_add(x, y, sum)))
        }

        fn definition<A: Arith<T = T>>(&self) -> Found<T> {
            let Case { steps, width, .. } = *self;
            let [q, k, v, d_o] = [0, 1, 2, 3].map(|part| self.part(part));
            let scale = T::from_f32(0.37);
            let across = |x: Matrix<'_, T>, y: Matrix<'_, T>, i: usize, j: usize| {
                Self::product::<A>((0..width).map(|c| (x.at(i, c), y.at(j, c))))
            };
            let (mut p, mut d_s) = (vec![T::ZERO; steps * steps], vec![T::ZERO; steps * steps]);
            for i in 0..steps {
                let seen: Vec<usize> = (0..steps).filter(|&j| self.sees(i, j)).collect();
                let scores: Vec<T> = seen.iter().map(|&j| A::snap(across(q, k, i, j) * scale)).collect();
                let max = greatest::<A>(&scores);
                let powers: Vec<T> = scores.iter().map(|&s| A::exp(s - max)).collect();
                let share = A::recip(sum::<A>(&powers));
                let row: Vec<T> = powers.iter().map(|&e| A::snap(e * share)).collect();
                let d_p: Vec<T> = seen.iter().map(|&j| across(d_o, v, i, j)).collect();
                let mean = dot::<A>(&d_p, &row);
                for (&j, (&p_j, &d)) in seen.iter().zip(row.iter().zip(&d_p)) {
                    p[i * steps + j] = p_j;
                    d_s[i * steps + j] = A::snap(A::snap(p_j * (d - mean)) * scale);
                }
            }
            let rows = |term: &dyn Fn(usize, usize, usize) -> Option<(T, T)>| -> Vec<T> {
                let at = |n: usize| (0..steps).filter_map(move |k| term(n / width, n % width, k));
                (0..steps * width).map(|n| Self::product::<A>(at(n))).collect()
            };
            let output = rows(&|i, c, j| self.sees(i, j).then(|| (p[i * steps + j], v.at(j, c))));
            let d_q = rows(&|i, c, j| self.sees(i, j).then(|| (d_s[i * steps + j], k.at(j, c))));
            let d_k = rows(&|j, c, i| self.sees(i, j).then(|| (d_s[i * steps + j], q.at(i, c))));
            let d_v = rows(&|j, c, i| self.sees(i, j).then(|| (p[i * steps + j], d_o.at(i, c))));
            (p, output, [d_q, d_k, d_v])
        }

        /// The same by the kernels, if the machine has the instruction set.
        fn computed<A: Arith<T = T>>(&self, isa: usize) -> Option<Found<T>> {
            let Case { steps, width, .. } = *self;
            let mut room = vec![T::from_f64(f64::NAN); super::room(steps, width)];
            let [mut by_groups, mut output] = [steps * steps, steps * width].map(|len| vec![T::ONE; len]);
            let head = self.head();
            run_on(
                isa,
                Attend::<A> {
                    head,
                    probabilities: &mut by_groups,
                    output: MatMut::rows(&mut output, width),
                    room: &mut room,
                },
            )?;
            let mut gradients = [(); 3].map(|()| vec![T::ONE; steps * width]);
            let d_input = gradients.each_mut().map(|part| MatMut::rows(part, width));
            let d_output = self.part(3);
            run_on(isa, AttendBack::<A> { head, probabilities: &by_groups, d_output, d_input, room: &mut room })?;
            let mut p = vec![T::ZERO; steps * steps];
            for (i, j) in (0..steps).flat_map(|i| (0..steps).map(move |j| (i, j))).filter(|&(i, j)| self.sees(i, j)) {
                let start = i / GROUP * GROUP;
                p[i * steps + j] = by_groups[start * steps + j * GROUP.min(steps - start) + i - start];
            }
            Some((p, output, gradients))
        }
    }

    fn check<A: Arith>() {
        for (steps, width) in [(1, 1), (3, 5), (16, 16), (17, 24), (33, 7), (40, 33)] {
            for causal in [false, true] {
                let case = Case::<A::T>::new(steps, width, causal);
                let expected = case.definition::<A>();
                for isa in 0..3 {
                    if let Some(found) = case.computed::<A>(isa) {
                        assert!(
                            found == expected,
                            "{steps} steps of {width}, causal {causal}, set {isa}: {found:?} is not {expected:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn each_instruction_set_computes_the_definition() {
        check::<Fused>();
        check::<Split>();
        check::<Binary64>();
    }
}
