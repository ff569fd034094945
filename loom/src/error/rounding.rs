//! Errors of rounding weights.

use crate::dtype::Format;

/// The damping where nothing else is chosen.
pub(crate) const DAMPING: f64 = 0.01;

/// Why a weight cannot be rounded as was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RoundingError {
    /// The format has no use for an option.
    #[error("{option} is nothing that {format} has a use for")]
    Unused {
        /// The option.
        option: &'static str,
        /// The format.
        format: Format,
    },
    /// A Hessian has another number of values than that of columns squared, has one that is infinite or not a number, or is not
    /// positive.
    #[error("the Hessian of {columns} columns is not that of any inputs")]
    Hessian {
        /// Its columns.
        columns: usize,
    },
    /// Inputs of a tensor depend on each other, and the damping is too small to be seen beside them in 64 bits.
    #[error("the damping {damping:e} is too small for the Hessian of {columns} columns; the default is {DAMPING}")]
    Damping {
        /// The damping.
        damping: f64,
        /// The Hessian's columns.
        columns: usize,
    },
    /// With the inputs for calibration, those of a tensor are infinite or not numbers.
    #[error("tensor `{tensor}` cannot be calibrated: its inputs are too great for 32 bits")]
    Inputs {
        /// The tensor's name.
        tensor: &'static str,
    },
}
