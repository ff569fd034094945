//! Random numbers.

use super::embedding::D_INPUT;
use super::{Distribution, Noise};
use crate::kernels::run_kernel;
use crate::layers::operator::{Backward, Forward, Mode, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::numerics::random::philox4x32;
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel, PHILOX, TRIGONOMETRY};

/// An item is a block of four values, which share a random number's four words.
const FORWARD: Kernel =
    Kernel::forward("forward", Form::Items, &[TRIGONOMETRY, PHILOX, include_str!("noise/forward.wgsl")]);

/// Multiply-adds that one value costs, for the choice of threads.
const COST: usize = 64;

impl Operator for Noise {
    /// Value e of the batch takes word e mod 4 of Philox's block e / 4, or two values a pair of words. The counter is (e / 4, layer, low and
    /// high half of the step), the key the seed.
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let Mode::Training { seed, step } = cx.mode else { return cx.output.fill(A::T::from_f32(self.mean())) };
        let (distribution, stream, key) = (self.distribution, self.stream, [seed.0 as u32, (seed.0 >> 32) as u32]);
        cx.threads.split_mut(cx.output, 4, 4 * COST, |first, output| {
            run_kernel!(A, move || {
                for (block, to) in output.chunks_mut(4).enumerate() {
                    let counter = [(first + block) as u32, stream, step as u32, (step >> 32) as u32];
                    let values = numbers::<A>(distribution, philox4x32(counter, key));
                    to.copy_from_slice(&values[..to.len()]);
                }
            });
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        if let Some(d_input) = cx.d_input.as_deref_mut() {
            d_input.fill(A::T::ZERO);
        }
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(self.len)), Launch::new(&D_INPUT, PerSample(self.len))]
    }
}

/// Four numbers of four words.
#[inline(always)]
fn numbers<A: Arith>(distribution: Distribution, words: [u32; 4]) -> [A::T; 4] {
    let [a, b, c, d] = words.map(|word| word >> 8);
    match distribution {
        Distribution::Uniform => [a, b, c, d].map(unit),
        Distribution::Normal => {
            let [[a, b], [c, d]] = [[a, b], [c, d]].map(normals::<A>);
            [a, b, c, d]
        }
    }
}

/// A whole number up to 2^24, times 2^-24.
#[inline(always)]
fn unit<T: Element>(whole: u32) -> T {
    T::from_f32(whole as i32 as f32 * (1.0 / (1 << 24) as f32))
}

/// Two numbers of the normal distribution, of two below 2^24: r cos 2πv and r sin 2πv with r² = -2 ln u, for u above 0 and v below 1. None
/// is beyond 5.77.
///
/// Box and Muller, "A note on the generation of random normal deviates", 1958.
#[inline(always)]
fn normals<A: Arith>([u, v]: [u32; 2]) -> [A::T; 2] {
    let r = A::sqrt(A::T::from_f32(-2.0) * A::log(unit(u + 1)));
    let angle = A::T::from_f32(core::f32::consts::TAU) * unit(v);
    [A::cos(angle), A::sin(angle)].map(|part| A::flush(r * part))
}
