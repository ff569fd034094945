//! What trains: losses, optimizers, the tape, checkpoints, the trainer, and what it asks of devices.

pub(crate) mod checkpoint;
pub(crate) mod custom;
pub(crate) mod device;
pub(crate) mod engine;
pub mod loss;
pub mod optim;
pub(crate) mod progress;
pub(crate) mod tape;
pub(crate) mod trainer;
