//! Text for terminals: columns, sizes, and names that a file made up.

use std::fmt::Write;

/// A name or message without the control characters that a hostile file may have put into it.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            let _ = write!(printable, "{}", c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Bytes in units of a thousand.
pub(crate) fn size(bytes: usize) -> String {
    let (bytes, units) = (bytes as f64, [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]);
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.2} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

/// A number of things, `thing` being the word for one.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Characters that a column is wide, at most: a longer cell moves aside the others of its own row, and no others.
const WIDEST: usize = 100;

/// How a column's cells stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of as many cells, the first row a heading, in columns as wide as their widest cell, within a limit. The rows are made
/// twice, so that no more than one is held at a time.
pub(crate) fn table<const N: usize, I: Iterator<Item = [String; N]>>(
    rows: impl Fn() -> I,
    aligned: [Align; N],
) -> String {
    let mut widths = [0; N];
    for row in rows() {
        widths.iter_mut().zip(&row).for_each(|(width, cell)| *width = cell.chars().count().min(WIDEST).max(*width));
    }
    let mut text = String::new();
    for row in rows() {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let _ = match aligned[column] {
                Align::Left => write!(line, "{cell:<width$}  "),
                Align::Right => write!(line, "{cell:>width$}  "),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
