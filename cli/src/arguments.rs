//! The command line of `loom`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use loom::dtype::Format;
use std::path::PathBuf;

/// Lists and converts the weights of neural networks in safetensors files.
///
/// Files may come from Loom, PyTorch, ModelOpt or compressed-tensors.
#[derive(Debug, Parser)]
#[command(name = "loom", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(Inspect),
    Convert(Convert),
}

/// Lists the tensors of a file: shapes, number formats, scales, sizes
///
/// A weight and its scales and zero points are one line. The codes and scales of quantised weights are checked.
#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct Inspect {
    /// The safetensors file
    pub(crate) file: PathBuf,
    /// Prints one JSON object in place of the table
    #[arg(long)]
    pub(crate) json: bool,
}

/// Writes the weights of a file in another number format
///
/// Weights that have the format already keep their codes and scales. Biases and other vectors stay F32 under integers and F4.
/// What is no weight is copied, and so is the metadata. A network of Loom loads what is written with
/// `Net::load_as::<F4>`, exactly as if it had been quantised and saved.
#[derive(Debug, Args)]
#[command(after_help = CONVERT_EXAMPLES)]
pub(crate) struct Convert {
    /// The safetensors file to read
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write, which may be IN: it is replaced once the new one is complete
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// The number format of the weights
    #[arg(long, short, value_parser = format(), ignore_case = true)]
    pub(crate) dtype: Format,
    /// Another one for weights of three and more dimensions, as those of convolutions
    #[arg(long, value_name = "DTYPE", value_parser = format(), ignore_case = true)]
    pub(crate) convolutions: Option<Format>,
    /// Which weights share a scale [default: a channel under integers, 16 under F4]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) granularity: Option<Granularity>,
    /// How scales are found [default: by the greatest magnitude for integers that are not calibrated, else by least squares]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) scales: Option<Scales>,
    /// Rounds weights so that outputs change little (GPTQ), by what their inputs were like: a file that a program with the
    /// network wrote by `net.on(&cpu).calibration(&inputs, 1.0)?.save(FILE)`, with a tensor NAME.hessian [columns, columns] for each
    #[arg(long, value_name = "FILE")]
    pub(crate) calibrate: Option<PathBuf>,
    /// Whose files to write
    #[arg(long, value_enum, default_value_t = Form::Loom)]
    pub(crate) form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Loom's, which its networks load
    Loom,
    /// Those of the package compressed-tensors, for `Linear` layers in I8, U8 or F4; other weights stay F32
    CompressedTensors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Granularity {
    /// All of a tensor
    Tensor,
    /// An output channel
    Channel,
    /// 16 columns of a channel
    #[value(name = "block16")]
    Block16,
    /// 32 columns of a channel
    #[value(name = "block32")]
    Block32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scales {
    /// The greatest magnitude takes the greatest code
    Greatest,
    /// The sum of squared errors is least
    LeastSquares,
}

/// A number format by its name, in any case.
fn format() -> impl TypedValueParser<Value = Format> {
    let names = PossibleValuesParser::new(Format::ALL.iter().map(|format| format.name()));
    names.map(|name| Format::from_name(&name.to_uppercase()).expect("clap takes only names of formats"))
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a file cannot be read, converted or written; OUT is as it was
  2  wrong arguments";

const INSPECT_EXAMPLES: &str = "\
Examples:
  loom inspect digits.safetensors
  loom inspect --json digits.safetensors | jq '.tensors[] | select(.dtype == \"F4\") | .name'";

const CONVERT_EXAMPLES: &str = "\
Examples:
  A trained network at a seventh of its size:
    loom convert digits.safetensors small.safetensors --dtype F4
  The same, with its convolutions in half precision:
    loom convert digits.safetensors small.safetensors --dtype F4 --convolutions F16
  With a scale for each 32 columns, and by what its layers' inputs were like:
    loom convert digits.safetensors small.safetensors --dtype I8 --granularity block32 --calibrate inputs.safetensors
  A quantised file back to F32, in its place:
    loom convert small.safetensors small.safetensors --dtype F32
  For vLLM or transformers; what is printed last belongs into the model's config.json:
    loom convert model.safetensors packed.safetensors --dtype F4 --form compressed-tensors";
