//! Errors of files without a network.

use crate::dtype::EncodingError;

/// Why a tensor of a file without a network cannot be read or converted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// Codes, scales, zero points or values are no weight's.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// It cannot be rounded as was asked.
    #[error("{0}")]
    Rounding(String),
    /// The inputs that it is to be calibrated by are those of another weight.
    #[error("it has {columns} columns, but its Hessian in the calibration has {values} values")]
    Hessian {
        /// Columns of the weight.
        columns: usize,
        /// Values of the Hessian, which has as many rows as columns.
        values: usize,
    },
    /// A tensor that belongs to the codes is not in the file.
    #[error("its codes need a tensor `{part}`, which the file lacks")]
    Missing {
        /// The missing tensor's name.
        part: String,
    },
    /// A tensor that belongs to the codes has another number format.
    #[error("`{part}` is {found}, but the codes need {wanted}")]
    DType {
        /// The tensor's name.
        part: String,
        /// Its format.
        found: String,
        /// What is read.
        wanted: String,
    },
    /// A tensor has a shape that does not fit the others.
    #[error("`{part}` has shape {found:?}, but the codes need {wanted}")]
    Shape {
        /// The tensor's name.
        part: String,
        /// Its shape.
        found: Vec<usize>,
        /// What fits.
        wanted: String,
    },
    /// The metadata does not give the shape of the codes.
    #[error(
        "the metadata has {} as `{key}`, but the codes need a shape of {rows} rows of {columns} columns",
        quoted(found.as_deref())
    )]
    ShapeText {
        /// The key in the metadata.
        key: String,
        /// The text in the file.
        found: Option<String>,
        /// Rows of the codes.
        rows: usize,
        /// Columns that fit.
        columns: String,
    },
    /// The scale of a whole weight, which files of compressed-tensors divide by, is no scale.
    #[error("the global scale is {value}, but it is positive and finite, and so is its reciprocal")]
    GlobalScale {
        /// The value.
        value: f32,
    },
    /// What would be written could not be read again.
    #[error("converted, it could not be read again: {source}")]
    Unreadable {
        /// Why.
        source: Box<TensorError>,
    },
    /// Two tensors would have one name, or one would be taken for a part of another.
    #[error("the file has a tensor of its own with the name `{part}`, which the codes would take")]
    Taken {
        /// The name.
        part: String,
    },
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"))
}
