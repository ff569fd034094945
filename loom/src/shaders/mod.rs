//! The WGSL kernels of Loom: plain files, and how they are put together.
//!
//! A [`Kernel`] is one dispatch. Its module is `call.wgsl`, the bindings of its [`Phase`], `arith.wgsl`, a header of constants
//! that is written for each layer of a network, a header of tile sizes, in forward what reads the weights from their [`Storage`],
//! the kernel's own files, and the entry point, which is written by the kernel's [`Form`]. Nothing is replaced inside a file.
//!
//! Here are the files that layers share, and the kernels around a network. A layer's own kernels are in the folder of the layer;
//! [`Plan::shaders`](crate::plan::Plan::shaders) gives those of a network.

mod kernel;
mod training;

pub use kernel::{Binding, Form, Kernel, Phase, Storage, Tile, Tuning};
pub use training::*;

/// What every module begins with: the uniform that changes from call to call.
pub const CALL: &str = include_str!("call.wgsl");
/// Bytes of that uniform.
pub const CALL_BYTES: usize = 64;
/// Loom arithmetic.
pub const ARITH: &str = include_str!("arith.wgsl");
/// The kernels that find out whether an adapter computes Loom arithmetic, to be put after [`ARITH`].
pub const PROBE: &str = include_str!("probe.wgsl");
