//! A plan at work on the CPU: its steps, the device, and samples. Beside that, the WGSL of its steps.

pub(crate) mod cpu;
pub(crate) mod exec;
mod program;
pub(crate) mod sample;
pub(crate) mod shader;
