//! Data sets and the files they come from.

mod dataset;
mod idx;
mod source;
mod target;

pub use crate::error::IdxError;
pub use dataset::Dataset;
pub use idx::Idx;
#[cfg(feature = "gpu")]
pub(crate) use source::Inputs;
pub(crate) use source::Source;
pub use target::{Class, Target, TargetBatch};
