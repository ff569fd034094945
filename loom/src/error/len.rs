//! The error of a slice for a tensor.

/// The number of values is not the shape's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tensor of shape {shape:?} has {expected} values, not {found}")]
pub struct LenError {
    /// The tensor's shape.
    pub shape: &'static [usize],
    /// How many values the shape has.
    pub expected: usize,
    /// How many values there were.
    pub found: usize,
}
