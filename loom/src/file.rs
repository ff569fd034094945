//! Safetensors files: opened by mapping, written beside their place and moved there.

use crate::error::Error;
use crate::header::fault;
use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, SafeTensors};
use memmap2::Mmap;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// A tensor on its way into a file.
pub(crate) struct Entry<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Cow<'a, [u8]>,
}

/// Writes the file beside its place, then moves it there, so that a reader never sees half of one and a failure leaves
/// what was there.
pub(crate) fn write(path: &Path, entries: &[Entry<'_>], metadata: &BTreeMap<String, String>) -> Result<(), Error> {
    let views = entries.iter().map(|entry| {
        let view = TensorView::new(entry.dtype, entry.shape.clone(), &entry.bytes);
        (&entry.name, view.expect("a tensor's bytes are those of its shape"))
    });
    let file = |source| Error::File { action: "write", path: path.to_owned(), source };
    let other = |error: String| file(io::Error::other(error));
    let bytes = ::safetensors::serialize(views, None).map_err(|error| other(error.to_string()))?;
    let bytes = with_metadata(&bytes, metadata).map_err(|error| other(error.to_string()))?;
    write_atomically(path, &bytes).map_err(file)
}

/// The file with metadata in front of its header, as the `safetensors` crate would write it, but in the order of the keys:
/// the same weights give the same bytes.
fn with_metadata(bytes: &[u8], metadata: &BTreeMap<String, String>) -> serde_json::Result<Vec<u8>> {
    let (len, rest) = bytes.split_first_chunk().expect("a file begins with its header's length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*len) as usize);
    let tensors = header.trim_ascii_end().strip_prefix(b"{").expect("a header is an object");
    let mut header = b"{\"__metadata__\":".to_vec();
    serde_json::to_writer(&mut header, metadata)?;
    header.extend_from_slice(if tensors == b"}" { b"" } else { b"," });
    header.extend_from_slice(tensors);
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat())
}

/// Writes `bytes` to a temporary file in the same folder, flushes it to the disk, and renames it.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // `tempfile_in` and its file's `write` would add the temporary name to what the system says.
    let mut file =
        tempfile::Builder::new().prefix(".loom-").suffix(".tmp").make_in(folder, |at| fs::File::create_new(at))?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The bytes of `f32` values in a file.
pub(crate) fn little_endian(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        Cow::Borrowed(bytemuck::cast_slice(values))
    } else {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

/// A file that was opened: its tensors, and the metadata of its header.
pub(crate) struct File<'a> {
    pub(crate) path: &'a Path,
    pub(crate) tensors: SafeTensors<'a>,
    pub(crate) metadata: HashMap<String, String>,
}

/// Opens a file and calls `f` with what is in it. The file's bytes are mapped, not copied: nobody may change the file
/// while `f` runs.
pub(crate) fn read<O>(path: &Path, f: impl FnOnce(&File<'_>) -> Result<O, Error>) -> Result<O, Error> {
    let (metadata, bytes) = map(path)?;
    let not = |reason: String| Error::NotSafetensors { path: path.to_owned(), reason };
    if !metadata.is_file() {
        return Err(not(if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" }.to_owned()));
    }
    let bytes = bytes.as_deref().unwrap_or_default();
    if let Some(fault) = header_of(bytes).and_then(fault) {
        return Err(not(fault));
    }
    let header = SafeTensors::read_metadata(bytes).map_err(|error| not(error.to_string()))?.1;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| not(error.to_string()))?;
    f(&File { path, tensors, metadata: header.metadata().clone().unwrap_or_default() })
}

/// The bytes that a file says are its header, if it has so many.
fn header_of(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.get(..usize::try_from(u64::from_le_bytes(*len)).ok()?)
}

/// What the system knows of a file, and its bytes unless there are none.
fn map(path: &Path) -> Result<(fs::Metadata, Option<Mmap>), Error> {
    let open = || {
        // Asked first: to open a pipe would wait for its other end.
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() || metadata.len() == 0 {
            return Ok((metadata, None));
        }
        let file = fs::File::open(path)?;
        // SAFETY: the map is read only and dropped before `read` returns. That nobody changes the file meanwhile is what
        // the public documentation of `load` demands.
        let bytes = unsafe { Mmap::map(&file)? };
        Ok((metadata, Some(bytes)))
    };
    open().map_err(|source| Error::File { action: "read", path: path.to_owned(), source })
}
