//! Neural networks in Rust: the compiler checks every shape, and the results are the same to the bit.
//!
//! ```
//! use loom::prelude::*;
//!
//! network! {
//!     /// Two bits in, a number near 1 out where they differ.
//!     pub struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> }
//! }
//!
//! let inputs = vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let data = Dataset::new(inputs, vec![[0.0], [1.0], [1.0], [0.0]])?;
//!
//! let mut xor = Xor::new(Seed(42));
//! Trainer::new(Adam::new(0.05), Mse).batch(4).epochs(200).fit(&mut xor, &data)?;
//! assert!(xor.forward(&[0.0, 1.0])[0] > 0.9);
//! # Ok::<(), loom::Error>(())
//! ```
//!
//! - **If it compiles, the shapes fit.** [`network!`] infers every shape; what does not fit is an error at the number to
//!   change, with the number to change it to.
//! - **One answer.** The same network, seed and data give the same bits, trained weights included, on any number of
//!   threads, with each instruction set, and on the GPU: see [`arith`].
//! - **The GPU** is one call away: [`Trainer::on`], [`Network::on`]; and [`export`] writes what another WebGPU host needs
//!   to run a network.
//! - **Weights are safetensors files** under PyTorch's names and layouts: [`Network::save`], [`Network::load`]; in thirteen
//!   number formats: [`dtype`], [`Network::quantize`], [`Network::load_as`]; rounded better: [`quantize`]; and without a network:
//!   [`archive`].
//! - **Small formats can be trained**: [`Trainer::fine_tune`] gives a quantised network back what rounding lost.
//! - **A resumed run ends like one that never stopped**: [`Trainer::checkpoint`], [`Trainer::resume`].
//!
//! [`Trainer`] trains; [`Tape`] is its parts, for a loop of your own. [`Tensor`] computes outside a network. [`layers`] lists the layers, [`loss`] the losses,
//! [`optim`] the optimizers and schedules, [`data`] the data sets.
//!
//! # Debug builds
//!
//! The kernels are compiled in this crate, at the optimisation level that your profile gives it. These lines in your
//! `Cargo.toml` make debug builds train at full speed, for the workspace's root package:
//!
//! ```toml
//! [profile.dev.package.loom-nn]
//! opt-level = 3
//! debug-assertions = false
//! overflow-checks = false
//! ```
#![warn(missing_docs)]

pub mod archive;
pub mod data;
mod devices;
pub mod dtype;
mod error;
mod files;
mod inference;
mod interface;
mod kernels;
pub mod layers;
mod numerics;
pub mod plan;
mod run;
pub mod shaders;
mod training;
mod weights;

pub use devices::export::export;
#[cfg(feature = "gpu")]
pub use devices::gpu::{AdapterInfo, AdapterKind, Deviation, Exactness, Gpu, GpuError};
pub use error::Error;
pub use interface::network::Network;
pub use interface::on::On;
#[doc(hidden)]
pub use interface::private;
pub use interface::tensor::Tensor;
pub use interface::{prelude, tensor};
pub use layers::operator::Mode;
pub use numerics::arith;
pub use numerics::fingerprint::Fingerprint;
pub use numerics::random::Seed;
pub use run::cpu::{Cpu, FmaMode};
pub use run::sample::{MAX_BY_VALUE, Sample, Scalar};
pub use run::shader::{Shader, Shaders};
pub use training::device::Device;
pub use training::engine::BackwardOptions;
pub use training::tape::Tape;
pub use training::trainer::{EarlyStopping, Epoch, History, Score, Trainer};
pub use training::{loss, optim};
pub use weights::init::Init;
pub use weights::model::Model;
pub use weights::{Weights, WeightsOf, quantize};

/// Writes networks: types whose shapes are checked when your crate compiles.
///
/// ```
/// use loom::network;
///
/// network! {
///     const WIDTH: usize = 16;
///
///     /// A grey image in, ten class scores out.
///     pub struct Digits: [1, 28, 28] {
///         conv1: Conv2d<1, 8, 3> -> Relu
///             -> conv2: Conv2d<8, WIDTH, 3, stride = 2> -> Relu
///             -> Flatten
///             -> Dense<{ WIDTH * 12 * 12 }, 64> -> Relu
///             -> Block * 2
///             -> Dense<64, 10>
///     }
///
///     /// A block, used above.
///     pub struct Block: [64] {
///         Residual { Dense<64, 64> -> Gelu -> Dense<64, 64> }
///     }
/// }
///
/// assert_eq!(Digits::PARAMETERS, 166_058);
/// ```
///
/// A bare stack is a network of its own, drawn from `Seed(0)`:
///
/// ```
/// use loom::network;
///
/// let net = network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
/// let output: [f32; 1] = net.forward(&[0.0, 1.0]);
/// ```
///
/// # Graphs
///
/// `let` names a value. A stack that begins with a value's name reads it; any other stack of a struct begins with the struct's input,
/// which is called `input`. A value may be read many times: its gradient is the sum of its readers' gradients. Several values are brought
/// together by `Sum`, `Product` and `Concat`, whose stacks stand in braces and are separated by `|`:
///
/// ```
/// use loom::network;
///
/// network! {
///     pub struct Net: [1, 8, 8] {
///         let fine = Conv2d<1, 4, 3, padding = 1> -> Relu;
///         let coarse = fine -> Conv2d<4, 8, 3, stride = 2, padding = 1> -> Relu;
///         let gate = coarse -> GlobalAvgPool -> Dense<8, 4> -> Sigmoid;
///         let value = fine -> GlobalAvgPool;
///         Concat { Product { value | gate } | coarse -> GlobalAvgPool } -> Dense<12, 10>
///     }
/// }
///
/// assert_eq!(Net::PLAN.params[2].name, "coarse.0.weight");
/// ```
///
/// `Split` gives each of several names its part of a value, along an axis of a sample:
///
/// ```
/// use loom::network;
///
/// network! {
///     /// A gated unit: one half of the channels is the gate of the other.
///     pub struct Gated: [3, 8, 8] {
///         let (value, gate) = both: Conv2d<3, 16, 3> -> Split<8, 8>;
///         Product { value | gate -> Sigmoid } -> GlobalAvgPool
///     }
/// }
///
/// assert_eq!(Gated::PLAN.params[0].name, "value.both.weight");
/// ```
///
/// # Several inputs and outputs
///
/// A struct may name its inputs, each with its shape, and its outputs, which are values of it. What it takes and gives are then plain structs
/// of arrays, named after it, with the layout of a flat array: they are `Pod` and [`Sample`]s.
///
/// ```
/// use loom::prelude::*;
///
/// network! {
///     pub struct Detector(image: [1, 8, 8], age: [1]) -> (class, place) {
///         let seen = image -> Conv2d<1, 4, 3> -> Relu -> Flatten;
///         let all = Concat { seen | age } -> Dense<145, 16> -> Relu;
///         let class = all -> Dense<16, 3>;
///         let place = all -> Dense<16, 2> -> Sigmoid;
///     }
/// }
///
/// let net = Detector::new(Seed(42));
/// let DetectorOutput { class, place } = net.forward(&DetectorInput { image: [[[0.5; 8]; 8]; 1], age: [0.3] });
/// # let _: ([f32; 3], [f32; 2]) = (class, place);
/// ```
///
/// [`Trainer`](Trainer#several-outputs) tells how such a network is trained.
///
/// # Blocks
///
/// A `block` is a stack with sizes that each use gives. It takes whatever shape fits where it is used, and is no type of its own:
///
/// ```
/// use loom::network;
///
/// network! {
///     block Double<IN, OUT> {
///         Conv2d<IN, OUT, 3, padding = 1> -> Relu -> Conv2d<OUT, OUT, 3, padding = 1> -> Relu
///     }
///
///     pub struct Net: [1, 16, 16] {
///         Double<1, 8> -> MaxPool2d<2> -> Double<8, 16> -> GlobalAvgPool -> Dense<16, 10>
///     }
/// }
///
/// assert_eq!(Net::PLAN.params[0].name, "0.0.weight");
/// ```
///
/// # A network as text
///
/// `Net::summary()` is a table of the network's steps, and `Net::dot()` its graph in the language of Graphviz. Both are constant text.
///
/// ```
/// # use loom::network;
/// network! {
///     /// A U-Net of two levels.
///     pub struct Segment: [1, 16, 16] {
///         let fine = Conv2d<1, 8, 3, padding = 1> -> Relu;
///         let coarse = fine -> MaxPool2d<2> -> Conv2d<8, 16, 3, padding = 1> -> Relu -> Twice<16, 8>;
///         Concat { fine | coarse } -> Conv2d<24, 8, 3, padding = 1> -> Relu -> Conv2d<8, 1, 1>
///     }
///
///     /// Each value becomes a square of two by two.
///     block Twice<C, SIDE> {
///         Reshape<C * SIDE, SIDE, 1> -> Concat<axis = 2> { | } -> Reshape<C * SIDE, 1, SIDE * 2>
///             -> Concat<axis = 1> { | } -> Reshape<C, SIDE * 2, SIDE * 2>
///     }
/// }
///
/// print!("{}", Segment::dot());
/// ```
///
/// With `dot -Tsvg`, Graphviz draws what this prints:
///
#[doc = include_str!("../doc/segment.svg")]
///
/// # Shared weights
///
/// The name of a layer, a struct's use, a block's use or a combinator, alone in a stack, is that element again with the same weights. They are
/// trained together, by the sum of the gradients of all uses, and are in a file once, under the name of the first use. `tied` makes a
/// `Dense` multiply by the weight of an earlier layer, such as an `Embedding`:
///
/// ```
/// use loom::network;
///
/// network! {
///     struct Tower: [28, 28] { Flatten -> Dense<784, 64> -> Relu -> Dense<64, 16> }
///
///     /// How alike two images are.
///     pub struct Pair: [2, 28, 28] {
///         let a = Slice<0, 0, 1> -> Reshape<28, 28> -> tower: Tower;
///         let b = input -> Slice<0, 1, 2> -> Reshape<28, 28> -> tower;
///         Concat { a | b } -> Dense<32, 1>
///     }
///
///     pub struct Letters: [16] {
///         tokens: Embedding<256, 32> -> mix: Residual { LayerNorm -> MultiHeadAttention<32, 4, causal = true> } -> mix
///             -> Dense<32, 256, bias = false, tied = tokens>
///     }
/// }
///
/// assert_eq!(Pair::PLAN.params[0].name, "a.tower.1.weight");
/// assert_eq!(Letters::PLAN.params.len(), 7);
/// ```
///
/// What is used again has the same parameters for what it takes there: a `Conv2d` may take an image of another size, a `Dense` more rows.
/// `Dropout` draws other masks at each use, and `normal` and `uniform` other numbers. `BatchNorm2d` normalises each use by its own batch;
/// then its running means move by what each use had, in the order in which the uses run.
///
/// # Functions and expressions
///
/// A `fn` computes with values. One that takes one value is a layer of a stack. A stack may also begin with an expression: operators and
/// calls on the values of its struct. A `Param` of a function is a learned tensor; each use of the function has one of its own.
///
/// ```
/// use loom::network;
///
/// network! {
///     fn mish(x) { x * tanh(softplus(x)) }
///
///     fn prelu<C>(x, slope: Param<[C, 1, 1]> = 0.25) { max(x, 0.0) + slope * min(x, 0.0) }
///
///     fn standardise(x) {
///         let centred = x - mean(x, axis = 1, keep = true);
///         centred * rsqrt(mean(square(centred), axis = 1, keep = true) + 1e-5)
///     }
///
///     pub struct Net: [3, 16, 16] {
///         let seen = Conv2d<3, 8, 3> -> act: prelu<8>;
///         let gate = seen -> GlobalAvgPool -> Dense<8, 8> -> mish -> Reshape<8, 1, 1>;
///         seen * sigmoid(gate) -> Reshape<8, 196> -> standardise -> Mean -> Dense<196, 10>
///     }
/// }
///
/// assert_eq!(Net::PLAN.params[2].name, "seen.act.slope");
/// ```
///
/// | what | computes |
/// |---|---|
/// | `+ - * /`, `-x` | value by value; `a / b` is `a * recip(b)` |
/// | `< <= > >= == !=` | 1 where it holds, else 0; NaN is neither less nor greater than a number, and equals nothing |
/// | `select(c, a, b)` | a where c is not 0, else b |
/// | `abs`, `exp`, `log`, `log1p`, `sqrt`, `rsqrt`, `recip`, `square`, `tanh`, `sigmoid`, `softplus`, `relu`, `erf`, `normal_cdf`, `sin`, `cos` | the function of each value |
/// | `max(a, b)`, `min(a, b)`, `mul_add(a, b, c)` | value by value; NaN where a value is NaN |
/// | `clamp(x, low, high)` | x within the bounds; NaN where x is NaN |
/// | `sum`, `mean`, `max`, `min`, `argmax`, `norm`, `logsumexp` of one value | along an axis, `axis = 0`, or along all; `keep = true` leaves an axis of 1 |
/// | `softmax(x)` | along an axis, or along all |
/// | `matmul(a, b)` | the matrix product along the last two axes: `[.., M, K]` and `[.., K, N]`, or one `[K, N]` for all |
/// | `transpose(x)` | the last two axes exchanged |
/// | `reshape(x, 4, 8)` | the same values in another shape |
/// | `one_hot(x, 10)` | for each number of x a vector of 10, of 1 at that place and 0 elsewhere: `[..]` becomes `[.., 10]` |
/// | `gather(x, indices, axis = 1)` | the values of x at these indices along the axis, as PyTorch's `gather`: `[5, N]` of x `[5, 10]` |
/// | `normal(x)`, `uniform(x)` | in training random numbers, as many as x has values: of mean 0 and deviation 1, or from 0 to 1 |
/// | `detach(x)` | x, which passes no gradient back |
///
/// **Shapes** are broadcast as in NumPy: they are aligned at their last axes, and an axis of 1, or none, is repeated. So `[C, 1, 1]`
/// goes along the channels of an image `[C, H, W]`. A function takes any shape for which this works in its body.
///
/// **Errors**: names, calls, options, constants and the shapes of learned tensors are checked where the function stands, whether anything
/// uses it or not. All other shapes follow from a use, and are checked there.
///
/// **Numbers** are `f32`. The result of each operation is rounded and flushed, see [`arith`], so that a CPU and a GPU agree to the bit;
/// constants are computed in binary64 and rounded once. What is read is flushed first: -0 and what is below 2^-60 count as +0. The
/// functions of infinities are their limits, NaN where there is none; a function of NaN is NaN. **Gradients** are derived from the expression. Where `max` or `min` has equal
/// values, each gets half of it, as in PyTorch's `maximum`; the `max` along an axis passes it to the first of the greatest. `relu` has none
/// at 0, and `argmax`, comparisons and indices have none. A learned tensor that no gradient reaches is an error, unless it stands in
/// `detach`.
///
/// **Indices**, of `one_hot` and `gather`, are whole numbers from 0 on: part of the input or of a target, or what `argmax` gives. A
/// [`Trainer`] refuses data with others, as it does for an [`Embedding`](layers::Embedding). What a network is given otherwise is cut off: the
/// index is the whole part, the last one where it is beyond, and 0 for NaN and below 0.
///
/// **Random numbers** follow from the trainer's seed, the step and the call, as the masks of `Dropout` do; each call of `normal` or `uniform`
/// draws others, also where a function or a struct is used twice. They have no gradient. In inference they are their means, 0 and 0.5. None of
/// `normal` is beyond 5.77.
///
/// A `Param<[C]> = 1.0` has up to four dimensions, and begins with the number, or with 0. It is in files under its own name behind that of
/// the use: `seen.act.slope`.
///
/// # Losses of your own
///
/// A `loss` is an expression, with the functions above. It compares the output of a network, which comes first, with a target of up to eight
/// parts. It gives one number for each sample; the loss of a batch is their mean. The macro writes a struct of that name. A [`Trainer`] or a
/// [`Tape`] takes it as it takes those of [`loss`], on the CPU and on a GPU, with the same bits.
///
/// ```
/// use loom::prelude::*;
///
/// network! {
///     fn log_softmax(x) { x - logsumexp(x) }
///
///     pub struct Vae(image: [16]) -> (mean, logvar, found) {
///         let code = image -> Dense<16, 8> -> Tanh;
///         let mean = code -> Dense<8, 2>;
///         let logvar = code -> Dense<8, 2>;
///         let found = mean + exp(0.5 * logvar) * normal(mean) -> Dense<2, 16>;
///     }
///
///     /// The negative evidence lower bound. The target is the image. `VaeOutput` has all outputs.
///     loss Elbo(out: VaeOutput, image: [16]) {
///         let divergence = 1.0 + out.logvar - square(out.mean) - exp(out.logvar);
///         sum(square(out.found - image)) - 0.5 * sum(divergence)
///     }
///
///     /// Label smoothing. A label is a class index, and a one-hot vector in the expression.
///     loss Smoothed(out: [10], class: Label<10>) { -sum((0.9 * class + 0.1 / 10) * log_softmax(out)) }
///
///     /// A weight for each sample: that of its class, or 0 for a sample to ignore. The target is `(u8, [f32; 1])`.
///     loss Weighed(out: [10], class: Label<10>, weight: [1]) { -weight * sum(class * log_softmax(out)) }
/// }
///
/// let images = vec![[0.5; 16]; 8];
/// let mut vae = Vae::new(Seed(1));
/// Trainer::new(Adam::new(1e-3), Elbo).epochs(2).fit(&mut vae, &Dataset::new(images.clone(), images)?)?;
/// # Ok::<(), loom::Error>(())
/// ```
///
/// | part of the target | its type in a data set |
/// |---|---|
/// | `target: [3, 4]` | `[[f32; 4]; 3]` |
/// | `class: Label<10>` | any unsigned integer below 10 |
/// | several | a tuple of them |
/// | none | `()` |
///
/// Accuracy counts where the only output is as long as a `Label` that is the first part of the target. [`Trainer::accuracy`] chooses
/// another. A loss has no learned tensors, draws no random numbers, and passes a gradient to the output. `tests/pytorch/custom_losses.rs` has ten losses that give what PyTorch gives: L1, the
/// Kullback-Leibler divergence, label smoothing, class weights, ignored samples, focal, hinge, triplet, the one of a VAE and PPO's. The mean
/// goes over all samples. Where PyTorch divides by the sum of the weights, as with `weight` and `ignore_index`, scale the weights to a mean
/// of 1.
///
/// # Tied weights in files
///
/// A file that is loaded may have a tied weight under the name of either layer, or under both names if the tensors have the same bits, as
/// PyTorch's files have it.
///
/// # Grammar
///
/// - `[attributes] [visibility] struct Name [: [dims]] { let name = stack; .. stack }`, any number of them. Documentation and attributes are
///   passed on to the struct. The input shape may be left out where the first layer fixes it, as `Dense` does.
/// - `struct Name(input: [dims], ..) { .. }` names the inputs. Where there are several, each stack begins with a value.
///   `struct Name .. -> (output, ..) { let output = stack; .. }` names the outputs, and has no last stack. A struct with several inputs or
///   outputs cannot stand in a stack.
/// - `let (name, ..) = stack -> Split<SIZE, ..>;` names the parts of what the stack gives, which have these sizes along axis 0, or along
///   another with `axis = 1`. There are two names or more, and something reads each. `Split` stands nowhere else.
/// - `block Name<A, B> { let name = stack; .. stack }`, whose sizes `A` and `B` stand in its layers as constants do. `Name<1, 8>` is a layer
///   of a stack.
/// - `fn name<A>(x, y, w: Param<[A]> = 0.0) { let z = expression; .. expression }`. `name<8>` is a layer of a stack, and `name::<8>(a, b)` a
///   call in an expression. A function is written out where it is used, and cannot call itself.
/// - `[attributes] [visibility] loss Name(out: [dims], target: [dims], ..) { let z = expression; .. expression }`. The first part may be
///   `StructOutput`, of which `out.name` is an output, and the others `Label<N>`.
/// - A stack may begin with an expression: `x * gate -> Dense<8, 2>`. `name * 3` is a repetition, and `name * 3.0` a product.
/// - A stack is layers joined by `->`. A layer may carry a name, which its parameters carry in files (`conv1.weight`);
///   without one they carry its index in the stack, as in PyTorch's `nn.Sequential`. The name alone, later in the same struct or block,
///   is that layer again. `name * 3` is it three times.
/// - `Layer * 6` repeats a layer, a combinator or a struct. The name of a struct of the same macro stands for its stack.
/// - The stacks of a combinator, `Sum { stack | stack }`, begin with what stands before it, or with a value. An empty stack is the
///   value itself. `Residual { stack }` is `Sum { stack | }`; `Residual { stack | stack }` has a shortcut of its own.
/// - Parameters of `let name = stack` are called as those of a layer `name` where the stack is one layer, and else `name.0.weight`. Those
///   of `let (name, ..) = stack -> Split<..>` are called as if the stack had the first name. Those
///   in a combinator of several stacks have the stack's number: `3.1.0.weight` is the first layer of the second stack.
/// - `const NAME: usize = ..;` names a size. A size is an integer, such a constant, or arithmetic on them, with or
///   without braces.
/// - `#[cfg]` and `#[cfg_attr]` on a struct, a block, a function, a loss or a constant work as on any item: what is switched off is not looked at, and two
///   items may share a name under opposite predicates.
/// - At most 64 delimiters are open at a time. Structs, blocks and combinators, counted together, nest at most 64 deep. A size has at most
///   1000 terms.
///
/// # Layers
///
/// Shapes are per sample; the batch is known only at run time.
///
/// | layer | takes | gives |
/// |---|---|---|
/// | [`Dense<IN, OUT, bias = true, tied = NAME>`](layers::Dense) | `[.., IN]` | `[.., OUT]` |
/// | [`Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`](layers::Conv2d) | `[IN, H, W]` | `[OUT, H', W']` |
/// | [`Conv1d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`](layers::Conv1d) | `[IN, L]` | `[OUT, L']` |
/// | [`MaxPool2d<K, stride = K, padding = 0>`](layers::MaxPool2d) | `[C, H, W]` | `[C, H', W']` |
/// | [`AvgPool2d<K, stride = K, padding = 0>`](layers::AvgPool2d) | `[C, H, W]` | `[C, H', W']` |
/// | [`GlobalAvgPool`](layers::GlobalAvgPool) | `[C, H, W]` or `[C, L]` | `[C]` |
/// | [`Last`](layers::Last), [`Mean`](layers::Mean) | `[steps, features]` | `[features]` |
/// | [`Transpose`](layers::Transpose) | `[A, B]` | `[B, A]` |
/// | [`Flatten`](layers::Flatten) | any | `[product]` |
/// | [`Reshape<D0, D1, ..>`](layers::Reshape) | any of as many values | `[D0, D1, ..]` |
/// | [`Permute<A0, A1, ..>`](layers::Permute) | any of as many axes | those axes in this order |
/// | [`Slice<AXIS, START, END>`](layers::Slice) | any of END or more along the axis | END - START along it |
/// | [`Split<SIZE, .., axis = 0>`](layers::Split) | any of all SIZEs together along the axis | the parts, one for each name of a `let` |
/// | [`Pad<(BEFORE, AFTER), .., value = 0.0, reflect = false, replicate = false>`](layers::Pad) | any of as many axes or more | BEFORE + AFTER more along the last axes |
/// | [`Dropout<P>`](layers::Dropout) | any | the same |
/// | [`Softmax`](layers::Softmax) | `[.., N]` | the same |
/// | [`LayerNorm<eps = 1e-5, bias = true>`](layers::LayerNorm) | `[.., N]` | the same |
/// | [`RmsNorm<eps = 1.1920929e-7>`](layers::RmsNorm) | `[.., N]` | the same |
/// | [`BatchNorm2d<C, eps = 1e-5>`](layers::BatchNorm2d) | `[C, H, W]` | the same |
/// | [`GroupNorm<GROUPS, C, eps = 1e-5>`](layers::GroupNorm) | `[C, ..]` | the same |
/// | [`SwiGlu<D, hidden = D, bias = false>`](layers::SwiGlu) | `[.., D]` | the same |
/// | [`Embedding<VOCABULARY, D>`](layers::Embedding) | `[steps]` of token numbers | `[steps, D]` |
/// | [`MultiHeadAttention<D, HEADS, causal = false, rotary = false, bias = true>`](layers::MultiHeadAttention) | `[steps, D]` | the same |
/// | [`SinusoidalPositions`](layers::SinusoidalPositions), [`LearnedPositions`](layers::LearnedPositions) | `[steps, D]` | the same |
/// | [`Sum { a \| b }`, `Residual { a }`](layers::Sum), [`Product { a \| b }`](layers::Product) | any, of which all stacks give one shape | that shape |
/// | [`Concat<axis = 0> { a \| b }`](layers::Concat) | any, of which the stacks' shapes differ in that axis alone | the sum along that axis |
/// | [`Relu`, `LeakyRelu<slope = 0.01>`, `Sigmoid`, `Tanh`, `Silu`, `Gelu`, `GeluTanh`](layers::Activation) | any | the same |
/// | [`Rnn<IN, HIDDEN, relu = false>`](layers::Rnn), [`Lstm<IN, HIDDEN>`](layers::Lstm), [`Gru<IN, HIDDEN>`](layers::Gru) | `[steps, IN]` | `[steps, HIDDEN]` |
///
/// `K`, `stride`, `padding` and `dilation` take a number or, for layers on images, a pair `(rows, columns)`; `Pad` takes a number or a pair for each axis.
///
/// # Errors
///
/// All errors of all stacks are reported at once:
///
/// ```compile_fail
/// loom::network! { struct Xor { Dense<2, 8> -> Tanh -> Dense<4, 1> } }
/// // error: `Dense<4, 1>` takes 4 inputs, but `Dense<2, 8>` before it gives 8; write `Dense<8, 1>`
/// ```
#[macro_export]
macro_rules! network {
    ($($tokens:tt)*) => {
        $crate::private::network! { ($crate) $($tokens)* }
    };
}

/// The examples of README and GUIDE, which are compiled as this crate's are.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../GUIDE.md")]
struct ReadmeExamples;
