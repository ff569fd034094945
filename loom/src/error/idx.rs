//! The error of an IDX file.

use std::io;
use std::path::PathBuf;

/// Why bytes are not an IDX file of `u8`, or not one of the wanted samples.
///
/// ```
/// use loom::data::{Idx, IdxError};
///
/// let error = Idx::parse(vec![0, 0, 0x08, 1, 0, 0, 0, 5, 1, 2]).unwrap_err();
/// assert!(matches!(error, IdxError::TruncatedData { needed: 5, found: 2 }));
/// assert_eq!(error.to_string(), "truncated data: the header promises 5 bytes, 2 follow it");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The file can be read, but not parsed.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        cause: Box<IdxError>,
    },
    /// The bytes begin like a gzip file.
    #[error("compressed with gzip: decompress it first, for example with `gunzip --keep`")]
    Gzip,
    /// The bytes do not begin with two zeros.
    #[error("not an IDX file: it begins with {magic:02x?} in place of [00, 00]")]
    Magic {
        /// The first two bytes.
        magic: [u8; 2],
    },
    /// The elements are not `u8`.
    #[error("element type code {code:#04x} is not supported, only 0x08 (u8) is")]
    ElementType {
        /// The header's type code.
        code: u8,
    },
    /// The header gives no dimension.
    #[error("rank 0: there is no dimension that counts items")]
    RankZero,
    /// The bytes end within the header.
    #[error("truncated header: it takes {needed} bytes, {found} are there")]
    TruncatedHeader {
        /// Length of the header in bytes, as far as it is known.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A dimension's size is 0.
    #[error("dimension {dim} has size 0")]
    ZeroSize {
        /// The first such dimension; 0 is the outermost.
        dim: usize,
    },
    /// The number of values is beyond `usize`.
    #[error("the product of the sizes {sizes:?} is beyond what this machine can address")]
    TooLarge {
        /// The header's sizes, outermost first.
        sizes: Vec<u32>,
    },
    /// Fewer values than the header's sizes multiply to.
    #[error("truncated data: the header promises {needed} bytes, {found} follow it")]
    TruncatedData {
        /// Bytes that the header promises.
        needed: usize,
        /// Bytes behind the header.
        found: usize,
    },
    /// More values than the header's sizes multiply to.
    #[error("trailing bytes: {extra} follow the data that the header promises")]
    TrailingBytes {
        /// Bytes too many.
        extra: usize,
    },
    /// The wanted sample and an item differ in size.
    #[error(
        "an item of shape {item_shape:?} has {item_bytes} bytes, but the sample type `{sample}` has {sample_bytes}"
    )]
    SampleSize {
        /// The shape of an item.
        item_shape: Vec<usize>,
        /// The size of an item in bytes.
        item_bytes: usize,
        /// The name of the wanted type.
        sample: &'static str,
        /// The size of the wanted type in bytes.
        sample_bytes: usize,
    },
}
