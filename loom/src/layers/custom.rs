//! Layers of your own, for what an expression of [`network!`](crate::network) cannot say.
//!
//! Implement [`CustomLayer`] for a type, and declare it in the macro: `layer Name<SIZES>(x: [dims], ..) -> [dims] = value;`. The value is
//! one of the type, a constant. It may read the sizes by their names. The name is a layer of a stack, as `Name<2>`, and a function of
//! expressions, as `Name::<2>(x)`.
//!
//! ```
//! use loom::layers::custom::{CustomLayer, Gradient, Inputs, Kernels, Setting};
//! use loom::prelude::*;
//!
//! /// Takes so many channels from the front to the end.
//! struct Roll {
//!     count: usize,
//! }
//!
//! static KERNELS: Kernels = Kernels::new(
//!     &["fn value(sample: u32, i: u32) -> f32 { return input(0u, sample, (i + COUNT) % OUTPUT_LEN); }"],
//!     &["fn gradient(sample: u32, number: u32, i: u32) -> f32 {
//!         return d_output(sample, (i + OUTPUT_LEN - COUNT) % OUTPUT_LEN);
//!     }"],
//! );
//!
//! impl CustomLayer for Roll {
//!     fn name(&self) -> &str {
//!         "Roll"
//!     }
//!
//!     fn settings(&self) -> Vec<(&'static str, Setting)> {
//!         vec![("COUNT", Setting::Size(self.count))]
//!     }
//!
//!     fn shape(&self, inputs: &[&[usize]]) -> Option<Vec<usize>> {
//!         matches!(inputs, [[channels]] if *channels >= self.count).then(|| inputs[0].to_vec())
//!     }
//!
//!     fn forward(&self, inputs: &Inputs<'_>, output: &mut [f32]) {
//!         output.copy_from_slice(inputs.get(0));
//!         output.rotate_left(self.count);
//!     }
//!
//!     fn backward(&self, of: &Gradient<'_>, d_input: &mut [f32]) {
//!         d_input.copy_from_slice(of.d_output);
//!         d_input.rotate_right(self.count);
//!     }
//!
//!     fn kernels(&self) -> Option<&'static Kernels> {
//!         Some(&KERNELS)
//!     }
//! }
//!
//! network! {
//!     layer Roll<COUNT>(x: [C]) -> [C] = Roll { count: COUNT };
//!
//!     pub struct Net { Dense<2, 4> -> Roll<1> -> Dense<4, 1> }
//!     pub struct Twice(a: [4], b: [4]) { Roll::<1>(a) * Roll::<3>(b) }
//! }
//!
//! let twice = Twice::new(Seed(1));
//! let input = TwiceInput { a: [1.0, 2.0, 3.0, 4.0], b: [1.0; 4] };
//! assert_eq!(twice.forward(&input), [2.0, 3.0, 4.0, 1.0]);
//! ```
//!
//! **Shapes** are checked by the declaration when the program is compiled. A name in a shape is one of the layer's `<SIZES>`, a constant of
//! the macro, or else any size, which is the same wherever the name stands. The layer's own [`shape`](CustomLayer::shape) must agree. It is
//! asked before a network first runs; where it disagrees, [`PlanExt::check`](crate::plan::PlanExt::check) says so, and the network's
//! constructors panic with its message.
//!
//! **Learned tensors** are parameters of the declaration, as those of a `fn`: `scale: Param<[C]> = 1.0`. The layer gets them as inputs, in
//! the order of the declaration.
//!
//! **A GPU** runs the layer's [`Kernels`]. Where it has none, a GPU gives [`GpuError::NoKernels`](crate::GpuError::NoKernels) before the
//! first step, and [`export`](crate::export) gives [`Error::NoKernels`](crate::Error::NoKernels).
//!
//! **The same bits everywhere** are the layer's own duty. What it reads is flushed, and what it writes is flushed for it: -0 and what is
//! below 2^-60 become +0, and NaN becomes one pattern. `+`, `-`, `*` and [`Inputs::mul_add`] then agree between devices. The functions of
//! [`arith`](crate::arith) do so too, and WGSL has them under the names of `shaders/arith.wgsl`.
//!
//! **Settings** are part of the plan's fingerprint. So a checkpoint of a network is refused by one whose layer is set otherwise.

use super::Custom;
use crate::kernels::run_kernel;
use crate::layers::operator::{Backward, Forward, Operands, Operator};
use crate::numerics::arith::{Arith, Element, Fused, Split};
use crate::plan::launch::{Extent::PerSample, Launch};
use crate::plan::{Plan, Port, Step};
use crate::shaders::{Form, Kernel};
use core::any::Any;
use loom_ir::Layer;
#[doc(inline)]
pub use loom_ir::custom::Setting;
use loom_ir::custom::{self as ir, Outside};
use std::borrow::Cow;

/// A layer of your own: see the [module](self).
///
/// It computes each sample by itself. Its values are flat, the last dimension fastest. It is called from several threads at a time.
pub trait CustomLayer: Sync + 'static {
    /// Its name, which is part of a plan's fingerprint.
    fn name(&self) -> &str;

    /// The numbers that it is set with, each with its name, which is a constant of its WGSL. None by default.
    fn settings(&self) -> Vec<(&'static str, Setting)> {
        Vec::new()
    }

    /// The shape of its output for inputs of these shapes; none where it takes no such inputs.
    fn shape(&self, inputs: &[&[usize]]) -> Option<Vec<usize>>;

    /// Computes the output of a sample. `output` holds zeros.
    fn forward(&self, inputs: &Inputs<'_>, output: &mut [f32]);

    /// Computes the gradient of one input of a sample, the one of [`Gradient::number`], from that of its output. `d_input` holds zeros.
    fn backward(&self, of: &Gradient<'_>, d_input: &mut [f32]);

    /// What computes the same on a GPU. None by default.
    fn kernels(&self) -> Option<&'static Kernels> {
        None
    }
}

/// What a custom layer reads of one sample.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    custom: &'a ir::Custom<'static>,
    values: [&'a [f32]; ir::Custom::MAX_INPUTS],
    is_fused: bool,
}

impl<'a> Inputs<'a> {
    /// The values of the input of this number, counted from 0.
    ///
    /// # Panics
    /// Where there is no such input.
    pub fn get(&self, number: usize) -> &'a [f32] {
        self.values[..self.custom.inputs.len()][number]
    }

    /// Its shape.
    ///
    /// # Panics
    /// Where there is no such input.
    pub fn shape(&self, number: usize) -> &'static [usize] {
        self.custom.inputs[number].shape
    }

    /// The shape of the output.
    pub fn output_shape(&self) -> &'static [usize] {
        self.custom.output
    }

    /// `a * b + c` in the device's [`FmaMode`](crate::FmaMode), as `fma` in WGSL computes it there.
    #[inline]
    pub fn mul_add(&self, a: f32, b: f32, c: f32) -> f32 {
        if self.is_fused { Fused::mul_add(a, b, c) } else { Split::mul_add(a, b, c) }
    }
}

/// What a custom layer computes the gradient of an input from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Gradient<'a> {
    /// Which input, counted from 0.
    pub number: usize,
    /// The inputs of forward.
    pub inputs: Inputs<'a>,
    /// The output of forward.
    pub output: &'a [f32],
    /// The gradient of the output.
    pub d_output: &'a [f32],
}

/// What a custom layer runs on a GPU: WGSL, to be joined with that of Loom's arithmetic and with these constants and functions:
///
/// | name | what |
/// |---|---|
/// | `OUTPUT_LEN` | values of the output of a sample |
/// | `OPERANDS`, `operand_len(number)` | how many inputs there are, and how many values each has |
/// | each setting | its value, as a constant |
/// | `input(number, sample, i)` | value i of an input |
/// | `output(sample, i)`, `d_output(sample, i)` | in backward, value i of the output, and of its gradient |
///
/// The text is compiled with the checks that WebGPU demands, so that no index reaches outside of a buffer.
#[derive(Debug)]
pub struct Kernels {
    forward: Kernel,
    backward: Kernel,
}

impl Kernels {
    /// One of the files for forward has `fn value(sample: u32, i: u32) -> f32`, which gives value `i` of the output. One of those for
    /// backward has `fn gradient(sample: u32, number: u32, i: u32) -> f32`, which gives the gradient of value `i` of the input of this
    /// number.
    pub const fn new(forward: &'static [&'static str], backward: &'static [&'static str]) -> Self {
        Kernels {
            forward: Kernel::forward("forward", Form::Values, forward),
            backward: Kernel::backward("d_input", Form::Gradients, backward),
        }
    }
}

/// A custom layer as a plan holds it, which `network!` writes.
#[doc(hidden)]
pub struct Written(pub &'static dyn CustomLayer);

impl Outside for Written {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn setting(&self, number: usize) -> Option<(&'static str, Setting)> {
        self.0.settings().into_iter().nth(number)
    }

    fn shape(&self, inputs: &[Port<'_>], to: &mut dyn FnMut(Option<&[usize]>)) {
        let inputs: Vec<_> = inputs.iter().map(|input| input.shape).collect();
        to(self.0.shape(&inputs).as_deref());
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn layer(custom: &ir::Custom<'static>) -> &'static dyn CustomLayer {
    let written = custom.layer.as_any().downcast_ref::<Written>();
    written.expect("`network!` writes the custom layers of plans").0
}

/// The custom layer of a step.
pub(crate) fn custom_of(plan: &Plan, step: &Step) -> Option<&'static ir::Custom<'static>> {
    match step.layer {
        Layer::Custom(Custom { number, .. }) => Some(&plan.customs[number]),
        _ => None,
    }
}

/// The name of a plan's layer that has no kernels for a GPU.
pub(crate) fn without_kernels(plan: &Plan) -> Option<String> {
    let customs = plan.customs.iter().map(layer);
    customs.filter(|layer| layer.kernels().is_none()).map(|layer| layer.name().to_owned()).next()
}

/// Its dispatches; none where it has no kernels.
pub(super) fn launches(custom: &ir::Custom<'static>) -> Vec<Launch> {
    let Some(kernels) = layer(custom).kernels() else { return Vec::new() };
    let len = custom.output.iter().product();
    let inputs = custom.inputs.iter().map(|input| input.shape.iter().product::<usize>()).sum();
    vec![Launch::new(&kernels.forward, PerSample(len)), Launch::new(&kernels.backward, PerSample(inputs))]
}

/// Values as numbers of binary32. Those of gradient checks, which are in binary64, are rounded.
fn as_f32<T: Element>(values: &[T]) -> Cow<'_, [f32]> {
    match size_of::<T>() == size_of::<f32>() {
        true => Cow::Borrowed(bytemuck::cast_slice(values)),
        false => Cow::Owned(values.iter().map(|value| value.to_f64() as f32).collect()),
    }
}

/// Lets `fill` write zeros over, and flushes what it has written.
fn write<A: Arith>(values: &mut [A::T], fill: impl FnOnce(&mut [f32])) {
    if size_of::<A::T>() == size_of::<f32>() {
        values.fill(A::T::ZERO);
        fill(bytemuck::cast_slice_mut(values));
    } else {
        let mut numbers = vec![0.0; values.len()];
        fill(&mut numbers);
        values.iter_mut().zip(numbers).for_each(|(value, number)| *value = A::T::from_f32(number));
    }
    run_kernel!(A, move || values.iter_mut().for_each(|value| *value = A::flush(*value)));
}

/// The inputs of a batch.
struct Batch<'a> {
    custom: &'a ir::Custom<'static>,
    values: [Cow<'a, [f32]>; ir::Custom::MAX_INPUTS],
    is_fused: bool,
}

impl<'a> Batch<'a> {
    fn new<A: Arith>(custom: Option<&'a ir::Custom<'static>>, operands: &Operands<'a, A::T>) -> Self {
        let custom = custom.expect("a custom layer is in its plan");
        let value =
            |number| if number < operands.count() { as_f32(operands.get(number)) } else { Cow::Borrowed(&[][..]) };
        Batch { custom, values: core::array::from_fn(value), is_fused: A::IS_FUSED }
    }

    /// Those of one sample.
    fn sample(&self, sample: usize) -> Inputs<'_> {
        let mut values = [&[][..]; ir::Custom::MAX_INPUTS];
        for (number, input) in self.custom.inputs.iter().enumerate() {
            let len = input.shape.iter().product::<usize>();
            values[number] = &self.values[number][sample * len..][..len];
        }
        Inputs { custom: self.custom, values, is_fused: self.is_fused }
    }

    /// About what a sample costs, for the choice of threads.
    fn cost(&self) -> usize {
        let inputs = self.custom.inputs.iter().map(|input| input.shape.iter().product::<usize>());
        4 * (inputs.sum::<usize>() + self.custom.output.iter().product::<usize>())
    }
}

impl Operator for Custom {
    fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
        let batch = Batch::new::<A>(cx.custom, cx.operands);
        let layer = layer(batch.custom);
        cx.threads.split_mut(cx.output, self.len, batch.cost(), |first, output| {
            for (sample, output) in output.chunks_exact_mut(self.len).enumerate() {
                write::<A>(output, |output| layer.forward(&batch.sample(first + sample), output));
            }
        });
    }

    fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
        let Some(d_input) = cx.d_input.as_deref_mut() else { return };
        let batch = Batch::new::<A>(cx.custom, cx.operands);
        let (layer, number) = (layer(batch.custom), cx.operand);
        let (output, d_output) = (as_f32(cx.output), as_f32(&*cx.d_output));
        let len = cx.operands.len(number);
        cx.threads.split_mut(d_input, len, batch.cost(), |first, d_input| {
            for (sample, d_input) in d_input.chunks_exact_mut(len).enumerate() {
                let at = (first + sample) * self.len..(first + sample + 1) * self.len;
                let (output, d_output) = (&output[at.clone()], &d_output[at]);
                let of = Gradient { number, inputs: batch.sample(first + sample), output, d_output };
                write::<A>(d_input, |d_input| layer.backward(&of, d_input));
            }
        });
    }

    /// They are its plan's: see [`launches`].
    fn launches(&self) -> Vec<Launch> {
        Vec::new()
    }
}
