//! Safetensors files without a network: what is in them, and their weights in another number format.
//!
//! [`inspect`] lists a file, [`Conversion`] converts one. The command-line tool `loom` is these two.
//!
//! # What is read
//!
//! A tensor with its scales and zero points is one weight. Its first dimension is its rows, the others its columns.
//!
//! | written by | weight | tensors |
//! |---|---|---|
//! | anyone | F64, F32, F16, BF16 | `NAME` |
//! | Loom | integers | `NAME`, `NAME_scale`, of unsigned ones `NAME_zero_point` |
//! | Loom | F4 | `NAME` F4, `NAME_scale` F8_E4M3, `NAME_scale_2` F32 `[1]`, and the shape in the metadata |
//! | ModelOpt | NVFP4 | `NAME` U8 `[rows, columns / 2]`, `NAME_scale` F8_E4M3, `NAME_scale_2` F32 `[]` |
//! | compressed-tensors | `int-quantized` | `NAME` I8, `NAME_scale` F32, F16 or BF16, perhaps `NAME_zero_point` I8 |
//! | compressed-tensors | `nvfp4-pack-quantized` | `NAME_packed` U8 `[rows, columns / 2]`, `NAME_scale` F8_E4M3, `NAME_global_scale` F32 `[1]` |
//! | compressed-tensors | `mxfp4-pack-quantized` | `NAME_packed` U8 `[rows, columns / 2]`, `NAME_scale` U8 `[rows, columns / 32]` |
//!
//! Of integers there is a scale for each row, or one for all; Loom's may be for blocks of 16 or 32 columns. Everything else, as integers without scales and truth values, is
//! no weight, and is copied as it is; so are the tensors of a checkpoint that are not the network's.
//!
//! # compressed-tensors
//!
//! The package of that name, which vLLM and transformers read. What it says of a weight, Loom computes in binary32:
//!
//! - `int-quantized`: `weight = f32(code - zero_point) * scale`. Loom's I8 is this form already, and its U8 is with 128 taken from
//!   codes and zero points. The strategy is `channel` where a row shares a scale, `tensor` where the weight does, and `group` where
//!   16 or 32 columns do; these are in whole groups, or the weight stays F32.
//! - `nvfp4-pack-quantized`: two codes of E2M1 in a byte, the even column low; `weight = code * (block_scale / global_scale)`. Loom
//!   multiplies by a scale instead: in writing, `global_scale = f32(1 / scale)`. In reading, `scale` is that number of 16
//!   significant bits whose reciprocal, in binary32, is `global_scale`, which finds again each scale that Loom encodes; where
//!   there is none, `f32(1 / global_scale)`. What the package's own code computes, which rounds the quotient and the product,
//!   is within 2^-22 of what Loom does, before it rounds to bfloat16. Blocks are of 16 columns there: a scale that more columns
//!   share is written for each block.
//! - `mxfp4-pack-quantized`, only read: `weight = code * 2^(scale - 127)`, for each block of 32 columns.
//!
//! A form is for the weight of a `Linear` layer. [`Conversion::compressed_tensors`] writes those; kernels of convolutions,
//! vectors and what else there is stay F32, which these readers expect of layers that the configuration does not name.
//! [`Summary::config`] is the `quantization_config` for the `config.json` of the model. Of `int-quantized` it names dynamic
//! rounding of the inputs besides, without which the readers take the weights for another form: they compute in integers,
//! Loom does not.

mod compressed;
mod convert;
mod item;
mod weight;

pub use crate::error::TensorError;
pub use convert::{Conversion, Summary};

use crate::dtype::{BLOCK, Format};
use crate::error::Error;
use crate::files::file::{File, read};
use crate::numerics::environment::in_default_environment;
use crate::weights::quantize::Granularity;
use crate::weights::safetensors::rows_and_columns;
use item::{Item, Layout, items};
use std::collections::BTreeMap;
use std::path::Path;
use weight::Weight;

/// What is in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Its weights and other tensors, by name.
    pub tensors: Vec<Listed>,
    /// The metadata of its header.
    pub metadata: BTreeMap<String, String>,
}

/// A weight with its scales and zero points, or a tensor of another kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The weight's name.
    pub name: String,
    /// Its number format: one of Loom's, `MXFP4`, or what the file calls it.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether it is a weight, which can be converted.
    pub is_weight: bool,
    /// How many scales it has, and what shares one.
    pub scales: Option<(usize, Granularity)>,
    /// How many zero points it has.
    pub zero_points: usize,
    /// Bytes of the codes, scales and zero points.
    pub bytes: usize,
    /// The names of its tensors in the file, the codes first.
    pub parts: Vec<String>,
}

impl Listed {
    /// Bits of codes, scales and zero points for each value; `None` where there are no values.
    pub fn bits_per_weight(&self) -> Option<f64> {
        let values = self.values();
        (values > 0).then(|| in_default_environment(|| 8.0 * self.bytes as f64 / values as f64))
    }

    /// How many values it has.
    pub fn values(&self) -> usize {
        // A shape whose other dimensions are too large is that of a tensor without values.
        if self.bytes == 0 { 0 } else { self.shape.iter().product() }
    }
}

/// Lists a file. The codes, scales and zero points of quantised weights are checked; the values of others are not read.
///
/// # Errors
/// [`Error::File`] and [`Error::NotSafetensors`] where there is no such file; [`Error::Archive`], which names the tensor, where
/// a quantised weight is damaged.
pub fn inspect(path: impl AsRef<Path>) -> Result<Listing, Error> {
    read(path.as_ref(), |file| {
        // Not collected, which would hold all twice.
        let mut listing = Listing { tensors: Vec::with_capacity(file.header.len()), metadata: BTreeMap::new() };
        in_default_environment(|| {
            for item in items(&file.header) {
                listing.tensors.push(tensor(&item, file)?);
            }
            Ok::<(), Error>(())
        })?;
        for (key, value) in file.header.pairs() {
            listing.metadata.insert(key.into_owned(), value.into_owned());
        }
        Ok(listing)
    })
}

fn tensor(item: &Item<'_>, file: &File<'_>) -> Result<Listed, Error> {
    let failed = |source| failed(file, &item.name, source);
    let group = match item.layout {
        Layout::Float(_) | Layout::Other => 0,
        Layout::Integer(_) | Layout::F4 | Layout::Bytes | Layout::Packed | Layout::Exponents => {
            Weight::read(item, file)?.encoded(&file.header).map_err(failed)?.parts().group
        }
    };
    let values_of = |suffix| item.part(suffix).map_or(0, |part| part.shape.iter().product::<usize>());
    let scales = values_of("_scale");
    let columns = || item.shape(&file.header).map_or(0, |shape| rows_and_columns(&shape).1);
    let of_group = || match group {
        _ if scales == 1 => Granularity::PerTensor,
        group if group >= columns() => Granularity::PerChannel,
        BLOCK => Granularity::Block16,
        _ => Granularity::Block32,
    };
    let (dtype, scales) = match item.layout {
        Layout::Float(format) => (format.to_string(), None),
        Layout::Integer(format) => (format.to_string(), Some((scales, of_group()))),
        Layout::F4 if group != BLOCK => (Format::F4.to_string(), Some((scales, of_group()))),
        Layout::F4 | Layout::Bytes | Layout::Packed => (Format::F4.to_string(), Some((scales, Granularity::Block16))),
        Layout::Exponents => ("MXFP4".to_owned(), Some((scales, Granularity::Block32))),
        Layout::Other => (item.data().dtype.to_string(), None),
    };
    Ok(Listed {
        name: item.name.clone(),
        dtype,
        shape: item.shape(&file.header).map_err(failed)?,
        is_weight: item.layout != Layout::Other,
        scales,
        zero_points: values_of("_zero_point"),
        bytes: item.members.iter().map(|member| member.range.len()).sum(),
        parts: item.members.iter().map(|member| member.name.to_string()).collect(),
    })
}

fn failed(file: &File<'_>, tensor: &str, source: TensorError) -> Error {
    Error::Archive { path: file.path.to_owned(), tensor: tensor.to_owned(), source: source.into() }
}
