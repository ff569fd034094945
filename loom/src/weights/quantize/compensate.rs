//! GPTQ: rounding in which later columns make up for the errors of earlier ones.

use super::factor::{NoFactor, factor};
use super::{Rounding, RoundingError};
use crate::dtype::{Encoded, Format, Parts};
use crate::error::Error;
use crate::kernels::{Epilogue, MatMut, Matrix, Threads, matmul};
use crate::numerics::arith::{Arith, Binary64, Fused};
use crate::numerics::environment::in_default_environment;
use crate::run::cpu::Cpu;

/// What the inputs of a matrix product have been like: z = x, or z = (1, x) where a bias is added to the product.
pub(crate) struct Inputs {
    /// The length of z.
    pub(crate) len: usize,
    /// Σ z zᵀ `[len, len]`.
    pub(crate) sums: Vec<f64>,
    /// Σ y zᵀ `[len, len]`, where y is what stood in the place of z before anything was rounded; the same sums where nothing
    /// was, and then left out.
    pub(crate) cross: Option<Vec<f64>>,
}

/// Encodes a weight `[rows, columns]`, given row after row, so that its products with the inputs that a Hessian describes
/// change little: H = Σ x xᵀ `[columns, columns]` over these inputs x, in any positive multiple.
///
/// GPTQ (Frantar et al., arXiv:2210.17323): columns are rounded one after the other, those with the greatest `H[j, j]` first,
/// and the error of each is made up for by those still to come, as H says how. In the form of LDLQ (Chee et al.,
/// arXiv:2307.13304), which gives the same: with H = M D Mᵀ, M unit triangular in that order,
///
/// `ŵ[j] = round(w[j] + Σ (w[i] - ŵ[i]) M[i, j])` over the columns i rounded before.
///
/// The scales are chosen first, by squared errors weighted with `H[j, j]`. A row is rounded to nearest where its error
/// (w - ŵ)ᵀ H (w - ŵ) is then smaller.
///
/// ```
/// use loom::dtype::Format;
/// use loom::quantize::{Rounding, compensate};
///
/// // Two inputs that are always equal: where one weight becomes too small, the other becomes greater.
/// let (weight, hessian) = ([1.27, 0.0149, 0.0149], [2.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
/// let encoded = compensate(Format::I8, [1, 3], &weight, &hessian, &Rounding::new())?;
/// assert_eq!(encoded.parts().data, [127, 1, 2]);
/// # Ok::<(), loom::Error>(())
/// ```
///
/// # Errors
/// [`Error::Rounding`] where the format has no use for this or for an option, or where H is not the Hessian of any inputs;
/// [`Error::Setting`] for a damping out of range. A damping that is too small for a singular H is an [`Error::Rounding`] too.
///
/// # Panics
/// Where the number of values is not that of the shape, or where a weight is infinite or not a number.
pub fn compensate(
    format: Format,
    [rows, columns]: [usize; 2],
    values: &[f32],
    hessian: &[f64],
    rounding: &Rounding,
) -> Result<Encoded, Error> {
    rounding.check(format)?;
    rounding.check_compensated(format)?;
    if Some(hessian.len()) != columns.checked_mul(columns) {
        return Err(RoundingError::Hessian { columns }.into());
    }
    let inputs = Inputs { len: columns, sums: hessian.to_vec(), cross: None };
    let threads = &Cpu::new().threads;
    let encoded =
        in_default_environment(|| encode(threads, format, [rows, columns], values, &mut [], inputs, rounding));
    Ok(encoded.map_err(|error| match error {
        NoFactor::Singular => RoundingError::Damping { damping: rounding.damping, columns },
        NoFactor::Indefinite => RoundingError::Hessian { columns },
    })?)
}

/// [`compensate`] with inputs that may have a constant, and then with a bias for each row, which makes up for what is left.
/// Nearest to what was given before anything was rounded: the weight is W = argmin Σ (W₀ y - W z)², which W₀ is not where
/// inputs have changed (compare Li et al., "GPTAQ", arXiv:2504.02692), before it is rounded.
///
/// An error where the sums are not those of any inputs, or too near to a singular matrix.
pub(super) fn encode(
    threads: &Threads,
    format: Format,
    [rows, columns]: [usize; 2],
    values: &[f32],
    bias: &mut [f32],
    inputs: Inputs,
    rounding: &Rounding,
) -> Result<Encoded, NoFactor> {
    let Inputs { len, mut sums, cross } = inputs;
    let constants = len - columns;
    assert_eq!(constants, usize::from(!bias.is_empty()), "a constant for the bias");
    let greatest = |z: usize| sums[z * len + z];
    // Those from the last to the first are rounded, greatest first; the constant, which is not, makes up for all of them.
    let mut order: Vec<usize> = (0..len).collect();
    order[constants..].sort_by(|&a, &b| greatest(a).total_cmp(&greatest(b)).then(b.cmp(&a)));
    let ordered = |matrix: &[f64]| -> Vec<f64> {
        order.iter().flat_map(|&row| order.iter().map(move |&column| matrix[row * len + column])).collect()
    };
    // Σ (y - z) zᵀ, which damping leaves as it is.
    let change = cross.map(|mut cross| {
        cross.iter_mut().zip(&sums).for_each(|(cross, sum)| *cross -= sum);
        ordered(&cross)
    });
    damp(&mut sums, len, constants, rounding.damping);
    let importance: Vec<f64> = (constants..len).map(|z| sums[z * len + z]).collect();
    let mut m = ordered(&sums);
    drop(sums);
    let d = factor(threads, &mut m, len)?;

    let mut targets = vec![0.0; rows * len];
    for (row, target) in targets.chunks_exact_mut(len).enumerate() {
        let of = |z: usize| if z < constants { bias[row] } else { values[row * columns + z - constants] };
        target.iter_mut().zip(&order).for_each(|(target, &z)| *target = of(z).into());
    }
    if let Some(change) = change {
        let mut wanted = vec![0.0; rows * len];
        let (a, b) = (Matrix::rows(&targets, len), Matrix::rows(&change, len));
        matmul::<Binary64>(threads, a, b, len, MatMut::rows(&mut wanted, len), Epilogue::NONE);
        threads.split_mut(&mut wanted, len, len * len, |_, rows| {
            rows.chunks_exact_mut(len).for_each(|row| divide(row, &m, &d));
        });
        targets.iter_mut().zip(&wanted).for_each(|(target, change)| *target += change);
    }

    let column_of = |place: usize| order[place] - constants;
    let mut adjusted = vec![0.0; rows * columns];
    for (row, target) in adjusted.chunks_exact_mut(columns).zip(targets.chunks_exact(len)) {
        (constants..len).for_each(|place| row[column_of(place)] = Fused::flush(target[place] as f32));
    }
    if !adjusted.iter().all(|value| value.is_finite()) {
        return Err(NoFactor::Indefinite);
    }
    let choice = rounding.choice(format, columns, &importance);
    let mut offsets = vec![0.0_f32; rows];
    let encoded = Encoded::encode_with(format, [rows, columns], &adjusted, choice, |parts, plain| {
        let mut rounded = vec![0.0; rows * columns];
        let feedback = Feedback { parts, plain: &plain, targets: &targets, order: &order, constants, m: &m, d: &d };
        threads.split_all_mut([&mut rounded, &mut offsets], [columns, 1], len * len, 1, |first, [rounded, offsets]| {
            let rows = rounded.chunks_mut(ROWS * columns).zip(offsets.chunks_mut(ROWS));
            for (i, (rounded, offsets)) in rows.enumerate() {
                feedback.round(first + i * ROWS, rounded, offsets);
            }
        });
        rounded
    });
    if !offsets.iter().all(|offset| offset.is_finite()) {
        return Err(NoFactor::Indefinite);
    }
    bias.iter_mut().zip(offsets).for_each(|(bias, offset)| *bias = Fused::flush(offset));
    Ok(encoded)
}

/// Adds a part of the mean of the diagonal to each of its elements, so that the matrix is positive definite; the constant's
/// stays. Without any inputs, 1.
fn damp(sums: &mut [f64], len: usize, constants: usize, damping: f64) {
    let diagonal = || (constants..len).map(|z| z * len + z);
    let mean = diagonal().map(|i| sums[i]).sum::<f64>() / (len - constants) as f64;
    let added = if mean == 0.0 { 1.0 } else { damping * mean };
    diagonal().for_each(|i| sums[i] += added);
}

/// x = r (M D Mᵀ)⁻¹ of a row r.
fn divide(row: &mut [f64], m: &[f64], d: &[f64]) {
    let len = row.len();
    // y = x M, of which y D Mᵀ = r; what is kept is y D.
    for j in 0..len {
        let m = &m[j * len..][..j];
        row[j] -= row[..j].iter().zip(m).map(|(y, m)| y * m).sum::<f64>();
    }
    row.iter_mut().zip(d).for_each(|(y, d)| *y /= d);
    for i in (0..len).rev() {
        let x = row[i];
        row[..i].iter_mut().zip(&m[i * len..]).for_each(|(y, m)| *y -= x * m);
    }
}

/// Rows that are rounded beside one another, so that M is read once for all of them.
const ROWS: usize = 8;

/// The rounding of rows, place after place from the last one down.
struct Feedback<'a> {
    parts: &'a Parts,
    /// The weight rounded to nearest `[rows, columns]`.
    plain: &'a [f32],
    /// The weight, and before it the bias `[rows, len]`, in order.
    targets: &'a [f64],
    /// What is in each place: 0 the constant, if there is one, then the columns.
    order: &'a [usize],
    constants: usize,
    m: &'a [f64],
    d: &'a [f64],
}

impl Feedback<'_> {
    /// Rounds some rows from `first` on, each the better of two ways, and gives what their biases become.
    fn round(&self, first: usize, rounded: &mut [f32], offsets: &mut [f32]) {
        let (len, count) = (self.order.len(), offsets.len());
        let columns = len - self.constants;
        let nearest = self.parts.format.functions().nearest;
        // Two candidates for each row: with feedback, and plain. `wanted` is the target with the errors made up for so far.
        let targets = &self.targets[first * len..][..count * len];
        let mut wanted: Vec<f64> = targets.chunks_exact(len).flat_map(|row| [row, row].concat()).collect();
        let mut errors = vec![0.0; 2 * count];
        for place in (self.constants..len).rev() {
            let column = self.order[place] - self.constants;
            let m = &self.m[place * len..][..place];
            for (candidate, (wanted, total)) in wanted.chunks_exact_mut(len).zip(&mut errors).enumerate() {
                let (r, is_plain) = (candidate / 2, candidate % 2 == 1);
                let value = if is_plain {
                    self.plain[(first + r) * columns + column]
                } else {
                    let value = nearest(self.parts, first + r, column, Fused::flush(wanted[place] as f32));
                    rounded[r * columns + column] = value;
                    value
                };
                let left = wanted[place] - f64::from(value);
                *total += self.d[place] * left * left;
                let error = targets[r * len + place] - f64::from(value);
                wanted[..place].iter_mut().zip(m).for_each(|(wanted, m)| *wanted += error * m);
            }
        }
        for r in 0..count {
            let is_plain = errors[2 * r] > errors[2 * r + 1];
            if is_plain {
                rounded[r * columns..][..columns].copy_from_slice(&self.plain[(first + r) * columns..][..columns]);
            }
            if self.constants == 1 {
                offsets[r] = wanted[(2 * r + usize::from(is_plain)) * len] as f32;
            }
        }
    }
}
