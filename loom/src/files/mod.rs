//! Safetensors files: their headers, reading, and writing that replaces a file as a whole.

pub(crate) mod destination;
pub(crate) mod file;
pub(crate) mod header;
pub(crate) mod kind;
