//! F4: `weight = snap((e2m1(code) * e4m3(block_scale)) * scale)`, with a scale for each block and one for the weight.

use super::codec::{Codec, Layout, symmetric_scale};
use super::encoded::Parts;
use super::minifloat::{self, E2M1, E4M3};
use crate::arith::{Arith, Fused};

/// Columns of a block of [`F4`](super::F4); the last block of a row may have fewer.
pub const BLOCK: usize = 16;
const BLOCK_BYTES: usize = BLOCK / 2;

/// The greatest magnitudes of E2M1 and of E4M3.
const GREATEST_CODE: f32 = 6.0;
const GREATEST_BLOCK_SCALE: f32 = 448.0;
/// 2^-6: the least scale of a block that is written, E4M3's least normal number. Below it a scale would have so few digits
/// that decoded weights no longer lead back to it.
const LEAST_BLOCK_SCALE: f64 = 0.015625;
/// The patterns of E4M3 around a block's first scale that are tried: from 3/4 of it, where the greatest weight saturates,
/// to past 3/2, where its code is 4.
const TRIED: core::ops::RangeInclusive<i32> = -3..=7;
/// Significant bits of the weight's scale: with the code's 2 and the block scale's 4, products have fewer than 24.
const SCALE_BITS: u32 = 16;

/// The family of F4.
pub struct Blocks;

impl Codec for Blocks {
    fn layout(rows: usize, columns: usize) -> Layout {
        let (data, block_scale) = (rows * columns.div_ceil(2), rows * columns.div_ceil(BLOCK));
        Layout { data, scale: 1, block_scale, zero_point: 0 }
    }

    fn encode(values: &[f32], parts: &mut Parts) {
        let greatest = greatest_magnitude(values);
        let scale = tensor_scale(greatest);
        // What the greatest weight decodes to.
        let top = GREATEST_CODE * GREATEST_BLOCK_SCALE * scale;
        parts.scale.push(scale);
        for block in values.chunks_exact(parts.columns).flat_map(|row| row.chunks(BLOCK)) {
            // Of the scales with which a block's weights come out the same, one is written: the one that they lead to.
            let (block_scale, codes) = encode_block(block, scale, greatest);
            let decoded: [f32; BLOCK] =
                codes.map(|code| decode(code, minifloat::decode::<E4M3>(block_scale.into()), scale));
            let (block_scale, codes) = encode_block(&decoded[..block.len()], scale, top);
            parts.block_scale.push(block_scale);
            let bytes = codes.as_chunks::<2>().0.iter().map(|[even, odd]| even | (odd << 4));
            parts.data.extend(bytes.take(block.len().div_ceil(2)));
        }
    }

    #[inline(always)]
    fn decode_row(parts: &Parts, row: usize, from: usize, mut output: &mut [f32]) {
        assert!(from + output.len() <= parts.columns);
        let blocks = &parts.block_scale[row * parts.columns.div_ceil(BLOCK)..][..parts.columns.div_ceil(BLOCK)];
        let data = &parts.data[row * parts.columns.div_ceil(2)..][..parts.columns.div_ceil(2)];
        let mut column = from;
        while !output.is_empty() {
            let (block, skipped) = (column / BLOCK, column % BLOCK);
            let values = decode_block(block_bytes(data, block), blocks[block], parts.scale[0]);
            let (now, later) = output.split_at_mut(output.len().min(BLOCK - skipped));
            now.copy_from_slice(&values[skipped..][..now.len()]);
            column += now.len();
            output = later;
        }
    }
}

fn greatest_magnitude(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |greatest, value| value.abs().max(greatest))
}

/// The scale with which the greatest weight is the greatest code in a block of the greatest scale.
fn tensor_scale(magnitude: f32) -> f32 {
    const STEPS: f32 = GREATEST_CODE * GREATEST_BLOCK_SCALE;
    if magnitude == 0.0 {
        return 1.0;
    }
    let scale = symmetric_scale(magnitude, STEPS, SCALE_BITS);
    if Fused::snap(STEPS * scale) == 0.0 { 1.0 } else { scale }
}

/// A block's scale and codes: the scale of those tried with the least squared error; on ties the greatest. A block that
/// holds the weight's greatest magnitude keeps its first scale, so that this magnitude stays what it is.
fn encode_block(weights: &[f32], scale: f32, tensor_greatest: f32) -> (u8, [u8; BLOCK]) {
    let greatest = greatest_magnitude(weights);
    let wanted = f64::from(greatest) / (f64::from(GREATEST_CODE) * f64::from(scale));
    let least = minifloat::encode::<E4M3>(LEAST_BLOCK_SCALE);
    let first = minifloat::encode::<E4M3>(wanted.max(LEAST_BLOCK_SCALE));
    let last = minifloat::encode::<E4M3>(f64::from(GREATEST_BLOCK_SCALE));
    let tried = if greatest >= tensor_greatest { 0..=0 } else { TRIED };
    let patterns = tried.rev().filter_map(|step| first.checked_add_signed(step));
    let mut best = (f64::INFINITY, 0, [0; BLOCK]);
    for pattern in patterns.filter(|pattern| (least..=last).contains(pattern)) {
        let (error, codes) = encode_codes(weights, minifloat::decode::<E4M3>(pattern), scale);
        if error < best.0 {
            best = (error, pattern as u8, codes);
        }
    }
    let (_, pattern, codes) = best;
    (if codes == [0; BLOCK] { 0 } else { pattern }, codes)
}

/// The nearest codes under a block's scale, and their squared error.
fn encode_codes(weights: &[f32], block_scale: f32, scale: f32) -> (f64, [u8; BLOCK]) {
    let unit = f64::from(block_scale) * f64::from(scale);
    let (mut error, mut codes) = (0.0, [0; BLOCK]);
    for (code, &weight) in codes.iter_mut().zip(weights) {
        let nearest = minifloat::encode::<E2M1>(f64::from(weight) / unit) as u8;
        let value = decode(nearest, block_scale, scale);
        *code = if value == 0.0 { 0 } else { nearest };
        let difference = f64::from(weight) - f64::from(value);
        error += difference * difference;
    }
    (error, codes)
}

#[inline(always)]
fn decode(code: u8, block_scale: f32, scale: f32) -> f32 {
    Fused::snap((minifloat::decode::<E2M1>(code.into()) * block_scale) * scale)
}

/// The bytes of a block of a row, followed by zeros where the row ends before the block does.
#[inline(always)]
fn block_bytes(row: &[u8], block: usize) -> [u8; BLOCK_BYTES] {
    let rest = &row[block * BLOCK_BYTES..];
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; BLOCK_BYTES];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    })
}

#[inline(always)]
fn decode_block(bytes: [u8; BLOCK_BYTES], block_scale: u8, scale: f32) -> [f32; BLOCK] {
    let block_scale = minifloat::decode::<E4M3>(block_scale.into());
    core::array::from_fn(|column| decode((bytes[column / 2] >> (column % 2 * 4)) & 15, block_scale, scale))
}
