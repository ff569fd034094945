//! The IDX format, in which the MNIST database is published.
//!
//! A file is a header and the values, row-major, with nothing after them:
//!
//! ```text
//! 0  0  type  rank      type 0x08 is u8; the others are not read
//! size[0] .. size[rank - 1]      u32 each, big-endian; size[0] counts the items
//! values      one byte each
//! ```
//!
//! Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "The IDX file format".

use crate::error::IdxError;
use std::fmt;
use std::path::Path;

/// Length of the part of the header that every file has.
const PREFIX_BYTES: usize = 4;
/// Length of one dimension's size in the header.
const SIZE_BYTES: usize = 4;
/// The type code of `u8`.
const U8: u8 = 0x08;
/// The first two bytes of an IDX file.
const MAGIC: [u8; 2] = [0, 0];
/// The first two bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The content of an IDX file of bytes: items of one shape, one after the other.
///
/// ```
/// use loom::data::Idx;
///
/// // Two items of 2 x 3 bytes.
/// let mut file = vec![0, 0, 0x08, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
/// file.extend(0..12);
///
/// let idx = Idx::parse(file)?;
/// assert_eq!(idx.shape(), [2, 2, 3]);
/// assert_eq!(idx.item_shape(), [2, 3]);
///
/// // As samples of one channel.
/// let images = idx.into_samples::<[[[u8; 3]; 2]; 1]>()?;
/// assert_eq!(images, [[[[0, 1, 2], [3, 4, 5]]], [[[6, 7, 8], [9, 10, 11]]]]);
/// # Ok::<(), loom::data::IdxError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Idx {
    /// Sizes, outermost first: at least one, none of them 0, and their product is `bytes.len()`.
    shape: Vec<usize>,
    /// The values, row-major.
    bytes: Vec<u8>,
}

impl Idx {
    /// Reads and parses the uncompressed IDX file at `path`.
    ///
    /// # Errors
    ///
    /// [`IdxError::Read`] when the file cannot be read, and [`IdxError::File`] around what [`Idx::parse`] says of its
    /// content. Both name the path.
    ///
    /// ```
    /// use loom::data::Idx;
    ///
    /// let error = Idx::read("no/such/labels-idx1-ubyte").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such/labels-idx1-ubyte: "));
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Idx, IdxError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|cause| IdxError::Read { path: path.to_owned(), cause })?;
        Idx::parse(bytes).map_err(|cause| IdxError::File { path: path.to_owned(), cause: Box::new(cause) })
    }

    /// Parses the content of an uncompressed IDX file.
    ///
    /// The buffer is kept, so that memory never depends on what the header claims.
    ///
    /// # Errors
    ///
    /// Every departure from the format has a variant of its own in [`IdxError`]; the first one found is returned.
    ///
    /// ```
    /// use loom::data::{Idx, IdxError};
    ///
    /// assert_eq!(Idx::parse(vec![0, 0, 0x08, 1, 0, 0, 0, 2, 7, 9])?.bytes(), [7, 9]);
    ///
    /// let floats = Idx::parse(vec![0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    /// assert!(matches!(floats, Err(IdxError::ElementType { code: 0x0d })));
    /// # Ok::<(), IdxError>(())
    /// ```
    pub fn parse(mut bytes: Vec<u8>) -> Result<Idx, IdxError> {
        let found = bytes.len();
        let Some(&[zero, also_zero, code, rank]) = bytes.first_chunk::<PREFIX_BYTES>() else {
            return Err(IdxError::TruncatedHeader { needed: PREFIX_BYTES, found });
        };
        match [zero, also_zero] {
            MAGIC => {}
            GZIP_MAGIC => return Err(IdxError::Gzip),
            magic => return Err(IdxError::Magic { magic }),
        }
        if code != U8 {
            return Err(IdxError::ElementType { code });
        }
        if rank == 0 {
            return Err(IdxError::RankZero);
        }

        let header_bytes = PREFIX_BYTES + SIZE_BYTES * usize::from(rank);
        let Some(sizes) = bytes.get(PREFIX_BYTES..header_bytes) else {
            return Err(IdxError::TruncatedHeader { needed: header_bytes, found });
        };
        let (sizes, _) = sizes.as_chunks::<SIZE_BYTES>();
        let sizes: Vec<u32> = sizes.iter().map(|size| u32::from_be_bytes(*size)).collect();
        if let Some(dim) = sizes.iter().position(|&size| size == 0) {
            return Err(IdxError::ZeroSize { dim });
        }
        let Some(shape) = to_shape(&sizes) else {
            return Err(IdxError::TooLarge { sizes });
        };

        let needed = shape.values;
        let found = found - header_bytes;
        if found < needed {
            return Err(IdxError::TruncatedData { needed, found });
        }
        if found > needed {
            return Err(IdxError::TrailingBytes { extra: found - needed });
        }
        bytes.drain(..header_bytes);
        Ok(Idx { shape: shape.sizes, bytes })
    }

    /// The sizes of all dimensions, outermost first. There is at least one, and none is 0.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of items: the outermost size.
    pub fn count(&self) -> usize {
        self.shape[0]
    }

    /// The shape of one item: all sizes but the outermost. It is empty for a file of labels.
    pub fn item_shape(&self) -> &[usize] {
        &self.shape[1..]
    }

    /// All values, row-major.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The items as values of `S`, which is made of bytes: `u8` for labels, `[[[u8; 28]; 28]; 1]` for images of one
    /// channel. Only the size counts, so that `S` may group an item's bytes as it likes.
    ///
    /// A type of wider elements does not compile, as its values would depend on the machine's byte order:
    ///
    /// ```compile_fail
    /// # let file = vec![0, 0, 0x08, 2, 0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4];
    /// let words = loom::data::Idx::parse(file)?.into_samples::<[u16; 2]>()?;
    /// # Ok::<(), loom::data::IdxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`IdxError::SampleSize`] when an `S` and an item differ in size.
    ///
    /// ```
    /// # let file = vec![0, 0, 0x08, 2, 0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4];
    /// let idx = loom::data::Idx::parse(file)?;
    /// assert_eq!(idx.clone().into_samples::<[[u8; 2]; 2]>()?, [[[1, 2], [3, 4]]]);
    /// assert_eq!(
    ///     idx.into_samples::<[u8; 3]>().unwrap_err().to_string(),
    ///     "an item of shape [4] has 4 bytes, but the sample type `[u8; 3]` has 3"
    /// );
    /// # Ok::<(), loom::data::IdxError>(())
    /// ```
    pub fn into_samples<S: bytemuck::Pod>(self) -> Result<Vec<S>, IdxError> {
        const { assert!(align_of::<S>() == 1, "a sample is made of u8") };
        let sample_bytes = size_of::<S>();
        if sample_bytes.checked_mul(self.count()) != Some(self.bytes.len()) {
            return Err(IdxError::SampleSize {
                item_shape: self.item_shape().to_vec(),
                item_bytes: self.bytes.len() / self.count(),
                sample: std::any::type_name::<S>(),
                sample_bytes,
            });
        }
        // Without the room that the header left, which need not be a whole number of samples.
        Ok(bytemuck::allocation::cast_vec(self.bytes.into_boxed_slice().into_vec()))
    }
}

/// The shape and the length; the bytes of MNIST would be 200 MB of text.
impl fmt::Debug for Idx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idx").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// Sizes that this machine can address, and the number of values they hold.
struct Shape {
    sizes: Vec<usize>,
    values: usize,
}

/// `None` when a size or the product of all is beyond `usize`.
fn to_shape(sizes: &[u32]) -> Option<Shape> {
    let sizes: Vec<usize> = (sizes.iter()).map(|&size| usize::try_from(size).ok()).collect::<Option<_>>()?;
    let values = (sizes.iter()).try_fold(1, |values: usize, &size| values.checked_mul(size))?;
    Some(Shape { sizes, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header that claims `sizes`, and `values` bytes behind it.
    fn file(sizes: &[u32], values: usize) -> Vec<u8> {
        let rank = u8::try_from(sizes.len()).unwrap();
        let mut file = vec![0, 0, U8, rank];
        file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        file.extend((0..values).map(|i| i as u8));
        file
    }

    fn error(bytes: Vec<u8>) -> String {
        Idx::parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn good_files() {
        let rank_255 = [&[3][..], &[1; 254]].concat();
        for sizes in [&[3][..], &[3, 2], &[2, 3, 4], &rank_255] {
            let values = sizes.iter().product::<u32>() as usize;
            let idx = Idx::parse(file(sizes, values)).unwrap();
            let shape: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
            assert_eq!(idx.shape(), shape);
            assert_eq!(idx.count(), sizes[0] as usize);
            assert_eq!(idx.item_shape().len(), sizes.len() - 1);
            assert!(idx.bytes().iter().copied().eq((0..values).map(|i| i as u8)));
        }
    }

    #[test]
    fn bad_files() {
        const MAX: u32 = u32::MAX;
        let cases = [
            (vec![], "truncated header: it takes 4 bytes, 0 are there"),
            (vec![0, 0, U8], "truncated header: it takes 4 bytes, 3 are there"),
            (vec![0, 0, U8, 1, 0, 0, 0], "truncated header: it takes 8 bytes, 7 are there"),
            (vec![0, 0, U8, 255], "truncated header: it takes 1024 bytes, 4 are there"),
            (vec![0x1f, 0x8b, 8, 0], "compressed with gzip: decompress it first, for example with `gunzip --keep`"),
            (vec![0x89, 0x50, U8, 1], "not an IDX file: it begins with [89, 50] in place of [00, 00]"),
            (vec![0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0], "element type code 0x0d is not supported, only 0x08 (u8) is"),
            (vec![0, 0, 0, 1], "element type code 0x00 is not supported, only 0x08 (u8) is"),
            (vec![0, 0, U8, 0], "rank 0: there is no dimension that counts items"),
            (file(&[0, 2], 0), "dimension 0 has size 0"),
            (file(&[2, 3, 0], 0), "dimension 2 has size 0"),
            (file(&[MAX, MAX, MAX, 0], 0), "dimension 3 has size 0"),
            (
                file(&[MAX, MAX, MAX], 9),
                "the product of the sizes [4294967295, 4294967295, 4294967295] is beyond what this machine can address",
            ),
            (file(&[2, 3], 5), "truncated data: the header promises 6 bytes, 5 follow it"),
            (file(&[2, 3], 0), "truncated data: the header promises 6 bytes, 0 follow it"),
            (file(&[2, 3], 7), "trailing bytes: 1 follow the data that the header promises"),
        ];
        for (bytes, text) in cases {
            assert_eq!(error(bytes.clone()), text, "{bytes:02x?}");
        }
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn huge_claim_allocates_nothing() {
        assert_eq!(
            error(file(&[u32::MAX, u32::MAX], 1)),
            "truncated data: the header promises 18446744065119617025 bytes, 1 follow it"
        );
    }

    #[test]
    fn every_prefix_is_truncated() {
        let whole = file(&[2, 3, 4], 24);
        for len in 0..whole.len() {
            let error = Idx::parse(whole[..len].to_vec()).unwrap_err();
            let header = matches!(error, IdxError::TruncatedHeader { found, .. } if found == len);
            let data = matches!(error, IdxError::TruncatedData { needed: 24, found } if found + 16 == len);
            assert!(if len < 16 { header } else { data }, "{len}: {error}");
        }
    }

    #[test]
    fn samples() {
        let idx = Idx::parse(file(&[2, 2, 3], 12)).unwrap();
        assert_eq!(
            idx.clone().into_samples::<[[[u8; 3]; 2]; 1]>().unwrap(),
            [[[[0, 1, 2], [3, 4, 5]]], [[[6, 7, 8], [9, 10, 11]]]]
        );
        assert_eq!(idx.clone().into_samples::<[i8; 6]>().unwrap()[1], [6, 7, 8, 9, 10, 11]);
        assert_eq!(
            idx.clone().into_samples::<u8>().unwrap_err().to_string(),
            "an item of shape [2, 3] has 6 bytes, but the sample type `u8` has 1"
        );
        assert_eq!(
            idx.clone().into_samples::<[[u8; 6]; 2]>().unwrap_err().to_string(),
            "an item of shape [2, 3] has 6 bytes, but the sample type `[[u8; 6]; 2]` has 12"
        );
        assert_eq!(
            idx.into_samples::<[u8; 0]>().unwrap_err().to_string(),
            "an item of shape [2, 3] has 6 bytes, but the sample type `[u8; 0]` has 0"
        );
        let labels = Idx::parse(file(&[5], 5)).unwrap();
        assert_eq!(labels.into_samples::<u8>().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_file_error_names_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels-idx1-ubyte");
        std::fs::write(&path, file(&[3], 2)).unwrap();
        let error = Idx::read(&path).unwrap_err().to_string();
        let cause = "truncated data: the header promises 3 bytes, 2 follow it";
        assert_eq!(error, format!("{}: {cause}", path.display()));

        std::fs::write(&path, file(&[3], 3)).unwrap();
        assert_eq!(Idx::read(&path).unwrap().bytes(), [0, 1, 2]);
    }

    /// Flips, inserts, removes and overwrites bytes of good files. Nothing may panic, and what is accepted is whole.
    #[test]
    fn mutated_files_never_panic() {
        let seeds = [file(&[7], 7), file(&[2, 3], 6), file(&[2, 3, 4], 24), file(&[1; 9], 1)];
        let interesting = [0, 1, 2, 3, U8, 0x0d, 0x1f, 0x7f, 0x80, 0x8b, 0xff];
        let mut accepted = 0;
        let mut random = 1_u64;
        // Knuth's MMIX generator; the upper bits are the good ones.
        let mut below = |bound: usize| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) as usize % bound
        };
        for round in 0..200_000 {
            let mut bytes = seeds[round % seeds.len()].clone();
            for _ in 0..=below(3) {
                let header = bytes.len().clamp(1, 20);
                let at = if below(4) == 0 { below(bytes.len() + 1) } else { below(header) };
                match below(5) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at.min(bytes.len()), interesting[below(interesting.len())]),
                    2 if at < bytes.len() => drop(bytes.remove(at)),
                    3 if at < bytes.len() => bytes[at] ^= 1 << below(8),
                    _ if at < bytes.len() => bytes[at] = interesting[below(interesting.len())],
                    _ => {}
                }
            }
            if let Ok(idx) = Idx::parse(bytes.clone()) {
                accepted += 1;
                assert_eq!(idx.shape().iter().product::<usize>(), idx.bytes().len(), "{bytes:02x?}");
                assert!(bytes.ends_with(idx.bytes()));
                let _ = idx.into_samples::<[u8; 6]>();
            }
        }
        assert!(accepted > 1000, "the loop hardly reaches good files: {accepted}");
    }
}
