//! `loom inspect`: a line for each weight and other tensor.

use crate::Failure;
use crate::arguments::Inspect;
use crate::text::{Align, count, printable, size, table};
use loom::archive::{Listed, Listing, inspect};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn run(arguments: &Inspect) -> Result<String, Failure> {
    let listing = inspect(&arguments.file)?;
    Ok(if arguments.json { json(&arguments.file, &listing) } else { columns(&listing) })
}

fn columns(listing: &Listing) -> String {
    let heading = ["tensor", "shape", "dtype", "scales", "zero points", "bits a weight", "bytes"];
    let rows = || std::iter::once(heading.map(str::to_owned)).chain(listing.tensors.iter().map(row));
    let (left, right) = (Align::Left, Align::Right);
    let mut text = table(rows, [left, left, left, left, right, right, right]);
    let _ = writeln!(text, "\n{}", totals(&listing.tensors));
    for (key, value) in &listing.metadata {
        let _ = writeln!(text, "metadata {}: {}", printable(key), printable(value));
    }
    text
}

fn row(tensor: &Listed) -> [String; 7] {
    let scales = tensor.scales.map(|(count, granularity)| format!("{count}, one a {granularity}"));
    let bits = tensor.bits_per_weight().filter(|_| tensor.is_weight).map(|bits| format!("{bits:.2}"));
    [
        printable(&tensor.name),
        format!("{:?}", tensor.shape),
        tensor.dtype.clone(),
        scales.unwrap_or_default(),
        if tensor.zero_points == 0 { String::new() } else { tensor.zero_points.to_string() },
        bits.unwrap_or_default(),
        tensor.bytes.to_string(),
    ]
}

/// All weights, those of them that are quantised, and what else there is.
fn totals(tensors: &[Listed]) -> String {
    let sum = |kind: &dyn Fn(&Listed) -> bool| {
        let of_kind = || tensors.iter().filter(|tensor| kind(tensor));
        (of_kind().count(), of_kind().map(Listed::values).sum::<usize>(), of_kind().map(|tensor| tensor.bytes).sum())
    };
    let (weights, values, bytes): (_, _, usize) = sum(&|tensor| tensor.is_weight);
    let mut text = format!("{}, {}, {}", count(weights, "weight"), count(values, "value"), size(bytes));
    let (quantised, values, bytes) = sum(&|tensor| tensor.scales.is_some());
    if values > 0 {
        let bits = 8.0 * bytes as f64 / values as f64;
        let _ = write!(text, "; {quantised} of them quantised, {} of {bits:.2} bits", count(values, "value"));
    }
    let (others, _, bytes) = sum(&|tensor| !tensor.is_weight);
    if others > 0 {
        let _ = write!(text, "; {}, {}", count(others, "other tensor"), size(bytes));
    }
    text
}

/// The listing as one JSON object, a tensor at a time: of all at once, `Value`s would take many times the text.
fn json(file: &Path, listing: &Listing) -> String {
    let bytes: usize = listing.tensors.iter().map(|tensor| tensor.bytes).sum();
    let head = json!({ "bytes": bytes, "file": file.to_string_lossy(), "metadata": listing.metadata });
    let mut text = format!("{head:#}");
    text.truncate(text.len() - "\n}".len());
    text.push_str(",\n  \"tensors\": [");
    for (i, tensor) in listing.tensors.iter().enumerate() {
        let object = format!("{:#}", object(tensor)).replace('\n', "\n    ");
        let _ = write!(text, "{}\n    {object}", if i == 0 { "" } else { "," });
    }
    text.push_str(if listing.tensors.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    text
}

fn object(tensor: &Listed) -> Value {
    let scales = tensor.scales.map(|(count, per)| json!({ "count": count, "per": per.to_string() }));
    json!({
        "name": tensor.name,
        "shape": tensor.shape,
        "dtype": tensor.dtype,
        "is_weight": tensor.is_weight,
        "scales": scales,
        "zero_points": tensor.zero_points,
        "bits_per_weight": tensor.bits_per_weight(),
        "bytes": tensor.bytes,
        "parts": tensor.parts,
    })
}
