//! What most programs use: `use loom::prelude::*;`

pub use crate::data::Dataset;
#[cfg(feature = "gpu")]
pub use crate::devices::gpu::Gpu;
pub use crate::plan::PlanExt as _;
pub use crate::run::shader::Shaders as _;
pub use crate::training::loss::{BinaryCrossEntropy, CrossEntropy, Huber, Mse};
pub use crate::training::optim::{Adam, AdamW, Clip, RmsProp, Schedule, Sgd};
pub use crate::{
    Cpu, Device, EarlyStopping, Flavour, Init, Mode, Model, Network, Sample, Seed, Tape, Tensor, Trainer, network,
};
