//! Error texts, compared as a user reads them.

use std::fmt::Display;
use std::path::Path;
use tempfile::TempDir;

/// Compares sentences, and shows all that differ.
pub struct Sentences {
    dir: TempDir,
    wrong: Vec<String>,
}

impl Sentences {
    pub fn new() -> Self {
        Sentences { dir: TempDir::new().expect("a temporary folder"), wrong: Vec::new() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn expect<T, E: Display>(&mut self, case: &str, found: Result<T, E>, expected: &str) {
        let found = match found {
            Ok(_) => "no error".to_owned(),
            Err(error) => error.to_string().replace(&self.path().display().to_string(), "DIR"),
        };
        if found != expected {
            self.wrong.push(format!("{case}:\n  found     {found}\n  expected  {expected}"));
        }
    }

    pub fn finish(self) {
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}
