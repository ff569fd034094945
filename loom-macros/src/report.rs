//! The list of errors that a phase adds to, and suggestions for misspelt names.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Gathers every error, so that all of them are reported at once.
#[derive(Default)]
pub(crate) struct Errors {
    errors: Vec<syn::Error>,
}

/// Something is wrong that is among the errors already.
pub(crate) struct Reported;

impl Errors {
    /// Adds an error whose caret is under `place`.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(place, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Adds the errors of another list.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.errors.append(&mut other.errors);
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Number of errors so far.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// The first error.
    pub(crate) fn first(&self) -> Option<&syn::Error> {
        self.errors.first()
    }

    /// One `compile_error!` for each error.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }

    /// The first error's `compile_error!`, and those of the others.
    pub(crate) fn split(self) -> (TokenStream, TokenStream) {
        let mut errors = self.errors.iter().map(syn::Error::to_compile_error);
        (errors.next().unwrap_or_default(), errors.collect())
    }

    /// The errors one by one, for tests that look at their text and place.
    #[cfg(test)]
    pub(crate) fn list(&self) -> &[syn::Error] {
        &self.errors
    }
}

/// The candidates that `name` is most likely a misspelling of: several where they are as near as each other.
///
/// Upper and lower case count as equal. A third of the letters may differ, but no more than two and not the first, which few
/// mistype.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut near: Vec<_> = candidates
        .into_iter()
        .map(|candidate| (candidate.to_lowercase(), candidate))
        .filter(|(lower, _)| lower.chars().next() == name.chars().next())
        .filter(|(lower, _)| lower.len().abs_diff(name.len()) <= 2)
        .map(|(lower, candidate)| (edit_distance(&name, &lower), candidate))
        .filter(|(distance, candidate)| *distance <= (name.len().max(candidate.len()) / 3).min(2))
        .collect();
    let least = near.iter().map(|(distance, _)| *distance).min();
    near.retain(|(distance, _)| Some(*distance) == least);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, j) => j,
                (i, 0) => i,
                _ => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let moved = table[i - 1][j].min(table[i][j - 1]) + 1;
                    let swaps = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    let swapped = if swaps { table[i - 2][j - 2] + 1 } else { usize::MAX };
                    replaced.min(moved).min(swapped)
                }
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{edit_distance, nearest};

    #[test]
    fn distances() {
        let cases = [("", "", 0), ("a", "", 1), ("dense", "dnese", 1), ("conv", "conv2d", 2), ("ab", "cd", 2)];
        for (a, b, expected) in cases {
            assert_eq!(edit_distance(a, b), expected, "{a} {b}");
            assert_eq!(edit_distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn near_names_only() {
        let layers = ["Dense", "Conv2d", "Conv1d", "Relu", "LeakyRelu", "MaxPool2d"];
        let cases: &[(&str, &[&str])] = &[
            ("Desne", &["Dense"]),
            ("ReLU", &["Relu"]),
            ("Conv2D", &["Conv2d"]),
            ("Convd", &["Conv2d", "Conv1d"]),
            ("MaxPool", &["MaxPool2d"]),
            ("Elu", &[]),
            ("Transformer", &[]),
            ("X", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, layers), *expected, "{name}");
        }
    }
}
