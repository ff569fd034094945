//! Atomic replacement of a file: a new file beside it takes its place once it is complete.
//!
//! - The new file is flushed to the disk and then renamed, so that a reader sees the old file or the new one.
//! - It has the mode of the old one and, where the system allows it, its owner and group. Symbolic links are followed. What is
//!   not a regular file is refused.
//! - The name of the temporary file tells its place and a number, and its writer holds a lock on it. A later save of the same
//!   place removes those that nobody holds: killed processes left them. It goes through the numbers until 32 in a row are
//!   missing, and does not list the folder.
//! - Hard links part. A file that is written through them could be seen, or left, half old and half new.

use hmac_sha256::Hash as Sha256;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Symbolic links that lead from one to the next, at most, as Linux has it.
const MOST_LINKS: usize = 40;
/// Temporary files of one place at a time, at most: as many as there are savers, and what they left on systems where it is not
/// cleaned up.
const MOST_TEMPORARY: usize = 1 << 16;
/// Numbers without a file in a row, behind which none is looked for: what a killed saver left is found where no more than so many
/// others were at work on its place.
const GAP: usize = 32;

/// Where a file goes, behind all symbolic links.
pub(crate) struct Place {
    path: PathBuf,
    /// What is there now.
    old: Option<Metadata>,
}

impl Place {
    /// The place that a path leads to; or what is there that is not a regular file.
    pub(crate) fn find(path: &Path) -> io::Result<Result<Place, &'static str>> {
        match fs::metadata(path) {
            Ok(old) if !old.is_file() => Ok(Err(what(&old))),
            Ok(old) => {
                let is_link = fs::symlink_metadata(path)?.is_symlink();
                let path = if is_link { fs::canonicalize(path)? } else { path.to_owned() };
                Ok(Ok(Place { path, old: Some(old) }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link to a file that is not there yet.
                let mut path = path.to_owned();
                for _ in 0..MOST_LINKS {
                    let Ok(to) = fs::read_link(&path) else { break };
                    path = folder(&path).join(to);
                }
                Ok(Ok(Place { path, old: None }))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes a file. It has the mode of the one that it replaces and, where the system lets this process give files away, its
    /// owner and group.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut temporary = Temporary::beside(&self.path, self.old.is_some())?;
        temporary.file.write_all(bytes)?;
        if let Some(old) = &self.old {
            resemble(&temporary.file, old)?;
        }
        temporary.file.sync_all()?;
        fs::rename(&temporary.path, &self.path)?;
        temporary.is_moved = true;
        Ok(())
    }
}

/// The folder of a path.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What is not a regular file.
fn what(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        let kinds = [
            (kind.is_fifo(), "a pipe"),
            (kind.is_socket(), "a socket"),
            (kind.is_char_device() || kind.is_block_device(), "a device"),
        ];
        if let Some((_, what)) = kinds.into_iter().find(|(is, _)| *is) {
            return what;
        }
    }
    "of another kind"
}

/// Gives a new file the owner, group and mode of an old one. Where the owner stays who saves, it has the rights that the old one's
/// owner had, and nobody else has more than before.
#[cfg(unix)]
fn resemble(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let is_ours = |new: &Metadata| (new.uid() == old.uid(), new.gid() == old.gid());
    // Only root may give a file away, and others to their own groups: what remains is looked at.
    let mut new = file.metadata()?;
    if is_ours(&new) != (true, true) {
        if fchown(file, Some(old.uid()), Some(old.gid())).is_err() {
            let _ = fchown(file, None, Some(old.gid()));
        }
        new = file.metadata()?;
    }
    let (has_owner, has_group) = is_ours(&new);
    let mut mode = old.mode() & 0o7777;
    if !has_group {
        // Another group gets what all have.
        mode &= !0o2070 | (mode & 0o007) << 3;
    }
    if !has_owner {
        mode &= !0o4000;
    }
    // Some file systems have one mode for all files, and refuse to set it.
    if new.mode() & 0o7777 == mode { Ok(()) } else { file.set_permissions(fs::Permissions::from_mode(mode)) }
}

/// Elsewhere, files have no mode.
#[cfg(not(unix))]
fn resemble(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A file on its way to its place, which is removed unless it gets there.
///
/// Its name tells its place and a number, so that a later saver of the same place finds what a killed one has left. While
/// a saver lives, it holds a lock on its file; so none takes the file of another.
struct Temporary {
    path: PathBuf,
    file: File,
    is_moved: bool,
}

impl Temporary {
    /// Makes a file in the folder of `place`, which is for the owner alone if it is to replace another.
    fn beside(place: &Path, is_private: bool) -> io::Result<Temporary> {
        let (folder, name) = (folder(place), place.file_name().unwrap_or_default());
        let hash = Sha256::hash(name.as_encoded_bytes());
        let name = format!(".loom-{:016x}-", u64::from_le_bytes(*hash.first_chunk().expect("32 bytes")));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if is_private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = is_private;
        let mut paths = (0..MOST_TEMPORARY).map(|number| folder.join(format!("{name}{number}.tmp")));
        let temporary = loop {
            let path = paths.next().ok_or(io::ErrorKind::AlreadyExists)?;
            match options.open(&path) {
                Ok(file) if holds(&file, &path) => break Temporary { path, file, is_moved: false },
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => _ = clean(&path),
                Err(error) => return Err(error),
            }
        };
        // The folder, which may have any number of other files, is not listed.
        let mut absent = 0;
        while absent < GAP
            && let Some(path) = paths.next()
        {
            absent = if clean(&path) { 0 } else { absent + 1 };
        }
        Ok(temporary)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_moved {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Locks a file that was made at a path; whether it is still there, and nobody else has the lock. Where there are no locks,
/// nobody removes anything either.
fn holds(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => is_at(file, path),
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => true,
    }
}

/// Removes a temporary file whose saver lives no more; whether there was any file. Nobody else moves or removes a file that is
/// locked at its path.
#[cfg(unix)]
fn clean(path: &Path) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else { return false };
    if there.is_file()
        && let Ok(file) = File::open(path)
        && file.try_lock().is_ok()
        && is_at(&file, path)
    {
        // What cannot be removed is in nobody's way.
        let _ = fs::remove_file(path);
    }
    true
}

/// Elsewhere nothing tells whether the file at a path is the one that was locked.
#[cfg(not(unix))]
fn clean(_: &Path) -> bool {
    false
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    let there = fs::symlink_metadata(path).map(identity).ok();
    there.is_some() && there == file.metadata().map(identity).ok()
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    /// What killed savers left is removed, with gaps between the numbers; what a saver holds stays, and so does what is another
    /// place's or no file.
    #[test]
    fn stale_files_are_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = |name: &str| folder.path().join(name);
        let names = || {
            let entries = fs::read_dir(folder.path()).expect("the folder is there");
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            names.sort();
            names
        };
        let temporary = |name: &str| Temporary::beside(&place(name), false).expect("the folder can be written");
        let mut held: Vec<Temporary> = (0..40).map(|_| temporary("w")).collect();
        let other = temporary("other");
        let [living, link] = [2, 5].map(|number| held[number].path.clone());
        // All savers but that of number 2 are killed, after those of numbers 3, 4 and 7 to 37 were done.
        for (number, temporary) in held.iter_mut().enumerate() {
            temporary.is_moved = true;
            if matches!(number, 3 | 4 | 5 | 7..=37) {
                fs::remove_file(&temporary.path).expect("it is ours");
            }
        }
        let _living = held.swap_remove(2);
        drop(held);
        std::os::unix::fs::symlink("nowhere", &link).expect("a link can be made");
        assert_eq!(names().len(), 8, "numbers 0, 1, 2, 5, 6, 38 and 39, and the other: {:?}", names());

        let place = Place::find(&place("w")).expect("the folder can be read").expect("nothing is there");
        place.write(b"new").expect("the folder can be written");
        let mut expected = [living, link, other.path.clone(), place.path.clone()];
        expected.sort();
        assert_eq!(names(), expected);
        assert_eq!(fs::read(&place.path).expect("it is there"), b"new");
    }
}
