//! Sums and maxima along an axis.

use super::{Reduce, Reduction};
use crate::kernels::program::sum_uses;
use crate::kernels::{greatest, run_kernel};
use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::{Arith, Element};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::shaders::{Form, Kernel};
use loom_ir::plan::Argument;

const GREATEST: &str = include_str!("reduce/greatest.wgsl");
const SUM: Kernel = Kernel::forward("forward", Form::Rows, &[include_str!("reduce/sum.wgsl")]);
const MAX: Kernel = Kernel::forward("forward", Form::Items, &[GREATEST, include_str!("reduce/max.wgsl")]);
const D_SUM: Kernel = Kernel::backward("d_input", Form::Items, &[include_str!("reduce/d_sum.wgsl")]);
const D_MAX: Kernel = Kernel::backward("d_input", Form::Items, &[GREATEST, include_str!("reduce/d_max.wgsl")]);

/// How the values of the output lie beside those of the input.
fn places_of(&Reduce { outer, len, inner, .. }: &Reduce) -> Argument {
    match inner {
        1 => Argument { inner: len, len: outer, span: outer * len, outer: 1 },
        _ => Argument { inner: 1, len: inner, span: len * inner, outer },
    }
}

/// Where the first of the values lies whose greatest becomes value `i` of the output; the others follow `inner` apart.
fn first_of(&Reduce { len, inner, .. }: &Reduce, i: usize) -> usize {
    i / inner * (len * inner) + i % inner
}

/// The number of the first of the greatest of the values from `first` on.
fn number_of_greatest<A: Arith>(&Reduce { len, inner, .. }: &Reduce, input: &[A::T], first: usize) -> usize {
    let value = |k: usize| input[first + k * inner];
    (1..len).fold(0, |best, k| if A::orders_after(value(k), value(best)) { k } else { best })
}

impl Operator for Reduce {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let (places, input) = (places_of(self), cx.input);
        let (len, values) = (self.outer * self.len * self.inner, places.values());
        if self.reduction == Reduction::Sum {
            return sum_uses::<A>(cx.threads, &places, len, input, cx.output);
        }
        if self.reduction == Reduction::Max && self.inner == 1 {
            return cx.threads.split_mut(cx.output, 1, self.len, |first, output| {
                let rows = input[first * self.len..].chunks_exact(self.len);
                run_kernel!(A, move || {
                    for (max, row) in output.iter_mut().zip(rows) {
                        *max = greatest::<A>(row);
                    }
                });
            });
        }
        cx.threads.split_mut(cx.output, values, len, |first, output| {
            for (output, input) in output.chunks_exact_mut(values).zip(input[first * len..].chunks_exact(len)) {
                for (i, output) in output.iter_mut().enumerate() {
                    let first = first_of(self, i);
                    let k = number_of_greatest::<A>(self, input, first);
                    let is_number = self.reduction == Reduction::ArgMax;
                    *output = if is_number { A::T::from_f64(k as f64) } else { input[first + k * self.inner] };
                }
            }
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let (input, d_output) = (cx.input, &*cx.d_output);
        let (len, values) = (self.outer * self.len * self.inner, self.outer * self.inner);
        cx.threads.split_mut(d_input, len, len, |first, d_input| {
            let d_output = d_output[first * values..].chunks_exact(values);
            for ((sample, d_input), d_output) in d_input.chunks_exact_mut(len).enumerate().zip(d_output) {
                match self.reduction {
                    Reduction::Sum => {
                        let outer =
                            d_input.chunks_exact_mut(self.len * self.inner).zip(d_output.chunks_exact(self.inner));
                        outer.for_each(|(d_input, d)| match d {
                            [d] => d_input.fill(*d),
                            _ => d_input.chunks_exact_mut(self.inner).for_each(|row| row.copy_from_slice(d)),
                        });
                    }
                    Reduction::Max => {
                        d_input.fill(A::T::ZERO);
                        let input = &input[(first + sample) * len..][..len];
                        for (i, &d) in d_output.iter().enumerate().filter(|&(_, &d)| d != A::T::ZERO) {
                            let first = first_of(self, i);
                            d_input[first + number_of_greatest::<A>(self, input, first) * self.inner] = d;
                        }
                    }
                    Reduction::ArgMax => d_input.fill(A::T::ZERO),
                }
            }
        });
    }

    fn launches(&self) -> Vec<Launch> {
        let (input, output) = (PerSample(self.outer * self.len * self.inner), PerSample(self.outer * self.inner));
        match self.reduction {
            Reduction::Sum => vec![Launch::new(&SUM, output), Launch::new(&D_SUM, input)],
            Reduction::Max | Reduction::ArgMax => vec![Launch::new(&MAX, output), Launch::new(&D_MAX, input)],
        }
    }
}
