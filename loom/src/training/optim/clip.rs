//! Gradient clipping, by norm and by value.

use super::TWO_POW_64;
use crate::error::{Error, require};
use crate::kernels::{Buffer, Threads, VECTOR, run_kernel, square_chunks, sum_of_squares};
use crate::numerics::arith::Arith;
use crate::run::cpu::{Cpu, with_fma_mode};
use crate::shaders::{self, Kernel};

/// A bound on gradients, applied before the optimizer's step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Clip {
    /// Scales all gradients so that their Euclidean norm is at most this, whatever it was. PyTorch's `clip_grad_norm_`.
    Norm(f32),
    /// Holds each gradient within ± this. PyTorch's `clip_grad_value_`.
    Value(f32),
}

impl Clip {
    pub(crate) fn check(self) -> Result<(), Error> {
        let (name, bound) = match self {
            Clip::Norm(bound) => ("clip norm", bound),
            Clip::Value(bound) => ("clip value", bound),
        };
        require(bound.is_finite() && bound > 0.0, name, bound.into(), "finite and above 0")
    }

    /// Elements of scratch that the kernels need: two sums for each chunk, and two factors.
    #[cfg(feature = "gpu")]
    pub(crate) fn scratch(len: usize) -> usize {
        2 * square_chunks(len) + 2
    }

    /// The kernels that do as [`clip`] does, to be run in order, each with its constants and with its number of items or rows.
    /// Those of a norm use as much scratch as [`scratch`](Self::scratch) says.
    #[doc(hidden)]
    pub fn shaders(self, len: usize) -> Vec<(&'static Kernel, String, usize)> {
        let (Clip::Norm(bound) | Clip::Value(bound)) = self;
        // Below 2^-60 all bounds do the same, for what they leave flushes to 0; but a subnormal one may count as 0, and then
        // a compiler takes 0 times NaN for 0.
        let bound = bound.max(f32::MIN_POSITIVE);
        let header = format!("const LEN: u32 = {len}u;\nconst BOUND: f32 = {bound:?}f;\n");
        match self {
            Clip::Value(_) => vec![(&shaders::CLIP_VALUE, header, len)],
            Clip::Norm(_) => {
                let kernels = shaders::CLIP_NORM.iter().zip([square_chunks(len), 1, len]);
                kernels.map(|(kernel, count)| (kernel, header.clone(), count)).collect()
            }
        }
    }
}

/// Clips gradients in place. `sums` is scratch.
pub(crate) fn clip(cpu: &Cpu, clip: Clip, gradients: &mut [f32], sums: &mut Buffer<f32>) {
    match clip {
        Clip::Norm(bound) => with_fma_mode!(cpu.fma_mode, clip_norm(&cpu.threads, bound, gradients, sums)),
        Clip::Value(bound) => with_fma_mode!(cpu.fma_mode, clip_value(&cpu.threads, bound, gradients)),
    }
}

/// g · min(1, bound / (√Σ g² + 1e-6)). Where the sum is infinite, that of gradients divided by 2^64.
fn clip_norm<A: Arith<T = f32>>(threads: &Threads, bound: f32, gradients: &mut [f32], sums: &mut Buffer<f32>) {
    sums.grow(square_chunks(gradients.len()));
    let squares = sum_of_squares::<A>(threads, gradients, sums);
    if squares == f32::INFINITY {
        multiply::<A>(threads, 1.0 / TWO_POW_64, gradients);
        let scale = bound * A::recip(A::sqrt(sum_of_squares::<A>(threads, gradients, sums)));
        multiply::<A>(threads, if scale > TWO_POW_64 { TWO_POW_64 } else { scale }, gradients);
        return;
    }
    let scale = bound * A::recip(A::sqrt(squares) + 1e-6);
    if scale < 1.0 {
        multiply::<A>(threads, scale, gradients);
    }
}

fn clip_value<A: Arith<T = f32>>(threads: &Threads, bound: f32, gradients: &mut [f32]) {
    threads.split_mut(gradients, VECTOR, VECTOR, |_, gradients| {
        run_kernel!(A, move || gradients.iter_mut().for_each(|g| {
            let low = if *g < -bound { -bound } else { *g };
            *g = A::flush(if low > bound { bound } else { low });
        }));
    });
}

fn multiply<A: Arith<T = f32>>(threads: &Threads, scale: f32, gradients: &mut [f32]) {
    threads.split_mut(gradients, VECTOR, VECTOR, |_, gradients| {
        run_kernel!(A, move || gradients.iter_mut().for_each(|g| *g = A::flush(*g * scale)));
    });
}
