//! `Transpose`: forward, backward and its GPU launches.

use super::Transpose;
use crate::kernels::Threads;
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};

const TRANSPOSED: &str = include_str!("transpose/transpose.wgsl");
const FORWARD: Kernel = Kernel::forward("forward", Form::Items, &[TRANSPOSED, include_str!("transpose/forward.wgsl")]);
const D_INPUT: Kernel = Kernel::backward("d_input", Form::Items, &[TRANSPOSED, include_str!("transpose/d_input.wgsl")]);

fn len_of(layer: &Transpose) -> usize {
    layer.rows * layer.columns
}

impl Operator for Transpose {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        transpose([self.rows, self.columns], cx.threads, cx.input, cx.output);
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        transpose([self.columns, self.rows], cx.threads, cx.d_output, d_input);
    }

    fn launches(&self) -> Vec<Launch> {
        vec![Launch::new(&FORWARD, PerSample(len_of(self))), Launch::new(&D_INPUT, PerSample(len_of(self)))]
    }
}

/// Each matrix [rows, columns] transposed.
fn transpose<T: Element>([rows, columns]: [usize; 2], threads: &Threads, from: &[T], to: &mut [T]) {
    let len = rows * columns;
    threads.split_mut(to, len, len, |first, to| {
        for (from, to) in from.chunks_exact(len).skip(first).zip(to.chunks_exact_mut(len)) {
            for (j, row) in to.chunks_exact_mut(rows).enumerate() {
                row.iter_mut().zip(from[j..].iter().step_by(columns)).for_each(|(y, &x)| *y = x);
            }
        }
    });
}
