//! A file's weights in another format.
//!
//! `item.rs` alone decides which tensors are one weight, from names and types. `weight.rs` turns each layout, Loom's and others',
//! into an [`Encoded`], which checks its parts. This file encodes it anew, or passes it on where it has the format already. It
//! then reads what it is about to write as any reader will: a tensor that would be taken for a part of another is an error, and
//! the old file stays.

use super::compressed::{self, Strategy};
use super::item::{Item, Layout, items};
use super::weight::Weight;
use super::{TensorError, failed, tensor};
use crate::dtype::{Encoded, Format};
use crate::error::Error;
use crate::files::file::{Entry, File, read, read_bytes, to_bytes, write_atomically};
use crate::numerics::environment::in_default_environment;
use crate::weights::quantize::{Calibration, Rounding, compensate};
use crate::weights::safetensors::{SHAPE, encoded_entries, metadata};
use std::collections::BTreeMap;
use std::path::Path;

/// Whose files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Loom,
    CompressedTensors,
}

/// What [`convert`](Conversion::convert) makes of a file.
///
/// ```
/// use loom::archive::{Conversion, inspect};
/// use loom::dtype::{F4, Format};
/// use loom::prelude::*;
///
/// network! { struct Net { fc1: Dense<64, 64> -> Relu -> fc2: Dense<64, 10> } }
///
/// let folder = tempfile::tempdir()?;
/// let (full, small) = (folder.path().join("full.safetensors"), folder.path().join("small.safetensors"));
/// let net = Net::new(Seed(42));
/// net.save(&full)?;
/// Conversion::new(Format::F4).convert(&full, &small)?;
/// assert_eq!(Net::load_as::<F4>(&small)?.weights(), net.quantize::<F4>()?.weights());
/// assert_eq!(inspect(&small)?.tensors[1].name, "fc1.weight");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    format: Format,
    convolutions: Format,
    dialect: Dialect,
    rounding: Option<Rounding>,
    calibration: Calibration,
}

/// What became of a file's tensors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Names of the weights in the format asked for.
    pub converted: Vec<String>,
    /// Names of those among them that were calibrated.
    pub calibrated: Vec<String>,
    /// Names of those in F32: vectors, and what the form has no place for.
    pub kept: Vec<String>,
    /// Names of the tensors that are no weights and were copied as they were, with the number format of each.
    pub copied: Vec<(String, String)>,
    /// Bytes of all tensors before.
    pub bytes_before: usize,
    /// Bytes of all tensors after.
    pub bytes_after: usize,
    /// For compressed-tensors, the JSON that belongs under `quantization_config` in the model's `config.json`.
    pub config: Option<String>,
}

/// A file that is to be written.
#[derive(Default)]
struct Converted {
    entries: Vec<Entry<'static>>,
    metadata: BTreeMap<String, String>,
    /// The number of the weight or other tensor of the input that each tensor comes from.
    origins: BTreeMap<String, usize>,
    /// The weights in a form of compressed-tensors.
    compressed: Vec<(String, Strategy)>,
    summary: Summary,
}

impl Conversion {
    /// Weights of that format, as Loom saves them.
    pub fn new(format: Format) -> Self {
        let calibration = Calibration::default();
        Conversion { format, convolutions: format, dialect: Dialect::Loom, rounding: None, calibration }
    }

    /// How weights are rounded to the format, those that have it already too.
    pub fn rounding(self, rounding: Rounding) -> Self {
        Conversion { rounding: Some(rounding), ..self }
    }

    /// What the inputs of weights were like, by which those of that name are rounded: see [`crate::quantize`].
    pub fn calibration(self, calibration: Calibration) -> Self {
        Conversion { calibration, ..self }
    }

    /// Another format for weights of three and more dimensions, as those of convolutions.
    pub fn convolutions(self, format: Format) -> Self {
        Conversion { convolutions: format, ..self }
    }

    /// The weights of `Linear` layers, which are those of two dimensions whose name ends in `.weight`, as compressed-tensors
    /// reads them; all others in F32. Under F4 their columns are a multiple of 16; where integers share scales in blocks, of
    /// the block.
    ///
    /// `None` where it has no form for the format: it has for I8, U8 and F4.
    pub fn compressed_tensors(self) -> Option<Self> {
        let dialect = Dialect::CompressedTensors;
        compressed::has(self.format).then_some(Conversion { dialect, ..self })
    }

    /// Reads the weights of `input`, of whatever format, and writes them to `output` in this one. Both may be the same file:
    /// it is replaced once the new one is complete. Weights that have the format already keep their codes and scales to
    /// the bit. What is no weight is copied as it is, and so is the metadata. What is written was read again before, so that
    /// [`inspect`](super::inspect) takes it.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::NotSafetensors`] and [`Error::NotRegular`] where a file cannot be read or written; [`Error::Changed`]
    /// where the input was written to meanwhile; [`Error::Archive`], which names the tensor, where its parts are no weight's, its
    /// values are not finite, or it could not be told from other tensors of the file. Then `output` stays as it was.
    pub fn convert(&self, input: impl AsRef<Path>, output: impl AsRef<Path>) -> Result<Summary, Error> {
        // What is written is a copy, so that the input is closed when it is replaced.
        let of_file = |file: &File<'_>| in_default_environment(|| self.of_file(file));
        let Converted { entries, metadata, origins, summary, .. } = read(input.as_ref(), of_file)?;
        let bytes = to_bytes(&entries, &metadata);
        drop(entries);
        in_default_environment(|| check(&bytes, input.as_ref(), &origins))?;
        write_atomically(output.as_ref(), &bytes)?;
        Ok(summary)
    }

    fn of_file(&self, file: &File<'_>) -> Result<Converted, Error> {
        let mut converted = Converted { metadata: metadata(), ..Converted::default() };
        converted.metadata.extend(file.header.pairs().map(|(key, value)| (key.into_owned(), value.into_owned())));
        for (origin, item) in items(&file.header).enumerate() {
            let failed = |source| failed(file, &item.name, source);
            if item.layout == Layout::F4 {
                converted.metadata.remove(&format!("{SHAPE}{}", item.name));
            }
            let new = if item.layout == Layout::Other {
                let copied = item.members.iter().map(|member| (member.name.to_string(), member.dtype.to_string()));
                converted.summary.copied.extend(copied);
                copies(&item, file)?
            } else {
                let found = Weight::read(&item, file)?.encoded(&file.header).map_err(failed)?;
                let shape = item.shape(&file.header).map_err(failed)?;
                self.weight(&item, shape, found, &mut converted).map_err(failed)?
            };
            for entry in &new {
                if converted.origins.insert(entry.name.to_string(), origin).is_some() {
                    return Err(failed(TensorError::Taken { part: entry.name.to_string() }));
                }
            }
            converted.summary.bytes_before += item.members.iter().map(|member| member.range.len()).sum::<usize>();
            converted.summary.bytes_after += new.iter().map(|entry| entry.bytes.len()).sum::<usize>();
            converted.entries.extend(new);
        }
        if self.dialect == Dialect::CompressedTensors {
            converted.summary.config = Some(compressed::config(self.format, &converted.compressed));
        }
        Ok(converted)
    }

    /// The tensors of a weight.
    fn weight(
        &self,
        item: &Item<'_>,
        shape: Vec<usize>,
        found: Encoded,
        converted: &mut Converted,
    ) -> Result<Vec<Entry<'static>>, TensorError> {
        let name = &item.name;
        let mut format = self.format_of(name, &shape);
        let mut hessian = self.calibration.hessian(name).filter(|_| format == self.format && shape.len() > 1);
        let is_ready = item.layout.codes() == Some(format) && hessian.is_none() && self.rounding.is_none();
        let original = (self.dialect == Dialect::CompressedTensors && !is_ready).then(|| found.clone());
        let mut encoded = if is_ready { found } else { self.encode(format, &found, hessian)? };
        let is_compressed = self.dialect == Dialect::CompressedTensors && format != Format::F32;
        let strategy = if is_compressed { compressed::strategy(encoded.parts()) } else { None };
        if is_compressed && strategy.is_none() {
            (format, hessian) = (Format::F32, None);
            encoded = self.encode(format, original.as_ref().unwrap_or(&encoded), None)?;
        }
        if hessian.is_some() {
            converted.summary.calibrated.push(name.clone());
        }
        let is_kept = format == Format::F32 && self.format != Format::F32;
        let Converted { metadata, summary, compressed, .. } = converted;
        let names = if is_kept { &mut summary.kept } else { &mut summary.converted };
        names.push(name.clone());
        if let Some(strategy) = strategy {
            compressed.push((name.clone(), strategy));
            return Ok(compressed::entries(name, &encoded, strategy));
        }
        if format == Format::F4 {
            metadata.insert(format!("{SHAPE}{name}"), format!("{shape:?}"));
        }
        Ok(encoded_entries(name, &shape, &encoded).collect())
    }

    /// Rounds a weight: the one place where values become codes.
    fn encode(&self, format: Format, found: &Encoded, hessian: Option<&[f64]>) -> Result<Encoded, TensorError> {
        let (rows, columns) = (found.parts().rows, found.parts().columns);
        let mut values = vec![0.0; rows * columns];
        found.decode(&mut values);
        // What another format or a vector has no use for is for the others.
        let rounding = self.rounding.filter(|_| format == self.format && format != Format::F32).unwrap_or_default();
        let encoded = match hessian {
            Some(hessian) if columns.checked_mul(columns) != Some(hessian.len()) => {
                return Err(TensorError::Hessian { columns, values: hessian.len() });
            }
            Some(hessian) => compensate(format, [rows, columns], &values, hessian, &rounding),
            None => rounding.encode(format, [rows, columns], &values),
        };
        encoded.map_err(|error| TensorError::Rounding(error.to_string()))
    }

    /// The format that a weight of that name and shape is stored in.
    fn format_of(&self, name: &str, shape: &[usize]) -> Format {
        let format = if shape.len() > 2 { self.convolutions } else { self.format };
        let is_stored = match self.dialect {
            Dialect::Loom => format.where_matrix(shape.len() > 1) == format,
            Dialect::CompressedTensors => compressed::takes(name, shape, format),
        };
        if is_stored { format } else { Format::F32 }
    }
}

/// Tensors as they were.
fn copies(item: &Item<'_>, file: &File<'_>) -> Result<Vec<Entry<'static>>, Error> {
    let copy = item.members.iter().map(|member| {
        let bytes = file.bytes(member)?.into_owned().into();
        Ok(Entry { name: member.name.to_string().into(), dtype: member.dtype, shape: member.shape.clone(), bytes })
    });
    copy.collect()
}

/// Reads what is to be written as any reader will: no tensor may be taken for a part of what it does not come with.
fn check(bytes: &[u8], input: &Path, origins: &BTreeMap<String, usize>) -> Result<(), Error> {
    let failed = |tensor: String, source| Error::Archive { path: input.to_owned(), tensor, source: Box::new(source) };
    let checked = read_bytes(bytes, |file| {
        for item in items(&file.header) {
            let origin = |name: &str| origins.get(name);
            let first = origin(&item.data().name);
            if let Some(part) = item.members.iter().find(|member| origin(&member.name) != first) {
                let part = part.name.to_string();
                return Err(failed(item.name, TensorError::Taken { part }));
            }
            tensor(&item, file)?;
        }
        Ok(())
    });
    checked.map_err(|error| match error {
        Error::Archive { path, tensor, source } if path != input => failed(tensor, TensorError::Unreadable { source }),
        Error::NotSafetensors { reason, .. } => Error::NotSafetensors { path: input.to_owned(), reason },
        error => error,
    })
}
