//! `loom convert`: a file's weights in another number format.

use crate::Failure;
use crate::arguments::{Convert, Form};
use crate::text::{count, printable, size};
use loom::archive::{Conversion, Summary};
use std::fmt::Write;

pub(crate) fn run(arguments: &Convert) -> Result<String, Failure> {
    let summary = conversion(arguments)?.convert(&arguments.input, &arguments.output)?;
    Ok(report(arguments, &summary))
}

/// What the arguments ask for.
fn conversion(arguments: &Convert) -> Result<Conversion, Failure> {
    let Convert { dtype, convolutions, form, .. } = *arguments;
    let conversion = Conversion::new(dtype).convolutions(convolutions.unwrap_or(dtype));
    match form {
        Form::Loom => Ok(conversion),
        Form::CompressedTensors if convolutions.is_some() => {
            Err(Failure::Usage("compressed-tensors keeps convolutions in F32; leave out `--convolutions`".to_owned()))
        }
        Form::CompressedTensors => conversion.compressed_tensors().ok_or_else(|| {
            let cure = "write `--dtype I8`, `--dtype U8` or `--dtype F4`";
            Failure::Usage(format!("compressed-tensors has no form for weights of {dtype}; {cure}"))
        }),
    }
}

/// What became of the tensors.
fn report(arguments: &Convert, summary: &Summary) -> String {
    let Summary { converted, kept, copied, bytes_before, bytes_after, config } = summary;
    let dtype = match arguments.convolutions {
        Some(convolutions) => format!("{} and {convolutions}", arguments.dtype),
        None => arguments.dtype.to_string(),
    };
    let mut text = format!("{} in {dtype}", count(converted.len(), "weight"));
    if !kept.is_empty() {
        let _ = write!(text, ", {} in F32", kept.len());
    }
    let _ = writeln!(text, "; {} before, {} now", size(*bytes_before), size(*bytes_after));
    for (name, dtype) in copied {
        let _ = writeln!(text, "copied as it is: {}, {dtype}", printable(name));
    }
    if let Some(config) = config {
        let _ = writeln!(text, "the model's config.json needs:\n\"quantization_config\": {config}");
    }
    text
}
