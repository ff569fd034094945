//! What a file is that is not a safetensors file, and what to do about it.

/// A kind of file by the bytes that it begins with, or has at a place.
const KINDS: [(usize, &[u8], &str); 14] = [
    (0, b"version https://git-lfs", "it is a pointer of Git LFS; fetch the file itself with `git lfs pull`"),
    (0, b"\x1f\x8b", "it is compressed with gzip; decompress it first, for example with `gunzip --keep`"),
    (0, b"BZh", "it is compressed with bzip2; decompress it first"),
    (0, b"\xfd7zXZ\0", "it is compressed with xz; decompress it first"),
    (0, b"\x28\xb5\x2f\xfd", "it is compressed with Zstandard; decompress it first"),
    (0, b"GGUF", "it is a GGUF file, as llama.cpp reads"),
    (0, b"\x93NUMPY", "it is an array of NumPy; write it in Python with `safetensors.numpy.save_file`"),
    (
        0,
        b"\x89HDF\r\n\x1a\n",
        "it is an HDF5 file, as Keras writes; write its weights with `safetensors.numpy.save_file`",
    ),
    (0, b"\x80\x02", PICKLE),
    (0, b"\x80\x03", PICKLE),
    (0, b"\x80\x04", PICKLE),
    (0, b"\x80\x05", PICKLE),
    (4, b"TFL3", "it is a model of TensorFlow Lite"),
    (257, b"ustar", "it is a tar archive; unpack it first"),
];
const PICKLE: &str =
    "it is a pickle; load it in Python with `torch.load` and write it with `safetensors.torch.save_file`";

/// What a file with these first bytes is, if that is known.
pub(crate) fn kind(first: &[u8]) -> Option<&'static str> {
    if first.is_empty() {
        return Some("it is empty");
    }
    let begins = |at: usize, with: &[u8]| first.get(at..).is_some_and(|first| first.starts_with(with));
    if let Some((.., what)) = KINDS.into_iter().find(|(at, bytes, _)| begins(*at, bytes)) {
        return Some(what);
    }
    if begins(0, b"PK\x03\x04") {
        return Some(archive(first));
    }
    // The number of the format's version, and the name of the program that wrote it, or its version.
    if matches!(*first, [8, 1..=32, 0x12 | 0x1a | 0x3a, ..]) {
        return Some("it is a model of ONNX");
    }
    let text = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(first).trim_ascii_start();
    match text {
        [b'{' | b'[', ..] => Some("it is JSON; an index of files names those that have the weights"),
        [b'<', b'!' | b'?' | b'h' | b'H', ..] => Some("it is a web page, as a download leaves that went wrong"),
        _ => None,
    }
}

/// What a zip archive is, by the name of the first file in it.
fn archive(first: &[u8]) -> &'static str {
    const NAME: usize = 30;
    let len = first.get(26..28).map_or(0, |len| usize::from(u16::from_le_bytes([len[0], len[1]])));
    let name = first.get(NAME..).map_or(&[][..], |name| &name[..len.min(name.len())]);
    if name.ends_with(b".npy") {
        "it is an archive of NumPy (`.npz`); write it in Python with `safetensors.numpy.save_file`"
    } else {
        "it is a zip archive, as `torch.save` writes; load it in Python with `torch.load` and write it with \
         `safetensors.torch.save_file`"
    }
}
