//! What most programs use: `use loom::prelude::*;`

pub use crate::data::Dataset;
#[cfg(feature = "gpu")]
pub use crate::gpu::Gpu;
pub use crate::loss::{BinaryCrossEntropy, CrossEntropy, Huber, Mse};
pub use crate::optim::{Adam, AdamW, Clip, RmsProp, Schedule, Sgd};
pub use crate::plan::PlanExt as _;
pub use crate::shader::Shaders as _;
pub use crate::{
    Cpu, Device, EarlyStopping, Flavour, Init, Mode, Model, Network, Sample, Seed, Tape, Tensor, Trainer, network,
};
