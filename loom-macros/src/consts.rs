//! The constants that a `network!` declares.

use std::collections::HashMap;
use std::fmt::Write;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::ast::Const;
use crate::report::{Errors, nearest};
use crate::size::{ALLOWED, MAX, Size};

/// How many constants may wait for each other.
const MAX_DEPTH: usize = 128;

/// The constants of one `network!`; a constant that could not be evaluated has no value.
#[derive(Clone, Default)]
pub(crate) struct Consts {
    values: HashMap<String, Option<usize>>,
}

impl Consts {
    /// Evaluates every declaration, whatever order they stand in.
    pub(crate) fn new(declarations: &[Const], errors: &mut Errors) -> Self {
        let mut table = HashMap::new();
        for declaration in declarations {
            let name = &declaration.name;
            table.insert(name.unraw().to_string(), declaration);
        }
        let mut pending = Pending { table, done: Consts::default(), path: Vec::new() };
        for declaration in declarations {
            pending.get(&declaration.name, errors);
        }
        pending.done
    }

    /// The value of `size`, or nothing when the reason is in `errors`.
    pub(crate) fn evaluate(&self, size: &Size, errors: &mut Errors) -> Option<usize> {
        let mut lookup = |name: &Ident, errors: &mut Errors| {
            let known = self.values.get(&name.unraw().to_string());
            if known.is_none() {
                unknown(name, self.values.keys(), errors);
            }
            known.copied().flatten()
        };
        let value = size.evaluate(&mut lookup, errors)?;
        // size_c6: a size is at most `MAX`.
        if value > MAX {
            errors.at(size, format!("`{size}` is {value}, but a size is at most {MAX}"));
            return None;
        }
        Some(value)
    }

    /// The same, with the sizes of a block, of which some may not be known.
    pub(crate) fn with<'n>(&self, sizes: impl Iterator<Item = (&'n Ident, Option<usize>)>) -> Self {
        let mut values = self.values.clone();
        values.extend(sizes.map(|(name, value)| (name.unraw().to_string(), value)));
        Self { values }
    }

    /// A constant or a size of this name, and its value where that is known.
    pub(crate) fn get(&self, name: &Ident) -> Option<Option<usize>> {
        self.values.get(&name.unraw().to_string()).copied()
    }
}

/// Constants while they are evaluated.
struct Pending<'a> {
    table: HashMap<String, &'a Const>,
    done: Consts,
    /// The constants that wait for the present one.
    path: Vec<String>,
}

impl Pending<'_> {
    fn get(&mut self, name: &Ident, errors: &mut Errors) -> Option<usize> {
        let key = name.unraw().to_string();
        if let Some(value) = self.done.values.get(&key) {
            return *value;
        }
        let Some(declaration) = self.table.get(&key).copied() else {
            unknown(name, self.table.keys(), errors);
            return None;
        };
        // const_c2: no constant is defined by itself.
        if let Some(start) = self.path.iter().position(|other| *other == key) {
            let cycle = self.path[start..].iter().fold(String::new(), |mut cycle, name| {
                let _ = write!(cycle, "`{name}` needs ");
                cycle
            });
            errors.at(name, format!("`{name}` is defined by itself: {cycle}`{name}`"));
            self.done.values.insert(key, None);
            return None;
        }
        // const_c3: a constant is defined through at most `MAX_DEPTH` others, since each is evaluated inside the one before.
        if self.path.len() == MAX_DEPTH {
            errors.at(
                name,
                format!("`{name}` is needed through more than {MAX_DEPTH} constants; declare it before them"),
            );
            self.done.values.insert(key, None);
            return None;
        }
        self.path.push(key.clone());
        let size = declaration.value.as_ref();
        let value = size.and_then(|size| size.evaluate(&mut |name, e| self.get(name, e), errors));
        self.path.pop();
        *self.done.values.entry(key).or_insert(value)
    }
}

/// Reports a name that is no constant of this `network!`.
fn unknown<'a>(name: &Ident, known: impl Iterator<Item = &'a String>, errors: &mut Errors) {
    // size_c1: a name is a constant of this `network!`.
    let mut known: Vec<&str> = known.map(String::as_str).collect();
    known.sort_unstable();
    let cure = match nearest(&name.to_string(), known).as_slice() {
        [] => ALLOWED.to_owned(),
        near => format!("did you mean `{}`?", near.join("` or `")),
    };
    let message = format!("`{name}` is not a `const` of this `network!`; {cure}");
    errors.at(name, message);
}
