//! Why an encoded weight is refused.

use super::Format;

/// Why parts are not an encoded weight.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// There are no rows or no columns, or more than can be addressed.
    #[error("a weight of {rows} rows and {columns} columns cannot be encoded")]
    Shape {
        /// Output channels.
        rows: usize,
        /// Weights of one output channel.
        columns: usize,
    },
    /// Scales are for groups of columns that no weight has.
    #[error(
        "{format} with {columns} columns has scales for groups of 16, 32 or all columns, or one, but not of {group}"
    )]
    Group {
        /// The format.
        format: Format,
        /// Weights of one output channel.
        columns: usize,
        /// Columns of a group.
        group: usize,
    },
    /// A part has not the length that the format and the shape demand.
    #[error("{format} with {rows} rows and {columns} columns has {wanted} {part}, but {found} were given")]
    Length {
        /// The format.
        format: Format,
        /// Output channels.
        rows: usize,
        /// Weights of one output channel.
        columns: usize,
        /// What is counted: `bytes of data`, `scales`, `block scales`, `bytes of zero points`.
        part: &'static str,
        /// Their number.
        found: usize,
        /// The number demanded.
        wanted: usize,
    },
    /// A scale is negative, zero, subnormal, infinite or not a number.
    #[error("scale {index} is {value}, but a scale is positive, finite and at least 2^-126")]
    Scale {
        /// Its index: the row, where a row has one scale; 0 for the one scale of an `F4` weight.
        index: usize,
        /// The scale.
        value: f32,
    },
    /// A block's scale is negative or not a number.
    #[error("the scale of block {block} in row {row} is {value}, but a block's scale is 0 or positive")]
    BlockScale {
        /// The row.
        row: usize,
        /// The block in the row.
        block: usize,
        /// The scale.
        value: f32,
    },
    /// A weight decodes to an infinity or to something that is not a number.
    #[error("the weight at index {index} decodes to {value}")]
    Value {
        /// Index in the weight, flattened.
        index: usize,
        /// What it decodes to.
        value: f32,
    },
}
