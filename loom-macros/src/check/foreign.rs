//! Layers of other libraries.

use crate::ast::{COMBINATORS, Call, FOREIGN_COMBINATORS, SPLIT, Value};
use crate::entry::{join, product};
use crate::layers::REGISTRY;
use crate::report::nearest;

/// PyTorch's names of layers that Loom calls otherwise.
const SYNONYMS: &[(&str, &str)] = &[
    ("Linear", "Dense"),
    ("Unflatten", "Reshape"),
    ("Swish", "Silu"),
    ("AdaptiveAvgPool1d", "GlobalAvgPool"),
    ("AdaptiveAvgPool2d", "GlobalAvgPool"),
    ("GlobalAveragePooling1D", "GlobalAvgPool"),
    ("GlobalAveragePooling2D", "GlobalAvgPool"),
    ("MaxPooling2D", "MaxPool2d"),
    ("AveragePooling2D", "AvgPool2d"),
    ("Chunk", SPLIT),
];

/// Layers of other libraries that compute what no layer here does, however near the name is to one of these.
const OTHERS: &[&str] = &[
    "Elu",
    "Celu",
    "Selu",
    "Glu",
    "GeGlu",
    "ReGlu",
    "PRelu",
    "RRelu",
    "Relu6",
    "CRelu",
    "Mish",
    "LogSoftmax",
    "Softmin",
    "Softmax2d",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Sparsemax",
    "LogSigmoid",
    "HardSigmoid",
    "HardTanh",
    "Tanhshrink",
    "HardSwish",
    "Threshold",
    "DropBlock",
    "DropPath",
    "AlphaDropout",
    "Dropout1d",
    "Dropout2d",
    "LocalResponseNorm",
    "LpPool1d",
    "LpPool2d",
    "GlobalMaxPool",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "FractionalMaxPool2d",
    "MaxUnpool2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "EmbeddingBag",
    "Bilinear",
    "RnnCell",
    "LstmCell",
    "GruCell",
    "Max",
    "Min",
    "First",
    "Unfold",
    "Fold",
    "Flip",
];

/// The layers and structs that a misspelt name may mean: several where they are as near as each other.
pub(super) fn suggest<'a>(name: &str, structs: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if let Some((_, layer)) =
        SYNONYMS.iter().chain(&FOREIGN_COMBINATORS).find(|(other, _)| other.eq_ignore_ascii_case(name))
    {
        return vec![layer];
    }
    let layers = REGISTRY.iter().map(|entry| entry.name).chain([SPLIT]).chain(COMBINATORS);
    let mut names: Vec<&str> = layers.chain(structs).collect();
    if let Some(name) = names.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return vec![name];
    }
    if OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        return Vec::new();
    }
    // `BatchNorm1d` is not a misspelt `BatchNorm2d`.
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(name);
    names.retain(|other| wanted.is_empty() || digits(other) == wanted);
    nearest(name, names)
}

/// The layers that compute what this one of another library does, for an input of this shape.
pub(super) fn substitute(
    call: &Call,
    name: &str,
    input: Option<&[usize]>,
    size: &mut dyn FnMut(&Value) -> Option<usize>,
) -> Option<String> {
    let layers = match (name, input?) {
        ("MaxPool1d", &[channels, length]) => pool("MaxPool2d", call, [channels, length], size)?,
        ("AvgPool1d", &[channels, length]) => pool("AvgPool2d", call, [channels, length], size)?,
        ("BatchNorm1d", input @ (&[channels] | &[channels, _])) => {
            let (image, back) = (join(&[channels, product(&input[1..]), 1]), join(input));
            format!("Reshape<{image}> -> BatchNorm2d<{channels}> -> Reshape<{back}>")
        }
        _ => return None,
    };
    Some(format!("write `{layers}`"))
}

/// A pool over a length as one over an image of one row.
fn pool(
    name: &str,
    call: &Call,
    [channels, length]: [usize; 2],
    size: &mut dyn FnMut(&Value) -> Option<usize>,
) -> Option<String> {
    let [kernel] = call.positional.as_slice() else { return None };
    let kernel = size(kernel).filter(|kernel| *kernel > 0)?;
    let (mut stride, mut padding, mut options) = (kernel, 0, String::new());
    for (option, value) in &call.options {
        let value = size(value)?;
        let (number, pair) = match option.to_string().as_str() {
            "stride" => (&mut stride, format!("(1, {value})")),
            "padding" => (&mut padding, format!("(0, {value})")),
            _ => return None,
        };
        *number = value;
        options += &format!(", {option} = {pair}");
    }
    let positions = (length + 2 * padding).checked_sub(kernel)?.checked_div(stride)? + 1;
    let fits = padding <= kernel / 2;
    fits.then(|| {
        format!(
            "Reshape<{channels}, 1, {length}> -> {name}<(1, {kernel}){options}> -> Reshape<{channels}, {positions}>"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{FOREIGN_COMBINATORS, OTHERS, REGISTRY, SYNONYMS};

    /// One who misspells a layer that is listed here would not be told its name.
    #[test]
    fn layers_of_other_libraries_are_none_of_these() {
        let synonyms = SYNONYMS.iter().chain(&FOREIGN_COMBINATORS);
        for name in OTHERS.iter().chain(synonyms.map(|(other, _)| other)) {
            let is_ours = REGISTRY.iter().any(|entry| entry.name.eq_ignore_ascii_case(name));
            assert!(!is_ours, "`{name}` is a layer");
        }
    }
}
