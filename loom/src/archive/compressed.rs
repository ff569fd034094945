//! The forms of compressed-tensors for the weight of a `Linear` layer. See the [module](super).

use crate::dtype::Dtype;
use crate::dtype::{BLOCK, Encoded, Format, Parts};
use crate::files::file::{Entry, little_endian};
use std::fmt::Write;

/// What the name of a weight ends in that has a form there.
const WEIGHT: &str = ".weight";

/// Whether there is a form for weights of a format.
pub(super) fn has(format: Format) -> bool {
    matches!(format, Format::I8 | Format::U8 | Format::F4)
}

/// Whether a weight has a form: a layer's matrix.
pub(super) fn takes(name: &str, shape: &[usize], format: Format) -> bool {
    name.ends_with(WEIGHT) && shape.len() == 2 && has(format)
}

/// What shares a scale in the form of a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    Tensor,
    Channel,
    /// So many columns.
    Group(usize),
    /// 16 columns, in NVFP4.
    Blocks,
}

/// What shares a scale of an encoded weight; none where the form is for whole groups alone and the last one is not.
pub(super) fn strategy(parts: &Parts) -> Option<Strategy> {
    let is_whole = |group| parts.columns.is_multiple_of(group);
    match parts.group {
        _ if parts.format == Format::F4 => is_whole(BLOCK).then_some(Strategy::Blocks),
        0 => Some(Strategy::Tensor),
        group if group == parts.columns => Some(Strategy::Channel),
        group => is_whole(group).then_some(Strategy::Group(group)),
    }
}

/// The tensors of a weight of that strategy.
pub(super) fn entries(name: &str, encoded: &Encoded, strategy: Strategy) -> Vec<Entry<'static>> {
    let parts = encoded.parts();
    let (rows, columns) = (parts.rows, parts.columns);
    let scales = match strategy {
        Strategy::Tensor => vec![1],
        Strategy::Channel => vec![rows, 1],
        Strategy::Group(_) => vec![rows, parts.groups()],
        Strategy::Blocks => vec![rows, columns / BLOCK],
    };
    let entry = |suffix, dtype, shape: &[usize], bytes: Vec<u8>| Entry {
        name: format!("{name}{suffix}").into(),
        dtype,
        shape: shape.to_vec(),
        bytes: bytes.into(),
    };
    let scale = || entry("_scale", Dtype::F32, &scales, little_endian(&parts.scale).into_owned());
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 0x80).collect();
    match parts.format {
        Format::F4 => {
            // Blocks that share a scale here have the same one each.
            let blocks = (0..rows).flat_map(|row| (0..columns).step_by(BLOCK).map(move |column| (row, column)));
            let block_scale = blocks.map(|(row, column)| parts.block_scale[parts.group_of(row, column)]).collect();
            vec![
                entry("_packed", Dtype::U8, &[rows, columns / 2], parts.data.clone()),
                entry("_scale", Dtype::F8_E4M3, &scales, block_scale),
                entry("_global_scale", Dtype::F32, &[1], (1.0 / parts.scale[0]).to_le_bytes().to_vec()),
            ]
        }
        Format::U8 => vec![
            entry("", Dtype::I8, &[rows, columns], signed(&parts.data)),
            scale(),
            entry("_zero_point", Dtype::I8, &scales, signed(&parts.zero_point)),
        ],
        Format::I8 => vec![entry("", Dtype::I8, &[rows, columns], parts.data.clone()), scale()],
        Format::F64
        | Format::F32
        | Format::F16
        | Format::BF16
        | Format::I64
        | Format::I32
        | Format::I16
        | Format::U64
        | Format::U32
        | Format::U16 => unreachable!("{} is no format of compressed-tensors", parts.format),
    }
}

/// The JSON that belongs under `quantization_config` in the model's `config.json`, for the weights of these names and strategies: a
/// group for each strategy.
pub(super) fn config(format: Format, weights: &[(String, Strategy)]) -> String {
    let name = if format == Format::F4 { "nvfp4-pack-quantized" } else { "int-quantized" };
    let mut strategies: Vec<Strategy> = Vec::new();
    for (_, strategy) in weights {
        if !strategies.contains(strategy) {
            strategies.push(*strategy);
        }
    }
    let mut groups = String::new();
    for (index, strategy) in strategies.into_iter().enumerate() {
        let layers = weights.iter().filter(|weight| weight.1 == strategy).map(|(weight, _)| {
            serde_json::to_string(weight.strip_suffix(WEIGHT).unwrap_or(weight)).expect("a name is JSON")
        });
        let layers = layers.collect::<Vec<_>>().join(", ");
        let scheme = scheme(format, strategy);
        let comma = if index == 0 { "" } else { ", " };
        let _ =
            write!(groups, "{comma}\"group_{index}\": {{\"targets\": [{layers}], \"format\": \"{name}\", {scheme}}}");
    }
    format!(
        "{{\"quant_method\": \"compressed-tensors\", \"format\": \"{name}\", \"quantization_status\": \"compressed\", \
         \"config_groups\": {{{groups}}}, \"ignore\": []}}"
    )
}

/// How weights are rounded: in NVFP4 as its preset `NVFP4A16` says, the weights alone; integers as `INT8` says, where what runs
/// it rounds the inputs of each token too, for its readers know these files no other way.
fn scheme(format: Format, strategy: Strategy) -> String {
    let strategy = match strategy {
        Strategy::Blocks => {
            return r#""weights": {"num_bits": 4, "type": "float", "symmetric": true, "strategy": "tensor_group", "group_size": 16, "dynamic": false, "scale_dtype": "torch.float8_e4m3fn"}"#.to_owned();
        }
        Strategy::Tensor => r#""strategy": "tensor""#.to_owned(),
        Strategy::Channel => r#""strategy": "channel""#.to_owned(),
        Strategy::Group(columns) => format!(r#""strategy": "group", "group_size": {columns}"#),
    };
    let symmetric = format != Format::U8;
    format!(
        r#""weights": {{"num_bits": 8, "type": "int", "symmetric": {symmetric}, {strategy}, "dynamic": false}}, "input_activations": {{"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true}}"#
    )
}
