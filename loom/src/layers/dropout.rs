//! `Dropout`: forward, backward and its GPU launches.

use super::Dropout;
use crate::kernels::{Threads, run_kernel};
use crate::layers::operator::{Backward, Forward, Mode, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::numerics::random::philox4x32;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, HIGH_PRODUCT, Kernel, PHILOX};

const MASK: &str = include_str!("dropout/mask.wgsl");
/// An item is a block of four values, which share a random number's four words; so in `D_INPUT`.
const FORWARD: Kernel =
    Kernel::forward("forward", Form::Items, &[HIGH_PRODUCT, PHILOX, MASK, include_str!("dropout/forward.wgsl")]);
const D_INPUT: Kernel =
    Kernel::backward("d_input", Form::Items, &[HIGH_PRODUCT, PHILOX, MASK, include_str!("dropout/d_input.wgsl")]);

/// Multiply-adds that one value's random number costs, for the choice of threads.
const COST: usize = 16;

impl Operator for Dropout {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        apply::<A>(self, cx.threads, cx.mode, cx.input, cx.output);
    }

    /// The masks are drawn again, not stored.
    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        apply::<A>(self, cx.threads, cx.mode, cx.d_output, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))]
    }
}

/// to = from, masked and scaled when training.
///
/// Value e of the batch takes word e mod 4 of Philox's block e / 4: kept when the word is at least P · 2^32. The counter is
/// (e / 4, layer, low and high half of the step), the key the seed.
fn apply<A: Arith>(dropout: &Dropout, threads: &Threads, mode: Mode, from: &[A::T], to: &mut [A::T]) {
    let Mode::Training { seed, step } = mode else { return to.copy_from_slice(from) };
    let (threshold, scale, stream) = (dropout.threshold(), A::T::from_f32(dropout.scale()), dropout.stream);
    let key = [seed.0 as u32, (seed.0 >> 32) as u32];
    threads.split_mut(to, 4, 4 * COST, |first, to| {
        run_kernel!(A, move || {
            for (block, (to, from)) in to.chunks_mut(4).zip(from[first * 4..].chunks(4)).enumerate() {
                let counter = [(first + block) as u32, stream, step as u32, (step >> 32) as u32];
                let words = philox4x32(counter, key);
                for ((to, &from), word) in to.iter_mut().zip(from).zip(words) {
                    *to = if word >= threshold { A::flush(from * scale) } else { A::T::ZERO };
                }
            }
        });
    });
}
