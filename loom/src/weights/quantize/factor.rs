//! The triangular factor of a symmetric matrix, in binary64.

use crate::kernels::{Epilogue, MatMut, Matrix, Threads, matmul};
use crate::numerics::arith::Binary64;

/// Columns that are factored at a time.
const PANEL: usize = 64;

/// Why a matrix has no factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoFactor {
    /// A row is, but for rounding, a sum of those before it.
    Singular,
    /// It is not positive definite, or not finite.
    Indefinite,
}

/// H = M D Mᵀ of a positive definite H `[n, n]`, with M lower triangular and 1 on its diagonal: M replaces the lower half of
/// H, and the diagonal of D comes back. Where H is not positive definite, it is spoilt.
///
/// Every element is one sum in a fixed order, so that the number of threads changes no bit.
pub(super) fn factor(threads: &Threads, h: &mut [f64], n: usize) -> Result<Vec<f64>, NoFactor> {
    let mut diagonal: Vec<f64> = (0..n).map(|i| h[i * n + i]).collect();
    for first in (0..n).step_by(PANEL) {
        let width = PANEL.min(n - first);
        subtract_earlier(threads, h, n, first, width);
        let (block, below) = h[first * n..].split_at_mut(width * n);
        for i in 0..width {
            let (above, row) = block.split_at_mut(i * n);
            let row = &mut row[first..first + width];
            solve(above, n, first, &mut row[..i]);
            let pivot = row[..i].iter().fold(row[i], |rest, l| rest - l * l);
            if !(pivot > 0.0 && pivot.is_finite()) {
                // What is left of an element has the rounding errors of so many squares, which add up to it at most.
                let rounding = (n + 1) as f64 * f64::EPSILON * diagonal[first + i];
                return Err(if rounding.is_finite() && pivot.abs() <= rounding {
                    NoFactor::Singular
                } else {
                    NoFactor::Indefinite
                });
            }
            row[i] = libm::sqrt(pivot);
            diagonal[first + i] = row[i];
        }
        threads.split_mut(below, n, width * width, |_, rows| {
            rows.chunks_exact_mut(n).for_each(|row| solve(block, n, first, &mut row[first..first + width]));
        });
    }
    threads.split_mut(h, n, n, |first, rows| {
        for (i, row) in (first..).zip(rows.chunks_exact_mut(n)) {
            row[..=i].iter_mut().zip(&diagonal).for_each(|(l, d)| *l /= d);
        }
    });
    diagonal.iter_mut().for_each(|d| *d *= *d);
    Ok(diagonal)
}

/// Takes what the columns before a panel explain from it: `H[i, j] -= Σ L[i, k] L[j, k]` over k < `first`.
fn subtract_earlier(threads: &Threads, h: &mut [f64], n: usize, first: usize, width: usize) {
    if first == 0 {
        return;
    }
    let mut products = vec![0.0; (n - first) * width];
    let rows = Matrix::rows(&h[first * n..], n);
    let to = MatMut::rows(&mut products, width);
    matmul::<Binary64>(threads, rows, rows.transposed(), first, to, Epilogue::NONE);
    for (row, products) in h[first * n..].chunks_exact_mut(n).zip(products.chunks_exact(width)) {
        row[first..first + width].iter_mut().zip(products).for_each(|(h, product)| *h -= product);
    }
}

/// `x[j] = (x[j] - Σ x[m] L[j, m]) / L[j, j]` over m < j, where L is the rows of a panel from column `first` on.
fn solve(panel: &[f64], n: usize, first: usize, x: &mut [f64]) {
    for j in 0..x.len() {
        let l = &panel[j * n + first..][..=j];
        let rest = x[..j].iter().zip(l).fold(x[j], |rest, (x, l)| rest - x * l);
        x[j] = rest / l[j];
    }
}
