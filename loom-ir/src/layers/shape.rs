//! Views, which only rename a shape.

/// `Flatten`: the sample `[d0, d1, ..]` becomes `[d0 * d1 * ..]`. No value moves and no work is done.
///
/// PyTorch's `nn.Flatten`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flatten;

/// `Reshape<1, 28, 28>`: the sample takes the given shape, which must hold the same number of values. No value moves.
///
/// PyTorch's `nn.Unflatten` for a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reshape;
