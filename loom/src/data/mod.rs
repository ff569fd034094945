//! Data sets and the files they come from.

mod dataset;
mod idx;
mod target;

pub use dataset::Dataset;
pub use idx::{Idx, IdxError};
pub use target::{Class, Target, TargetBatch};
