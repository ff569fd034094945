//! Safetensors files: read tensor by tensor, written beside their place and moved there.

use crate::dtype::Dtype;
use crate::error::{BYTES, Error, no_memory};
use crate::files::header::{Header, MOST_BYTES, Tensor};
use crate::files::kind::kind;
use crate::files::place::Place;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

/// Bytes of a header's length.
const LENGTH: usize = size_of::<u64>();
/// Bytes by which a file is known that is not a safetensors file.
const FIRST_BYTES: usize = 1024;

/// A tensor on its way into a file.
pub(crate) struct Entry<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Cow<'a, [u8]>,
}

/// Writes a file. A reader never sees half of one, and a failure leaves what was there.
pub(crate) fn write(path: &Path, entries: &[Entry<'_>], metadata: &BTreeMap<String, String>) -> Result<(), Error> {
    write_atomically(path, &to_bytes(entries, metadata))
}

/// The bytes of a file, as the `safetensors` package writes them, with the metadata in the order of its keys: the same weights
/// give the same bytes.
pub(crate) fn to_bytes(entries: &[Entry<'_>], metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut entries: Vec<&Entry<'_>> = entries.iter().collect();
    entries.sort_by(|a, b| b.dtype.cmp(&a.dtype).then(a.name.cmp(&b.name)));
    // Written twice, the first time for its length: an archive of many small tensors is mostly header.
    let mut len = Length(0);
    write_header(&mut len, &entries, metadata).expect("a length takes anything");
    let len = len.0.next_multiple_of(LENGTH);
    let data_len = entries.iter().map(|entry| entry.bytes.len()).sum::<usize>();
    let mut file = Vec::with_capacity(LENGTH + len + data_len);
    file.extend((len as u64).to_le_bytes());
    write_header(&mut file, &entries, metadata).expect("memory takes anything");
    file.resize(LENGTH + len, b' ');
    entries.iter().for_each(|entry| file.extend_from_slice(&entry.bytes));
    file
}

fn write_header(to: &mut impl Write, entries: &[&Entry<'_>], metadata: &BTreeMap<String, String>) -> io::Result<()> {
    let text = |text: &str| serde_json::to_string(text).expect("text is JSON");
    write!(to, "{{\"__metadata__\":{{")?;
    for (i, (key, value)) in metadata.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(to, "{comma}{}:{}", text(key), text(value))?;
    }
    write!(to, "}}")?;
    let mut end = 0;
    for Entry { name, dtype, shape, bytes } in entries {
        let start = end;
        end += bytes.len();
        write!(to, ",{}:{{\"dtype\":\"{dtype}\",\"shape\":[", text(name))?;
        for (i, size) in shape.iter().enumerate() {
            write!(to, "{}{size}", if i == 0 { "" } else { "," })?;
        }
        write!(to, "],\"data_offsets\":[{start},{end}]}}")?;
    }
    write!(to, "}}")
}

/// How many bytes were written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes `bytes` to a temporary file in the same folder, flushes it to the disk, and moves it to its place.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::File { action: "write", path: path.to_owned(), source };
    match Place::find(path).map_err(failed)? {
        Ok(place) => place.write(bytes).map_err(failed),
        Err(what) => Err(Error::NotRegular { path: path.to_owned(), what }),
    }
}

/// The bytes of `f32` values in a file.
pub(crate) fn little_endian(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        Cow::Borrowed(bytemuck::cast_slice(values))
    } else {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

/// The values of the bytes of an F32 tensor.
pub(crate) fn floats(bytes: &[u8]) -> impl ExactSizeIterator<Item = f32> + Clone {
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes))
}

/// A file whose header was read: its tensors and metadata.
pub(crate) struct File<'a> {
    pub(crate) path: &'a Path,
    pub(crate) header: Header<'a>,
    data: Data<'a>,
}

/// Where the tensors' bytes are.
enum Data<'a> {
    /// In memory, behind the header.
    Memory(&'a [u8]),
    /// In an open file, from that byte on.
    File(&'a fs::File, u64),
}

impl File<'_> {
    /// The tensor of that name.
    pub(crate) fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        self.header.find(name).map(|index| self.header.tensor(index))
    }

    /// The tensors, by name.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = Tensor<'_>> {
        (0..self.header.len()).map(|index| self.header.tensor(index))
    }

    /// The bytes of a tensor, which are read now where they come from a file.
    pub(crate) fn bytes(&self, tensor: &Tensor<'_>) -> Result<Cow<'_, [u8]>, Error> {
        let range = tensor.range.clone();
        match self.data {
            Data::Memory(data) => Ok(Cow::Borrowed(&data[range])),
            Data::File(mut file, start) => {
                let no_memory = |()| no_memory::<u8>(range.len(), "a tensor of a file");
                let mut bytes = bytemuck::allocation::try_zeroed_vec(range.len()).map_err(no_memory)?;
                let read =
                    file.seek(SeekFrom::Start(start + range.start as u64)).and_then(|_| file.read_exact(&mut bytes));
                read.map_err(|error| failed(self.path, error))?;
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

/// Opens a file and calls `f` with what is in it. Nothing is mapped: what `f` asks for is read, and a file that has changed by the
/// end is refused.
pub(crate) fn read<O>(path: &Path, f: impl FnOnce(&File<'_>) -> Result<O, Error>) -> Result<O, Error> {
    let io = |error| failed(path, error);
    // Asked first: to open a pipe would wait for its other end.
    let metadata = fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        let reason = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
        return Err(not_safetensors(path, reason));
    }
    let mut file = fs::File::open(path).map_err(io)?;
    let before = state(&file).map_err(io)?;
    let result = (|| {
        let mut first = Vec::with_capacity(FIRST_BYTES);
        (&mut file).take(FIRST_BYTES as u64).read_to_end(&mut first).map_err(io)?;
        let (len, data_len) = lengths(&first, before.0).map_err(|reason| refused(path, &first, reason))?;
        let mut header = vec![0; len];
        file.seek(SeekFrom::Start(LENGTH as u64)).and_then(|_| file.read_exact(&mut header)).map_err(io)?;
        let text = String::from_utf8(header).map_err(|error| invalid_utf8(error.utf8_error()));
        let header = text.and_then(|text| parse(text.into(), data_len));
        let header = header.map_err(|reason| refused(path, &first, reason))?;
        f(&File { path, header, data: Data::File(&file, (LENGTH + len) as u64) })
    })();
    // Whatever was found, or found wrong, is of no file where that is two.
    if state(&file).map_err(io)? != before {
        return Err(Error::Changed { path: path.to_owned() });
    }
    result
}

/// Calls `f` with what is in the bytes of a file.
pub(crate) fn read_bytes<O>(bytes: &[u8], f: impl FnOnce(&File<'_>) -> Result<O, Error>) -> Result<O, Error> {
    let path = Path::new(BYTES);
    let parts = lengths(bytes, bytes.len() as u64).and_then(|(len, data_len)| {
        let (header, data) = bytes[LENGTH..].split_at(len);
        let text = str::from_utf8(header).map_err(invalid_utf8)?;
        Ok((parse(text.into(), data_len)?, data))
    });
    let (header, data) = parts.map_err(|reason| refused(path, bytes, reason))?;
    f(&File { path, header, data: Data::Memory(data) })
}

/// What a file that is written to does not keep: its length and when it was written to last.
fn state(file: &fs::File) -> io::Result<(u64, Option<SystemTime>)> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}

/// The lengths of the header and of what follows it, from a file's first bytes and its length.
fn lengths(first: &[u8], file_len: u64) -> Result<(usize, u64), String> {
    let Some(len) = first.first_chunk().map(|&len| u64::from_le_bytes(len)) else {
        return Err("header too small".to_owned());
    };
    if len > MOST_BYTES as u64 {
        return Err("header too large".to_owned());
    }
    let rest =
        file_len.checked_sub(LENGTH as u64).and_then(|rest| rest.checked_sub(len)).ok_or("invalid header length")?;
    Ok((len as usize, rest))
}

/// Reads the header of a file whose tensors have so many bytes.
fn parse(text: Cow<'_, str>, data_len: u64) -> Result<Header<'_>, String> {
    let header = Header::parse(text)?;
    if header.data_len() as u64 != data_len {
        return Err("incomplete metadata, file not fully covered".to_owned());
    }
    Ok(header)
}

/// That a file is no safetensors file. What it is, by its first bytes, says more than what is wrong with its header, unless
/// there is one to be seen.
fn refused(path: &Path, first: &[u8], reason: String) -> Error {
    let has_header = first.get(LENGTH) == Some(&b'{');
    let kind = if has_header { None } else { kind(first) };
    not_safetensors(path, kind.map_or(reason, str::to_owned))
}

fn not_safetensors(path: &Path, reason: impl Into<String>) -> Error {
    Error::NotSafetensors { path: path.to_owned(), reason: reason.into() }
}

fn invalid_utf8(error: core::str::Utf8Error) -> String {
    format!("invalid UTF-8 in header: {error}")
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::File { action: "read", path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A file that is written to, cut, or lengthened in the middle of reading is refused, whatever was read; one that is
    /// replaced is read to its end.
    #[test]
    fn files_that_change() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("w");
        let entry = |value: u8| Entry {
            name: "a".into(),
            dtype: Dtype::U8,
            shape: vec![4096],
            bytes: vec![value; 4096].into(),
        };
        let [old, new] = [1, 2].map(|value| to_bytes(&[entry(value)], &BTreeMap::new()));
        let overwrite = |bytes: &[u8]| {
            let mut file = fs::OpenOptions::new().write(true).open(&path).expect("the file is there");
            file.write_all(bytes).expect("the file can be written");
            file.set_modified(SystemTime::now() + Duration::from_secs(1)).expect("it is ours");
        };
        let cut = |len: usize| {
            let file = fs::OpenOptions::new().write(true).open(&path).expect("the file is there");
            file.set_len(len as u64).expect("the file can be cut");
        };
        let cases: [(&str, bool, &dyn Fn()); 5] = [
            ("untouched", true, &|| {}),
            ("overwritten", false, &|| overwrite(&new)),
            ("truncated", false, &|| cut(100)),
            ("lengthened", false, &|| cut(1 << 16)),
            ("replaced", true, &|| write_atomically(&path, &new).expect("the file can be written")),
        ];
        for (case, is_sound, change) in cases {
            write_atomically(&path, &old).expect("the file can be written");
            let found = read(&path, |file| {
                change();
                file.bytes(&file.tensor("a").expect("it is there")).map(Cow::into_owned)
            });
            match found {
                Ok(bytes) => assert!(is_sound && bytes == [1; 4096], "{case}"),
                Err(error) => assert!(!is_sound && matches!(error, Error::Changed { .. }), "{case}: {error}"),
            }
        }
    }

    /// What is written has the bytes that the `safetensors` package writes, but for its metadata, and that reads it.
    #[test]
    fn files_are_those_of_the_package() {
        let tensors = [
            ("b", Dtype::F16, vec![2, 3]),
            ("a\"\u{1}é", Dtype::U8, vec![]),
            ("c", Dtype::F16, vec![0]),
            ("d", Dtype::F64, vec![1]),
        ];
        let bytes: Vec<u8> = (0..64).collect();
        let entries = tensors.clone().map(|(name, dtype, shape)| {
            let len = shape.iter().product::<usize>()
                * match dtype {
                    Dtype::F64 => 8,
                    Dtype::F16 => 2,
                    _ => 1,
                };
            Entry { name: name.into(), dtype, shape, bytes: bytes[..len].into() }
        });
        let metadata = BTreeMap::from([("k\\ey".to_owned(), "v\nalue".to_owned())]);
        let views = entries.iter().map(|entry| {
            let dtype = match entry.dtype {
                Dtype::F64 => safetensors::Dtype::F64,
                Dtype::F16 => safetensors::Dtype::F16,
                _ => safetensors::Dtype::U8,
            };
            (
                entry.name.to_string(),
                safetensors::tensor::TensorView::new(dtype, entry.shape.clone(), &entry.bytes).unwrap(),
            )
        });
        let theirs = safetensors::serialize(views, Some(metadata.clone().into_iter().collect())).unwrap();
        assert_eq!(to_bytes(&entries, &metadata), theirs);
    }
}
