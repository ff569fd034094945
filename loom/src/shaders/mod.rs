//! The WGSL kernels of Loom: plain files, and how they are put together.
//!
//! A [`Kernel`] is one dispatch. Its module is `call.wgsl`, the bindings of its [`Phase`], `arith.wgsl`, a header of constants
//! that is written for each layer of a network, a header of tile sizes, in forward what reads the weights from their [`Storage`],
//! the kernel's own files, and the entry point, which is written by the kernel's [`Form`]. Nothing is replaced inside a file.
//!
//! Here are the files that layers share, and the kernels around a network. A layer's own kernels are in the folder of the layer;
//! [`Shaders::shaders`](crate::Shaders::shaders) gives those of a network.

mod kernel;
mod training;

#[doc(hidden)]
pub use kernel::{Binding, Storage};
pub use kernel::{Form, Kernel, Phase, Tile, Tuning};
pub(crate) use training::constants;
#[doc(hidden)]
pub use training::*;
pub use training::{ADAM, RMSPROP, SGD};

/// What every module begins with: the uniform that changes from call to call.
#[doc(hidden)]
pub const CALL: &str = include_str!("call.wgsl");
/// Bytes of that uniform.
#[doc(hidden)]
pub const CALL_BYTES: usize = 96;
/// The upper half of a product of two words.
pub(crate) const HIGH_PRODUCT: &str = include_str!("high_product.wgsl");
/// Random words, to be put beside [`HIGH_PRODUCT`].
pub(crate) const PHILOX: &str = include_str!("philox.wgsl");
/// Loom arithmetic.
#[doc(hidden)]
pub const ARITH: &str = include_str!("arith.wgsl");
/// Sine and cosine, for the modules that call them, to be put beside [`ARITH`].
#[doc(hidden)]
pub const TRIGONOMETRY: &str = concat!(include_str!("high_product.wgsl"), include_str!("trigonometry.wgsl"));
/// The kernels that find out whether an adapter computes Loom arithmetic, to be put after [`ARITH`] and [`TRIGONOMETRY`].
#[doc(hidden)]
pub const PROBE: &str = include_str!("probe.wgsl");
