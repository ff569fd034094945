//! The forms of compressed-tensors for the weight of a `Linear` layer. See the [module](super).

use crate::dtype::{BLOCK, Encoded, Format};
use crate::file::{Entry, little_endian};
use crate::safetensors::encoded_entries;
use ::safetensors::Dtype;
use std::fmt::Write;

/// What the name of a weight ends in that has a form there.
const WEIGHT: &str = ".weight";

/// Whether there is a form for weights of a format.
pub(super) fn has(format: Format) -> bool {
    matches!(format, Format::I8 | Format::U8 | Format::F4)
}

/// Whether a weight has a form: a layer's matrix, of whole blocks under F4.
pub(super) fn takes(name: &str, shape: &[usize], format: Format) -> bool {
    let is_whole = |columns: usize| format != Format::F4 || columns.is_multiple_of(BLOCK);
    name.ends_with(WEIGHT) && matches!(*shape, [_, columns] if is_whole(columns)) && has(format)
}

/// The tensors of a weight that [`takes`] is true of.
pub(super) fn entries(name: &str, shape: &[usize], encoded: &Encoded) -> Vec<Entry<'static>> {
    let parts = encoded.parts();
    let (rows, columns) = (parts.rows, parts.columns);
    let entry = |suffix, dtype, shape: [usize; 2], bytes: Vec<u8>| Entry {
        name: format!("{name}{suffix}").into(),
        dtype,
        shape: shape.to_vec(),
        bytes: bytes.into(),
    };
    match parts.format {
        Format::F4 => vec![
            entry("_packed", Dtype::U8, [rows, columns / 2], parts.data.clone()),
            entry("_scale", Dtype::F8_E4M3, [rows, columns / BLOCK], parts.block_scale.clone()),
            Entry {
                name: format!("{name}_global_scale").into(),
                dtype: Dtype::F32,
                shape: vec![1],
                bytes: (1.0 / parts.scale[0]).to_le_bytes().to_vec().into(),
            },
        ],
        Format::U8 => {
            let signed = |bytes: &[u8]| bytes.iter().map(|byte| byte ^ 0x80).collect();
            vec![
                entry("", Dtype::I8, [rows, columns], signed(&parts.data)),
                entry("_scale", Dtype::F32, [rows, 1], little_endian(&parts.scale).into_owned()),
                entry("_zero_point", Dtype::I8, [rows, 1], signed(&parts.zero_point)),
            ]
        }
        _ => encoded_entries(name, shape, encoded).collect(),
    }
}

/// The JSON that belongs under `quantization_config` in the model's `config.json`, for the weights of these names.
pub(super) fn config(format: Format, weights: &[String]) -> String {
    let (name, scheme) = match format {
        Format::F4 => ("nvfp4-pack-quantized", NVFP4),
        Format::U8 => ("int-quantized", UNSYMMETRIC),
        _ => ("int-quantized", SYMMETRIC),
    };
    let mut layers = String::new();
    for (index, weight) in weights.iter().enumerate() {
        let layer = serde_json::to_string(weight.strip_suffix(WEIGHT).unwrap_or(weight)).expect("a name is JSON");
        let _ = write!(layers, "{}{layer}", if index == 0 { "" } else { ", " });
    }
    format!(
        "{{\"quant_method\": \"compressed-tensors\", \"format\": \"{name}\", \"quantization_status\": \"compressed\", \
         \"config_groups\": {{\"group_0\": {{\"targets\": [{layers}], \"format\": \"{name}\", {scheme}}}}}, \"ignore\": []}}"
    )
}

/// The preset `NVFP4A16`: the weights alone are rounded.
const NVFP4: &str = r#""weights": {"num_bits": 4, "type": "float", "symmetric": true, "strategy": "tensor_group", "group_size": 16, "dynamic": false, "scale_dtype": "torch.float8_e4m3fn"}"#;
/// The preset `INT8`: what runs it rounds the inputs of each token too, for its readers know these files no other way.
const SYMMETRIC: &str = r#""weights": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "channel", "dynamic": false}, "input_activations": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true}"#;
/// The same, of weights with zero points.
const UNSYMMETRIC: &str = r#""weights": {"num_bits": 8, "type": "int", "symmetric": false, "strategy": "channel", "dynamic": false}, "input_activations": {"num_bits": 8, "type": "int", "symmetric": true, "strategy": "token", "dynamic": true}"#;
