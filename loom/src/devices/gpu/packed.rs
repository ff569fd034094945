//! Weights as they are stored, in one buffer of words from which the kernels of a forward pass decode.
//!
//! Tensors of one dimension lie as the bits of their `f32` values, and so do tables; of the others come the codes, then scales,
//! zero points and scales of blocks. Each of these begins on 16 bytes.

use crate::dtype::{Encoded, Family, Format, Parts};
use crate::plan::{Param, Plan};
use crate::run::shader::Shader;
use crate::shaders::Storage;
use crate::weights::positions;
use core::fmt::Write as _;
use std::borrow::Cow;

/// A tensor as its network holds it.
pub(crate) enum Stored<'a> {
    /// Its values.
    Values(Cow<'a, [f32]>),
    /// Its codes and scales.
    Encoded(Cow<'a, Encoded>),
}

/// Where the tensors of a plan lie among the words.
pub(crate) struct Locations(Vec<Location>);

struct Location {
    /// Where the tensor is in the plan.
    offset: usize,
    /// Its first word.
    start: usize,
    storage: Storage,
    /// What `shaders/weights/` wants to know of it.
    header: String,
}

/// The words of a network's tensors and of the plan's tables, and their places.
pub(crate) fn packed_words<'a>(
    plan: &Plan,
    tensors: impl Iterator<Item = (&'static Param, Stored<'a>)>,
) -> (Vec<u32>, Locations) {
    let mut words = Words::default();
    let mut places = Vec::new();
    let mut keep = |offset, (start, storage, header)| places.push(Location { offset, start, storage, header });
    for (param, stored) in tensors {
        let tensor = match stored {
            Stored::Values(values) => words.values(&values),
            // Vectors are so small that kernels need not decode them.
            Stored::Encoded(encoded) if param.shape.len() == 1 => words.values(&decoded(&encoded)),
            Stored::Encoded(encoded) => words.encoded(encoded.parts()),
        };
        keep(param.offset, tensor);
    }
    for table in plan.tables {
        let mut values = vec![0.0; table.values()];
        positions::fill(table, &mut values);
        keep(table.offset, words.values(&values));
    }
    (words.0, Locations(places))
}

fn decoded(encoded: &Encoded) -> Vec<f32> {
    let mut values = vec![0.0; encoded.parts().rows * encoded.parts().columns];
    encoded.decode(&mut values);
    values
}

impl Locations {
    /// How a step's kernels read its weight, and the constants that they need.
    pub(crate) fn of(&self, shader: &Shader) -> (Storage, String) {
        let place = |offset| self.0.iter().find(|place| place.offset == offset);
        let header =
            shader.header_at(|offset| place(offset).expect("each parameter and each table has its place").start);
        let weight = shader.params.iter().find(|(name, _)| *name == "WEIGHT");
        match weight.and_then(|&(_, offset)| place(offset)) {
            Some(place) => (place.storage, header + &place.header),
            None => (Storage::Words, header),
        }
    }
}

#[derive(Default)]
struct Words(Vec<u32>);

impl Words {
    /// Appends little-endian numbers, and gives the first word.
    fn bytes(&mut self, bytes: &[u8]) -> usize {
        let start = self.0.len();
        let (whole, rest) = bytes.as_chunks::<4>();
        self.0.extend(whole.iter().map(|&word| u32::from_le_bytes(word)));
        if !rest.is_empty() {
            let mut last = [0; 4];
            last[..rest.len()].copy_from_slice(rest);
            self.0.push(u32::from_le_bytes(last));
        }
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        start
    }

    fn floats(&mut self, values: &[f32]) -> usize {
        let start = self.0.len();
        self.0.extend(values.iter().map(|value| value.to_bits()));
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        start
    }

    fn values(&mut self, values: &[f32]) -> (usize, Storage, String) {
        (self.floats(values), Storage::Words, String::new())
    }

    /// Appends all parts, and gives the first word, the family, and its constants.
    fn encoded(&mut self, parts: &Parts) -> (usize, Storage, String) {
        let start = self.bytes(&parts.data);
        let mut header = Header::default().constant("CODE_BITS", parts.format.bits());
        let storage = match parts.format.family() {
            Family::Float => {
                let [mantissa, bias] = mantissa_and_bias(parts.format);
                header = header.constant("MANTISSA_BITS", mantissa).constant("EXPONENT_BIAS", bias);
                Storage::Floats
            }
            Family::Block => {
                header = header.constant("CODES_PER_ROW", parts.columns.next_multiple_of(2)).scales(parts);
                header = header.constant("SCALES", self.floats(&parts.scale));
                header = header.constant("BLOCK_SCALES", self.bytes(&parts.block_scale));
                Storage::Blocks
            }
            Family::Signed => {
                header = header.scales(parts).constant("SCALES", self.floats(&parts.scale));
                header = header.constant("ZERO_POINTS", 0).flag("UNSIGNED", false);
                Storage::Integers
            }
            Family::Unsigned => {
                header = header.scales(parts).constant("SCALES", self.floats(&parts.scale));
                header = header.constant("ZERO_POINTS", self.bytes(&parts.zero_point)).flag("UNSIGNED", true);
                Storage::Integers
            }
        };
        (start, storage, header.0)
    }
}

/// Bits of a float's mantissa, and what its exponent has in excess.
fn mantissa_and_bias(format: Format) -> [usize; 2] {
    match format {
        Format::F16 => [10, 15],
        Format::BF16 => [7, 127],
        Format::F64 => [52, 1023],
        Format::F32 => [23, 127],
        Format::F4
        | Format::I64
        | Format::I32
        | Format::I16
        | Format::I8
        | Format::U64
        | Format::U32
        | Format::U16
        | Format::U8 => unreachable!("{format} is no float"),
    }
}

#[derive(Default)]
struct Header(String);

impl Header {
    fn constant(mut self, name: &str, value: usize) -> Self {
        writeln!(self.0, "const {name}: u32 = {value}u;").expect("a string takes all");
        self
    }

    fn flag(mut self, name: &str, value: bool) -> Self {
        writeln!(self.0, "const {name}: bool = {value};").expect("a string takes all");
        self
    }

    /// Which scale a weight has.
    fn scales(self, parts: &Parts) -> Self {
        let (group, per_row) = match parts.group {
            0 => (parts.columns, 0),
            group => (group, parts.columns.div_ceil(group)),
        };
        self.constant("GROUP", group).constant("SCALES_PER_ROW", per_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Activation, Dense};
    use crate::plan::{Operand, Role, Slot, Start, Step, Table};
    use crate::run::shader::Base;

    const fn param(name: &'static str, shape: &'static [usize], offset: usize) -> Param {
        Param { name, shape, offset, role: Role::Weight, start: Start::Zeros, fan_in: 1, fan_out: 1 }
    }

    const PARAMS: &[Param] = &[param("weight", &[2, 3], 0), param("bias", &[2], 8)];
    const SLOT: Slot = Slot { len: 1, train: 0, infer: 0, grad: 0 };
    const PLAN: Plan = Plan {
        name: "Net",
        inputs: &[],
        outputs: &[],
        params: PARAMS,
        trained_len: 12,
        tables: &[Table { offset: 12, steps: 1, features: 2 }],
        programs: &[],
        weights_len: 16,
        values: &[SLOT],
        steps: &[],
        input_value: 0,
        output_value: 0,
        train_len: 0,
        infer_len: 0,
        grad_len: 0,
    };

    /// A weight, a bias and a table, in a format.
    fn packed(format: Format) -> (Vec<u32>, Storage, String) {
        let step = Step {
            name: "",
            layer: Dense { rows: 1, inputs: 3, outputs: 2, bias: true, activation: Activation::Identity }.into(),
            operands: &[Operand { value: 0, addend: None }],
            output: 0,
            work: None,
            params: &[0, 1],
            d_params: &[],
            table: None,
            program: None,
        };
        let mut shader = Shader::of(&PLAN, &step, Base::default());
        shader.params.push(("TABLE", 12));
        let weight = Encoded::encode(format, 2, 3, &[1.0, -2.0, 0.5, 3.0, 0.0, -4.0]);
        let bias = Encoded::encode(Format::F16, 2, 1, &[0.25, 7.0]);
        let tensors = PARAMS.iter().zip([weight, bias].map(|encoded| Stored::Encoded(Cow::Owned(encoded))));
        let (words, places) = packed_words(&PLAN, tensors);
        let (storage, header) = places.of(&shader);
        (words, storage, header)
    }

    #[test]
    fn each_part_is_where_the_constants_say() {
        // Words before the bias: codes, scales and zero points, each padded to four.
        let cases = [
            (Format::F64, 12, Storage::Floats),
            (Format::F16, 4, Storage::Floats),
            (Format::I64, 12 + 4, Storage::Integers),
            (Format::U64, 12 + 4 + 4, Storage::Integers),
            (Format::I8, 4 + 4, Storage::Integers),
            (Format::U8, 4 + 4 + 4, Storage::Integers),
            (Format::F4, 4 + 4 + 4, Storage::Blocks),
        ];
        for (format, bias, family) in cases {
            let (words, storage, header) = packed(format);
            assert_eq!(storage, family, "{format}");
            let places = format!(
                "const WEIGHT: u32 = 0u;\nconst BIAS: u32 = {bias}u;\nconst TABLE: u32 = {}u;\nconst ROWS: u32 = 1u;\n",
                bias + 4
            );
            assert!(header.starts_with(&places) && header.contains("\nconst CODE_BITS"), "{format}: {header}");
            assert_eq!(words.len(), bias + 8, "{format}");
            let values = [words[bias], words[bias + 1], words[bias + 5]].map(f32::from_bits);
            assert_eq!(values, [0.25, 7.0, 1.0], "{format}: the bias, and the cosine of 0");
        }
    }
}
