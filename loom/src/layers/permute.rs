//! `Permute`: forward, backward and its GPU launches.

use super::Permute;
use crate::kernels::Threads;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const PERMUTED: &str = include_str!("permute/permuted.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[PERMUTED, include_str!("permute/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[PERMUTED, include_str!("permute/d_input.wgsl")]);

impl Operator for Permute {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        exchange([self.rows, self.columns, self.inner], cx.threads, cx.input, cx.output);
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        exchange([self.columns, self.rows, self.inner], cx.threads, cx.d_output, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        let len = PerSample(self.outer * self.rows * self.columns * self.inner);
        vec![Launch::new(&FORWARD, len), Launch::new(&D_INPUT, len)]
    }
}

/// `to[a, j, i, b] = from[a, i, j, b]`: from `[outer, rows, columns, inner]`, to `[outer, columns, rows, inner]`.
fn exchange<T: Element>([rows, columns, inner]: [usize; 3], threads: &Threads, from: &[T], to: &mut [T]) {
    threads.split_mut(to, rows * inner, rows * inner, |first, to| {
        for (unit, to) in to.chunks_exact_mut(rows * inner).enumerate() {
            let (a, j) = ((first + unit) / columns, (first + unit) % columns);
            let from = &from[a * rows * columns * inner..][..rows * columns * inner];
            match inner {
                1 => to.iter_mut().zip(from[j..].iter().step_by(columns)).for_each(|(y, &x)| *y = x),
                _ => to
                    .chunks_exact_mut(inner)
                    .zip(from.chunks_exact(inner).skip(j).step_by(columns))
                    .for_each(|(to, from)| to.copy_from_slice(from)),
            }
        }
    });
}
