//! F4: `weight = snap((e2m1(code) * e4m3(block_scale)) * scale)`, with a scale for each block and one for the weight.

use super::codec::{Choice, Codec, Lengths, Search, symmetric_scale};
use super::encoded::{Parts, scales};
use super::minifloat::{self, E2M1, E4M3};
use crate::numerics::arith::{Arith, Fused};

/// Columns of a block of [`F4`](super::F4) where no other group is chosen; the last block of a row may have fewer.
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
    fn layout(rows: usize, columns: usize, group: usize) -> Lengths {
        let (data, block_scale) = (rows * columns.div_ceil(2), scales(rows, columns, group));
        Lengths { data, scale: 1, block_scale, zero_point: 0 }
    }

    fn fit(values: &mut [f32], choice: Choice<'_>, parts: &mut Parts) {
        let greatest = greatest_magnitude(values);
        let scale = tensor_scale(greatest);
        // What the greatest weight decodes to.
        let top = GREATEST_CODE * GREATEST_BLOCK_SCALE * scale;
        parts.scale.push(scale);
        for span in parts.spans() {
            let (first, weights) = (span.start, &mut values[span]);
            let importance = |i: usize| choice.importance((first + i) % parts.columns);
            let mut round = |tensor_greatest: f32| {
                let pattern = fit_block(weights, scale, tensor_greatest, choice.search, importance);
                let block_scale = minifloat::decode::<E4M3>(pattern.into());
                weights
                    .iter_mut()
                    .for_each(|weight| *weight = decode(encode(*weight, block_scale, scale), block_scale, scale));
                pattern
            };
            // Of the scales with which a block's weights come out the same, one is written: the one that they lead to.
            round(greatest);
            parts.block_scale.push(round(top));
        }
    }

    fn nearest(parts: &Parts, row: usize, column: usize, value: f32) -> f32 {
        let pattern = parts.block_scale[parts.group_of(row, column)];
        let block_scale = minifloat::decode::<E4M3>(pattern.into());
        decode(encode(value, block_scale, parts.scale[0]), block_scale, parts.scale[0])
    }

    fn encode(values: &[f32], parts: &mut Parts) {
        for (row, weights) in values.chunks_exact(parts.columns).enumerate() {
            let code = |column: usize, weight: f32| {
                let pattern = parts.block_scale[parts.group_of(row, column)];
                encode(weight, minifloat::decode::<E4M3>(pattern.into()), parts.scale[0])
            };
            let pairs = weights.chunks(2).enumerate().map(|(pair, weights)| {
                let odd = weights.get(1).map_or(0, |&weight| code(2 * pair + 1, weight));
                code(2 * pair, weights[0]) | (odd << 4)
            });
            parts.data.extend(pairs.collect::<Vec<u8>>());
        }
    }

    #[inline(always)]
    fn decode_row(parts: &Parts, row: usize, from: usize, mut output: &mut [f32]) {
        assert!(from + output.len() <= parts.columns);
        let data = &parts.data[row * parts.columns.div_ceil(2)..][..parts.columns.div_ceil(2)];
        let mut column = from;
        while !output.is_empty() {
            // Groups of more than 16 columns end where one of 16 does, or with the row.
            let (block, skipped) = (column / BLOCK, column % BLOCK);
            let values =
                decode_block(block_bytes(data, block), parts.block_scale[parts.group_of(row, column)], parts.scale[0]);
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

/// A block's scale: of those tried the one with the least squared error, on ties the greatest; 0 where all weights are
/// rounded to 0. A block that holds the weight's greatest magnitude keeps its first scale, so that this magnitude stays what
/// it is.
fn fit_block(
    weights: &[f32],
    scale: f32,
    tensor_greatest: f32,
    search: Search,
    importance: impl Fn(usize) -> f64,
) -> u8 {
    let greatest = greatest_magnitude(weights);
    let wanted = f64::from(greatest) / (f64::from(GREATEST_CODE) * f64::from(scale));
    let least = minifloat::encode::<E4M3>(LEAST_BLOCK_SCALE);
    let first = minifloat::encode::<E4M3>(wanted.max(LEAST_BLOCK_SCALE));
    let last = minifloat::encode::<E4M3>(f64::from(GREATEST_BLOCK_SCALE));
    let tried = if search == Search::Greatest || greatest >= tensor_greatest { 0..=0 } else { TRIED };
    let patterns = tried.rev().filter_map(|step| first.checked_add_signed(step));
    let mut best = (f64::INFINITY, 0, false);
    for pattern in patterns.filter(|pattern| (least..=last).contains(pattern)) {
        let block_scale = minifloat::decode::<E4M3>(pattern);
        let (mut error, mut is_zero) = (0.0, true);
        for (i, &weight) in weights.iter().enumerate() {
            let code = encode(weight, block_scale, scale);
            let difference = f64::from(weight) - f64::from(decode(code, block_scale, scale));
            error += importance(i) * difference * difference;
            is_zero &= code == 0;
        }
        if error < best.0 {
            best = (error, pattern as u8, is_zero);
        }
    }
    let (_, pattern, is_zero) = best;
    if is_zero { 0 } else { pattern }
}

/// The nearest code under a block's scale; that of 0 where it would decode to 0.
fn encode(weight: f32, block_scale: f32, scale: f32) -> u8 {
    let unit = f64::from(block_scale) * f64::from(scale);
    if unit == 0.0 {
        return 0;
    }
    let nearest = minifloat::encode::<E2M1>(f64::from(weight) / unit) as u8;
    if decode(nearest, block_scale, scale) == 0.0 { 0 } else { nearest }
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
