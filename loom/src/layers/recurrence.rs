//! The recurrence inside `Rnn`, `Lstm` and `Gru`: forward, backward and its GPU launches.

use super::{Activation, Cell, Recurrence};
use crate::kernels::activation::{apply_in_place, differentiate_in_place};
use crate::kernels::{
    Epilogue, Isa, MatMut, Matrix, Task, ThreadBuffer, Weight, by_isa, column_sums, dispatch, matmul, multiply_panels,
    pack_panels, with_thread_buffer,
};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::Fixed, Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

/// The kernels of a cell: the steps, a workgroup for each sample; then the gradients of what goes from step to step.
struct Kernels {
    forward: Kernel,
    d_input: Kernel,
    d_weight: Kernel,
    d_bias: Kernel,
}

macro_rules! kernels {
    ($cell:literal) => {{
        const CELL: &str = include_str!(concat!("recurrence/", $cell, ".wgsl"));
        const STEP: &str = include_str!(concat!("recurrence/", $cell, "_forward.wgsl"));
        const BACKWARD: &str = include_str!(concat!("recurrence/", $cell, "_backward.wgsl"));
        const D_INPUT: &[&str] = &[CELL, BACKWARD, include_str!("recurrence/d_input.wgsl")];
        const D_WEIGHT: &[&str] = &[CELL, BACKWARD, include_str!("recurrence/d_weight.wgsl")];
        const D_BIAS: &[&str] = &[CELL, BACKWARD, include_str!("recurrence/d_bias.wgsl")];
        Kernels {
            forward: Kernel::weighted(Form::Groups, &[CELL, STEP, include_str!("recurrence/forward.wgsl")]),
            d_input: Kernel::backward("d_input", Form::Groups, D_INPUT),
            d_weight: Kernel::backward("d_weight", Form::Product, D_WEIGHT),
            d_bias: Kernel::backward("d_bias", Form::ColumnSums, D_BIAS),
        }
    }};
}
const RNN: Kernels = kernels!("rnn");
const LSTM: Kernels = kernels!("lstm");
const GRU: Kernels = kernels!("gru");

fn kernels(cell: Cell) -> &'static Kernels {
    match cell {
        Cell::Tanh | Cell::Relu => &RNN,
        Cell::Lstm => &LSTM,
        Cell::Gru => &GRU,
    }
}

thread_local! {
    /// The weight as panels, and what a group of samples has at one step.
    static ROOM: ThreadBuffer = const { ThreadBuffer::new(None) };
}

/// The most rows and columns of a register tile.
const WIDEST: [usize; 2] = [8, 32];

/// Multiply-adds that one gate costs beside its sum, for the choice of threads.
const COST: usize = 24;

/// Multiply-adds for one sample.
fn cost(layer: &Recurrence) -> usize {
    layer.steps * layer.width() * (layer.hidden + COST)
}

/// Room for products of the weight, or its transpose, with a group of samples, and for 9 more values of each unit.
fn room(layer: &Recurrence, depth: usize, columns: usize) -> usize {
    let [rows, tile_columns] = WIDEST;
    (depth + rows) * columns.next_multiple_of(tile_columns) + (rows + 1) * layer.hidden
}

impl Operator for Recurrence {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (sample, work) = (self.steps * self.hidden, self.steps * self.work_width());
        let (input, z) = (cx.input, self.steps * self.width());
        let weight = cx.weights.matrix(cx.offsets.param(0), [self.width(), self.hidden]);
        let bias = cx.weights.vector(cx.offsets.param(1), self.width());
        cx.threads.split_all_mut(
            [&mut *cx.output, &mut *cx.work],
            [sample, work],
            cost(self),
            // Each packs the weight, if it is not yet, and goes by groups of samples.
            1,
            |first, [output, work]| {
                let input = &input[first * z..][..output.len() / sample * z];
                with_thread_buffer(&ROOM, room(self, self.hidden, self.width()), |room| {
                    dispatch(Advance::<A> { layer: self, weight, bias, input, output, work, room });
                });
            },
        );
    }

    /// From the last step to the first, `d_h_t = d_y_t + Wᵀ d_a_(t+1)` (with `u d_h_(t+1)` in a GRU), and the cell's derivatives
    /// give d_z and d_a; then `d_W = Σ d_a_t h_(t-1)ᵀ` and `d_b = Σ d_a_t` over the steps of all samples.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let rows = cx.batch * self.steps;
        let d_z = cx.d_input.as_deref_mut().expect("a recurrence is never the first step");
        let (before, d_a) = cx.scratch.split_at_mut(rows * self.hidden);
        let d_a = &mut d_a[..cx.batch * self.d_recurrent_len()];
        let (output, work, d_output) = (cx.output, cx.work, &*cx.d_output);
        let d_weight = &mut cx.d_weights[cx.offsets.gradient(0)..][..self.width() * self.hidden];
        let weight = Matrix::rows(&cx.weights[cx.offsets.param(0)..][..d_weight.len()], self.hidden);
        let units = [self.steps * self.width(), self.d_recurrent_len()];
        cx.threads.split_all_mut([&mut *d_z, &mut *d_a], units, cost(self), 1, |first, [d_z, d_a]| {
            let samples = first..first + d_z.len() / units[0];
            let part = |width: usize| samples.start * self.steps * width..samples.end * self.steps * width;
            let (output, d_output) = (&output[part(self.hidden)], &d_output[part(self.hidden)]);
            let work = &work[part(self.work_width())];
            with_thread_buffer(&ROOM, room(self, self.width(), self.hidden), |room| {
                dispatch(Return::<A> { layer: self, weight, output, work, d_output, d_z, d_a, room });
            });
        });

        let d_a = if d_a.is_empty() { &*d_z } else { &*d_a };
        for (before, h) in
            before.chunks_exact_mut(self.steps * self.hidden).zip(output.chunks_exact(self.steps * self.hidden))
        {
            before[..self.hidden].fill(A::T::ZERO);
            before[self.hidden..].copy_from_slice(&h[..h.len() - self.hidden]);
        }
        let d_weight = MatMut::rows(d_weight, self.hidden);
        let d_recurrent = Matrix::rows(d_a, self.width()).transposed();
        matmul::<A>(cx.threads, d_recurrent, Matrix::rows(before, self.hidden), rows, d_weight, Epilogue::NONE);
        let bias = cx.offsets.gradient(1);
        column_sums::<A>(cx.threads, d_a, &mut cx.d_weights[bias..bias + self.width()]);
    }

    fn launches(&self) -> Vec<Launch> {
        let kernels = kernels(self.cell);
        vec![
            Launch::new(&kernels.forward, PerSample(1)),
            Launch::new(&kernels.d_input, PerSample(1)),
            Launch::product(&kernels.d_weight, Fixed(self.width()), Fixed(self.hidden)),
            Launch::new(&kernels.d_bias, Fixed(self.width())),
        ]
    }
}

/// The steps of some samples, first to last, a group of samples at a time.
struct Advance<'a, A: Arith> {
    layer: &'a Recurrence,
    weight: Weight<'a, A::T>,
    bias: &'a [A::T],
    input: &'a [A::T],
    output: &'a mut [A::T],
    work: &'a mut [A::T],
    room: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Advance<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(I, self.groups::<I, 8, 32, 16>(), self.groups::<I, 6, 16, 16>(), self.groups::<I, 4, 8, 8>())
    }
}

impl<A: Arith> Advance<'_, A> {
    /// Groups of `MR` samples.
    #[inline(always)]
    fn groups<I: Isa, const MR: usize, const NR: usize, const STEP: usize>(self) {
        let Advance { layer, weight, bias, input, output, work, room } = self;
        let Recurrence { cell, steps, hidden, .. } = *layer;
        let (width, work_width) = (layer.width(), layer.work_width());
        let stride = width.next_multiple_of(NR);
        let (panels, room) = room.split_at_mut(hidden * stride);
        let (sums, room) = room.split_at_mut(stride * MR);
        let zeros = &mut room[..hidden];
        zeros.fill(A::T::ZERO);
        let panels = weight.panels_or_pack::<I, NR>(width, panels);

        let samples = output.len() / (steps * hidden);
        for first in (0..samples).step_by(MR) {
            let group = MR.min(samples - first);
            for t in 0..steps {
                if t == 0 {
                    sums.fill(A::T::ZERO);
                } else {
                    let before = Matrix::rows(&output[(first * steps + t - 1) * hidden..], steps * hidden);
                    multiply_panels::<A, MR, NR, STEP>(before, group, panels, sums);
                }
                for (row, a) in (first..first + group).map(|s| s * steps + t).zip(sums.chunks_exact_mut(stride)) {
                    let (a, z) = (&mut a[..width], &input[row * width..][..width]);
                    if cell == Cell::Gru {
                        a.iter_mut().zip(bias).for_each(|(a, &b)| *a = A::flush(*a + b));
                    } else {
                        a.iter_mut().zip(bias).zip(z).for_each(|((a, &b), &z)| *a = A::flush(z + A::flush(*a + b)));
                    }
                    let (h_before, h) = last_and_next(output, row, hidden, t, zeros);
                    let (work_before, work) = last_and_next(work, row, work_width, t, &[]);
                    match cell {
                        Cell::Tanh => advance_plain::<A>(Activation::Tanh, a, h),
                        Cell::Relu => advance_plain::<A>(Activation::Relu, a, h),
                        Cell::Lstm => {
                            let c_before = if t == 0 { &*zeros } else { &work_before[4 * hidden..] };
                            advance_lstm::<A>(a, c_before, work, h);
                        }
                        Cell::Gru => advance_gru::<A>(z, a, h_before, work, h),
                    }
                }
            }
        }
    }
}

/// Row `row - 1` of a matrix of `width` columns, or what stands for it at step 0, and row `row`.
#[inline(always)]
fn last_and_next<'a, T>(
    matrix: &'a mut [T],
    row: usize,
    width: usize,
    t: usize,
    initial: &'a [T],
) -> (&'a [T], &'a mut [T]) {
    let (past, rest) = matrix.split_at_mut(row * width);
    (if t == 0 { initial } else { &past[(row - 1) * width..] }, &mut rest[..width])
}

/// h = f(p), p = z + a.
#[inline(always)]
fn advance_plain<A: Arith>(activation: Activation, p: &[A::T], h: &mut [A::T]) {
    h.copy_from_slice(p);
    apply_in_place::<A>(activation, h);
}

/// Lanes that a cell is computed in at a time.
const LANES: usize = 16;

/// `N` values from `start` on.
#[inline(always)]
fn lanes<T: Element, const N: usize>(values: &[T], start: usize) -> [T; N] {
    *values[start..].first_chunk().expect("the values go on for a chunk")
}

/// i, f, g, o from p = z + a; c = f c' + i g; h = o tanh c.
#[inline(always)]
fn advance_lstm<A: Arith>(p: &[A::T], c_before: &[A::T], work: &mut [A::T], h: &mut [A::T]) {
    let hidden = h.len();
    let (gates, c) = work.split_at_mut(4 * hidden);
    gates.copy_from_slice(p);
    apply_in_place::<A>(Activation::Sigmoid, &mut gates[..2 * hidden]);
    apply_in_place::<A>(Activation::Tanh, &mut gates[2 * hidden..3 * hidden]);
    apply_in_place::<A>(Activation::Sigmoid, &mut gates[3 * hidden..]);
    let [i, f, g, o] = core::array::from_fn(|gate| &gates[gate * hidden..][..hidden]);
    let c = &mut c[..hidden];
    for ((c, (&f, &before)), (&i, &g)) in c.iter_mut().zip(f.iter().zip(c_before)).zip(i.iter().zip(g)) {
        *c = A::flush(A::mul_add(f, before, A::flush(i * g)));
    }
    h.copy_from_slice(c);
    apply_in_place::<A>(Activation::Tanh, h);
    h.iter_mut().zip(o).for_each(|(h, &o)| *h = A::flush(o * *h));
}

/// r and u from z + a; n = tanh(z_n + r a_n); h = n + u (h' - n).
#[inline(always)]
fn advance_gru<A: Arith>(z: &[A::T], a: &[A::T], h_before: &[A::T], work: &mut [A::T], h: &mut [A::T]) {
    let hidden = h.len();
    let (gates, rest) = work.split_at_mut(2 * hidden);
    let (n, kept) = rest.split_at_mut(hidden);
    for ((gate, &z), &a) in gates.iter_mut().zip(z).zip(a) {
        *gate = A::flush(z + a);
    }
    apply_in_place::<A>(Activation::Sigmoid, gates);
    let (r, u) = gates.split_at(hidden);
    let (z_n, a_n) = (&z[2 * hidden..][..hidden], &a[2 * hidden..][..hidden]);
    kept.copy_from_slice(a_n);
    for (((n, &z), &a), &r) in n.iter_mut().zip(z_n).zip(a_n).zip(r) {
        *n = A::flush(A::mul_add(r, a, z));
    }
    apply_in_place::<A>(Activation::Tanh, n);
    for (((h, &before), &n), &u) in h.iter_mut().zip(h_before).zip(&*n).zip(u) {
        *h = A::flush(A::mul_add(u, before - n, n));
    }
}

/// The steps of some samples, last to first, a group of samples at a time.
struct Return<'a, A: Arith> {
    layer: &'a Recurrence,
    weight: Matrix<'a, A::T>,
    output: &'a [A::T],
    work: &'a [A::T],
    d_output: &'a [A::T],
    d_z: &'a mut [A::T],
    /// Empty where it is d_z.
    d_a: &'a mut [A::T],
    room: &'a mut [A::T],
}

impl<A: Arith> Task<A> for Return<'_, A> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(I, self.groups::<I, 8, 32, 16>(), self.groups::<I, 6, 16, 16>(), self.groups::<I, 4, 8, 8>())
    }
}

impl<A: Arith> Return<'_, A> {
    /// Groups of `MR` samples.
    #[inline(always)]
    fn groups<I: Isa, const MR: usize, const NR: usize, const STEP: usize>(self) {
        let Return { layer, weight, output, work, d_output, d_z, d_a, room } = self;
        let Recurrence { cell, steps, hidden, .. } = *layer;
        let (width, work_width) = (layer.width(), layer.work_width());
        let stride = hidden.next_multiple_of(NR);
        let (panels, room) = room.split_at_mut(width * stride);
        let (sums, room) = room.split_at_mut(stride * MR);
        let (direct, room) = room.split_at_mut(hidden * MR);
        let zeros = &mut room[..hidden];
        zeros.fill(A::T::ZERO);
        pack_panels::<I, _, NR>(weight, hidden, panels);

        let samples = output.len() / (steps * hidden);
        for first in (0..samples).step_by(MR) {
            let group = MR.min(samples - first);
            // What goes back to the step before by the cell alone: d_c f of an LSTM, d_h u of a GRU.
            direct.fill(A::T::ZERO);
            for t in (0..steps).rev() {
                if t + 1 == steps {
                    sums.fill(A::T::ZERO);
                } else {
                    let d_a = if d_a.is_empty() { &*d_z } else { &*d_a };
                    let after = Matrix::rows(&d_a[(first * steps + t + 1) * width..], steps * width);
                    multiply_panels::<A, MR, NR, STEP>(after, group, panels, sums);
                }
                let rows = (first..first + group).map(|s| s * steps + t);
                for ((row, d_h), direct) in rows.zip(sums.chunks_exact_mut(stride)).zip(direct.chunks_exact_mut(hidden))
                {
                    let d_h = &mut d_h[..hidden];
                    if cell == Cell::Gru {
                        d_h.iter_mut().zip(&*direct).for_each(|(d_h, &direct)| *d_h = *d_h + direct);
                    }
                    for (d_h, &d_y) in d_h.iter_mut().zip(&d_output[row * hidden..]) {
                        *d_h = A::flush(d_y + A::flush(*d_h));
                    }
                    let h = &output[row * hidden..][..hidden];
                    let work_now = &work[row * work_width..][..work_width];
                    let d_z = &mut d_z[row * width..][..width];
                    match cell {
                        Cell::Tanh => return_plain::<A>(Activation::Tanh, h, d_h, d_z),
                        Cell::Relu => return_plain::<A>(Activation::Relu, h, d_h, d_z),
                        Cell::Lstm => {
                            let c_before = if t == 0 { &*zeros } else { &work[(row - 1) * work_width + 4 * hidden..] };
                            return_lstm::<A>(work_now, c_before, d_h, direct, d_z);
                        }
                        Cell::Gru => {
                            let h_before = if t == 0 { &*zeros } else { &output[(row - 1) * hidden..] };
                            let d_a = &mut d_a[row * width..][..width];
                            return_gru::<A>(work_now, h_before, d_h, direct, [d_z, d_a]);
                        }
                    }
                }
            }
        }
    }
}

/// d_z = d_h f'.
#[inline(always)]
fn return_plain<A: Arith>(activation: Activation, h: &[A::T], d_h: &[A::T], d_z: &mut [A::T]) {
    d_z.copy_from_slice(d_h);
    differentiate_in_place::<A>(activation, &[], h, d_z);
}

/// d_c = d_c' + d_h o tanh'(c), which goes on as d_c f; then the four gates.
#[inline(always)]
fn return_lstm<A: Arith>(work: &[A::T], c_before: &[A::T], d_h: &[A::T], d_c_after: &mut [A::T], d_z: &mut [A::T]) {
    let whole = d_h.len() / LANES * LANES;
    for k in (0..whole).step_by(LANES) {
        return_lstm_lanes::<A, LANES>(k, work, c_before, d_h, d_c_after, d_z);
    }
    for k in whole..d_h.len() {
        return_lstm_lanes::<A, 1>(k, work, c_before, d_h, d_c_after, d_z);
    }
}

/// The units from `k` on.
#[inline(always)]
fn return_lstm_lanes<A: Arith, const N: usize>(
    k: usize,
    work: &[A::T],
    c_before: &[A::T],
    d_h: &[A::T],
    d_c_after: &mut [A::T],
    d_z: &mut [A::T],
) {
    let hidden = d_h.len();
    let [i, f, g, o, c]: [[A::T; N]; 5] = core::array::from_fn(|row| lanes(work, row * hidden + k));
    let (c_before, d_h): ([A::T; N], [A::T; N]) = (lanes(c_before, k), lanes(d_h, k));
    let mut d_c: [A::T; N] = lanes(d_c_after, k);
    let sigmoid = |y: A::T| A::mul_add(-y, y, y);
    let tanh = |y: A::T| A::mul_add(-y, y, A::T::ONE);
    let mut tanh_c = c;
    apply_in_place::<A>(Activation::Tanh, &mut tanh_c);
    for l in 0..N {
        d_c[l] = A::flush(A::mul_add(A::flush(d_h[l] * o[l]), tanh(tanh_c[l]), d_c[l]));
    }
    let [mut d_i, mut d_f, mut d_g, mut d_o] = [[A::T::ZERO; N]; 4];
    for l in 0..N {
        d_i[l] = A::flush((d_c[l] * g[l]) * sigmoid(i[l]));
    }
    for l in 0..N {
        d_f[l] = A::flush((d_c[l] * c_before[l]) * sigmoid(f[l]));
    }
    for l in 0..N {
        d_g[l] = A::flush((d_c[l] * i[l]) * tanh(g[l]));
    }
    for l in 0..N {
        d_o[l] = A::flush((d_h[l] * tanh_c[l]) * sigmoid(o[l]));
    }
    for l in 0..N {
        d_c[l] = A::flush(d_c[l] * f[l]);
    }
    d_c_after[k..k + N].copy_from_slice(&d_c);
    d_z[k..k + N].copy_from_slice(&d_i);
    d_z[hidden + k..][..N].copy_from_slice(&d_f);
    d_z[2 * hidden + k..][..N].copy_from_slice(&d_g);
    d_z[3 * hidden + k..][..N].copy_from_slice(&d_o);
}

/// d_z and d_a, which differ in n's rows by r; d_h u goes on.
#[inline(always)]
fn return_gru<A: Arith>(
    work: &[A::T],
    h_before: &[A::T],
    d_h: &[A::T],
    d_h_before: &mut [A::T],
    [d_z, d_a]: [&mut [A::T]; 2],
) {
    let hidden = d_h.len();
    let [r, u, n, a_n] = core::array::from_fn(|row| &work[row * hidden..][..hidden]);
    let (h_before, d_h_before) = (&h_before[..hidden], &mut d_h_before[..hidden]);
    let sigmoid = |y: A::T| A::mul_add(-y, y, y);
    {
        let (d_r, d_z) = d_z.split_at_mut(hidden);
        let (d_u, d_n) = d_z.split_at_mut(hidden);
        let (d_n, d_a_n) = (&mut d_n[..hidden], &mut d_a[2 * hidden..][..hidden]);
        for k in 0..hidden {
            d_n[k] = A::flush((d_h[k] * (A::T::ONE - u[k])) * A::mul_add(-n[k], n[k], A::T::ONE));
            d_u[k] = A::flush((d_h[k] * (h_before[k] - n[k])) * sigmoid(u[k]));
            d_r[k] = A::flush((d_n[k] * a_n[k]) * sigmoid(r[k]));
            d_a_n[k] = A::flush(d_n[k] * r[k]);
            d_h_before[k] = A::flush(d_h[k] * u[k]);
        }
    }
    d_a[..2 * hidden].copy_from_slice(&d_z[..2 * hidden]);
}
