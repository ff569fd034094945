//! Safetensors files: their headers, reading, and writing that replaces a file as a whole.

pub(crate) mod file;
pub(crate) mod header;
pub(crate) mod kind;
pub(crate) mod place;
