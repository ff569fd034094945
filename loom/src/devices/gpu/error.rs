//! What the GPU library says, as errors of Loom.

use super::GpuError;

impl GpuError {
    /// An error of the GPU library for which nothing more is known.
    pub(crate) fn uncaptured(error: &wgpu::Error) -> GpuError {
        match error {
            wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { what: "work".to_owned(), bytes: 0 },
            wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                GpuError::Internal { message: one_line(description) }
            }
        }
    }
}

/// The lines of a message, joined.
pub(super) fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(": ")
}
