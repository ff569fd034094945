//! Files of this process, in a folder that the run's script removes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("loom-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder can be written");
    folder
});

/// A file's path.
pub fn path(name: &str) -> PathBuf {
    FOLDER.join(name)
}

/// Writes a file and gives its path.
pub fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = path(name);
    fs::write(&path, bytes).expect("the temporary folder can be written");
    path
}

/// Reads a file.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file is there")
}
