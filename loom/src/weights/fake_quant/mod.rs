//! Fake quantisation: the values that the weights of a network can have in its formats, with their scales and zero points as they
//! are, and rounding to them.

mod codes;
mod round;

use crate::dtype::minifloat::{self, E4M3};
use crate::dtype::{Encoded, Family, Format, Parts, Precision};
use crate::error::Error;
use crate::kernels::{CHUNKS, Threads, run_kernel};
use crate::numerics::arith::{Arith, Fused};
use crate::numerics::fingerprint::Fingerprint;
use crate::plan::{Param, Plan};
use crate::weights::model::Model;
use crate::weights::{Weights, WeightsOf};
use hmac_sha256::Hash as Sha256;
pub(crate) use round::{Quantizer, Scale};

/// Multiply-adds that rounding one weight costs, for the choice of threads.
const COST: usize = 8;

/// Fake quantisation of all tensors of a network.
#[derive(Debug)]
pub(crate) struct FakeQuant {
    plan: &'static Plan,
    pub(crate) tensors: Vec<FakeQuantTensor>,
    /// The scales of all tensors, one tensor after the other.
    pub(crate) scales: Vec<Scale>,
    /// What each tensor is encoded with, unless it is stored as F32.
    encoded: Vec<Option<Encoded>>,
}

/// Fake quantisation of one tensor.
#[derive(Debug)]
pub(crate) struct FakeQuantTensor {
    pub(crate) param: &'static Param,
    pub(crate) quantizer: Quantizer,
    /// Columns that share a scale.
    pub(crate) group: usize,
    /// Scales of a row; 0 where all rows have the same.
    pub(crate) row_scales: usize,
    /// The first of its scales.
    pub(crate) first: usize,
}

impl FakeQuant {
    /// That of a network's weights.
    pub(crate) fn new<P: Precision>(weights: &Weights<P>) -> Self {
        let encoded: Vec<_> = weights.plan().params.iter().map(|param| weights.encoding(param)).collect();
        let (mut tensors, mut scales) = (Vec::new(), Vec::new());
        for (param, encoded) in weights.plan().params.iter().zip(&encoded) {
            let first = scales.len();
            let (quantizer, group) = match encoded {
                Some(encoded) => append_scales(encoded.parts(), &mut scales),
                None => append_float_scale(Format::F32, &mut scales),
            };
            // One scale for the whole tensor is no part of a row.
            let (group, row_scales) = match group {
                0 => (param.columns(), 0),
                group => (group, param.columns().div_ceil(group)),
            };
            tensors.push(FakeQuantTensor { param, quantizer, group, row_scales, first });
        }
        FakeQuant { plan: weights.plan(), tensors, scales, encoded }
    }

    /// Rounds the master weights; those beyond the greatest code of their sign are held to it. Both are flat buffers of the
    /// plan.
    pub(crate) fn round(&self, threads: &Threads, master: &mut [f32], rounded: &mut [f32]) {
        for tensor in &self.tensors {
            let (columns, range) = (tensor.param.columns(), tensor.param.range());
            let parts = [&mut master[range.clone()], &mut rounded[range]];
            threads.split_all_mut(parts, [columns; 2], columns * COST, CHUNKS, |row, [master, rounded]| {
                tensor.round_rows(&self.scales[tensor.first + row * tensor.row_scales..], master, rounded);
            });
        }
    }

    /// Gives a network the codes of master weights; its biases and other F32 tensors as they are.
    ///
    /// # Errors
    /// [`Error::Weight`] where one decodes to what is infinite or not a number.
    pub(crate) fn write<N: Model>(&self, master: &[f32], net: &mut N) -> Result<(), Error> {
        let mut weights = Weights::clone(net.own_weights());
        for (index, tensor) in self.tensors.iter().enumerate() {
            let (param, values) = (tensor.param, &master[tensor.param.range()]);
            match &self.encoded[index] {
                Some(encoded) => weights.encode(param, &self.encode(tensor, encoded.parts(), values)?),
                None => weights.store(param, values.iter().copied())?,
            }
        }
        *net.weights_mut() = WeightsOf::new(weights)?;
        Ok(())
    }

    /// SHA-256 of formats and scales: equal where they are.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for FakeQuantTensor { param, quantizer, group, row_scales, first } in &self.tensors {
            let Quantizer { bits, least, scale } = quantizer;
            let scale = scale.to_bits();
            hash.update(format!("{} {bits} {least} {scale:08x} {group} {row_scales} {first}\n", param.name));
        }
        hash.update(bytemuck::cast_slice::<Scale, u8>(&self.scales));
        Fingerprint(hash.finalize())
    }

    /// The weights of a network as F32, rounded to its codes.
    pub(crate) fn decoded<P: Precision>(&self, own: &Weights<P>) -> Result<Weights, Error> {
        let mut weights = Weights::zeroed(self.plan);
        for (param, values) in own.tensors() {
            weights.store(param, values.iter().copied())?;
        }
        Ok(weights)
    }
}

impl FakeQuantTensor {
    /// Rounds rows of the tensor, with their scales.
    fn round_rows(&self, scales: &[Scale], master: &mut [f32], rounded: &mut [f32]) {
        let &FakeQuantTensor { param, quantizer, group, row_scales, .. } = self;
        let columns = param.columns();
        run_kernel!(Fused, move || {
            let rows = master.chunks_exact_mut(columns).zip(rounded.chunks_exact_mut(columns));
            for (row, (master, rounded)) in rows.enumerate() {
                let groups = master.chunks_mut(group).zip(rounded.chunks_mut(group));
                for ((master, rounded), &scale) in groups.zip(&scales[row * row_scales..]) {
                    for (master, rounded) in master.iter_mut().zip(rounded) {
                        (*rounded, *master) = quantizer.round(*master, scale);
                    }
                }
            }
        });
    }

    /// The constants of the kernel that rounds the tensor.
    #[cfg(feature = "gpu")]
    pub(crate) fn header(&self) -> String {
        let FakeQuantTensor { param, quantizer: Quantizer { bits, least, scale }, group, row_scales, first } = self;
        let numbers = [
            ("WEIGHT", param.offset),
            ("LEN", param.len()),
            ("COLUMNS", param.columns()),
            ("GROUP", *group),
            ("ROW_SCALES", *row_scales),
            ("FIRST", *first),
        ];
        let numbers = numbers.map(|(name, number)| format!("const {name}: u32 = {number}u;\n")).concat();
        format!("{numbers}const BITS: i32 = {bits};\nconst LEAST: i32 = {least};\nconst SCALE: f32 = {scale:?}f;\n")
    }
}

/// Appends the scales of a tensor; gives how it rounds, and how many columns share a scale (0 where all weights do).
fn append_scales(parts: &Parts, scales: &mut Vec<Scale>) -> (Quantizer, usize) {
    match parts.format.family() {
        Family::Float => append_float_scale(parts.format, scales),
        Family::Block => {
            let quantizer = Quantizer { bits: 1, least: -1, scale: parts.scale[0] };
            let factors = parts.block_scale.iter().map(|&pattern| minifloat::decode::<E4M3>(pattern.into()));
            scales.extend(factors.map(|factor| scale(quantizer, factor, [6.0, 6.0])));
            (quantizer, parts.group)
        }
        Family::Signed | Family::Unsigned => {
            let quantizer = Quantizer { bits: 23, least: 0, scale: 1.0 };
            let limits = (0..parts.scale.len()).map(|index| codes::limits(parts, index));
            scales.extend(parts.scale.iter().zip(limits).map(|(&factor, limits)| scale(quantizer, factor, limits)));
            (quantizer, parts.group)
        }
    }
}

/// Appends the one scale of a float format.
fn append_float_scale(format: Format, scales: &mut Vec<Scale>) -> (Quantizer, usize) {
    let (bits, least, limit) = match format {
        Format::F16 => (10, -24, 65504.0),
        Format::BF16 => (7, -100, f32::from_bits(0x7f7f_0000)),
        Format::F64 | Format::F32 => (23, -100, f32::INFINITY),
        Format::F4
        | Format::I64
        | Format::I32
        | Format::I16
        | Format::I8
        | Format::U64
        | Format::U32
        | Format::U16
        | Format::U8 => unreachable!("{format} is no float"),
    };
    scales.push(Scale { inverse: 1.0, factor: 1.0, below: limit, above: limit });
    (Quantizer { bits, least, scale: 1.0 }, 0)
}

/// A scale with the greatest codes on both sides of 0.
fn scale(quantizer: Quantizer, factor: f32, [below, above]: [f32; 2]) -> Scale {
    let greatest = below.max(above);
    let vanishes = Fused::flush(greatest * factor * quantizer.scale) == 0.0;
    let inverse = (1.0 / (f64::from(factor) * f64::from(quantizer.scale))) as f32;
    // Above 2^126 the reciprocal is subnormal, which a GPU may take for 0.
    let inverse = if vanishes { 0.0 } else { inverse.max(f32::MIN_POSITIVE) };
    Scale { inverse, factor, below, above }
}
