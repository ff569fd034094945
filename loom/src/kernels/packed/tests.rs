//! Packed weights give back what was packed, and decode to the bits of their format.

use super::*;
use crate::kernels::{Matrix, Operand, Span, Weight, by_isa, run_on};
use crate::weights::quantize::{Granularity, Rounding};

/// Values of both signs and many magnitudes, some of them 0.
fn values(len: usize) -> Vec<f32> {
    (0..len).map(|i| (((i * 37 + 11) % 101) as f32 - 50.0) * [1.0, 0.01, 3e-5][i % 3]).collect()
}

/// Which weights share a scale; what is usual in the format first.
const GRANULARITIES: [Option<Granularity>; 5] = [
    None,
    Some(Granularity::PerTensor),
    Some(Granularity::PerChannel),
    Some(Granularity::Block16),
    Some(Granularity::Block32),
];

const SHAPES: [[usize; 2]; 9] = [[1, 1], [3, 1], [1, 17], [16, 16], [17, 9], [33, 40], [40, 7], [64, 5], [10, 65]];

#[test]
fn what_is_packed_comes_back() {
    for (&format, granularity) in Format::ALL.iter().flat_map(|format| GRANULARITIES.map(|g| (format, g))) {
        for [rows, columns] in SHAPES {
            let rounding = granularity.map_or(Rounding::new(), |granularity| Rounding::new().granularity(granularity));
            // Floats have no scales.
            let Ok(encoded) = rounding.encode(format, [rows, columns], &values(rows * columns)) else { continue };
            let packed = Packed::new(&encoded);
            assert!(packed.encoded() == encoded, "{format}, {rows} x {columns}");
            assert_eq!(packed.bytes(), encoded.bytes(), "{format}, {rows} x {columns}");
            let (mut expected, mut found) = (vec![0.0; rows * columns], vec![0.0_f32; rows * columns]);
            encoded.decode(&mut expected);
            packed.decode(&mut found);
            assert_eq!(found, expected, "{format}, {rows} x {columns}");
            for row in 0..rows {
                let found = &mut found[..columns - columns / 3];
                packed.decode_row(row, columns / 3, found);
                assert_eq!(found, &expected[row * columns..][..columns][columns / 3..], "{format}, row {row}");
            }
        }
    }
}

/// Any codes and scales, as a file may have them: -0, values below 2^-60, products that are rounded.
#[test]
fn codes_of_others_decode_as_they_do() {
    let mut word = 1_u64;
    let mut byte = || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (word >> 56) as u8
    };
    let mut taken = 0;
    for &format in Format::ALL {
        for scale in [1.0, 1.0 / 3.0, 3.7e-19, f32::MIN_POSITIVE] {
            for [rows, columns] in SHAPES {
                let mut parts = Encoded::encode(format, rows, columns, &values(rows * columns)).into_parts();
                parts.data.iter_mut().for_each(|code| *code = byte());
                parts.scale.iter_mut().for_each(|value| *value = scale);
                parts.zero_point.iter_mut().for_each(|zero| *zero = byte());
                parts.block_scale.iter_mut().for_each(|block| *block = byte() % 0x7f);
                // A column of padding is 0 in what is written again.
                if format == Format::F4 && columns % 2 == 1 {
                    parts.data.chunks_exact_mut(columns.div_ceil(2)).for_each(|row| row[columns / 2] &= 15);
                }
                // Some patterns of floats are infinite.
                let Ok(encoded) = Encoded::from_parts(parts) else { continue };
                let packed = Packed::new(&encoded);
                let (mut expected, mut found) = (vec![0.0; rows * columns], vec![0.0_f32; rows * columns]);
                encoded.decode(&mut expected);
                packed.decode(&mut found);
                let [expected, found] = [expected, found].map(|values| values.iter().map(|v| v.to_bits()).collect());
                let same: (Vec<u32>, Vec<u32>) = (expected, found);
                assert_eq!(same.1, same.0, "{format}, {rows} x {columns}, {scale}");
                taken += 1;
            }
        }
    }
    assert!(taken > 300, "{taken} weights");
}

/// Panels of all columns from one on, by one instruction set.
struct Panels<'a> {
    weight: Weight<'a, f32>,
    columns: Span,
    rows: Span,
}

impl crate::kernels::Task<crate::numerics::arith::Fused, Vec<f32>> for Panels<'_> {
    #[inline(always)]
    fn run<I: crate::kernels::Isa>(self) -> Vec<f32> {
        by_isa!(I, self.panel::<I, 32>(), self.panel::<I, 16>(), self.panel::<I, 8>())
    }
}

impl Panels<'_> {
    #[inline(always)]
    fn panel<I: crate::kernels::Isa, const WIDTH: usize>(self) -> Vec<f32> {
        let rows = Span { len: self.rows.len.min(WIDTH), ..self.rows };
        let mut panel = vec![f32::NAN; self.columns.len * WIDTH];
        self.weight.pack_rows::<I, WIDTH>(self.columns, rows, &mut panel);
        panel.chunks(WIDTH).flat_map(|line| line[..rows.len].to_vec()).collect()
    }
}

#[test]
fn panels_are_those_of_the_values() {
    for &format in Format::ALL {
        for [rows, columns] in SHAPES {
            let encoded = Encoded::encode(format, rows, columns, &values(rows * columns));
            let packed = Packed::new(&encoded);
            let mut decoded = vec![0.0; rows * columns];
            encoded.decode(&mut decoded);
            let plain = Matrix::rows(&decoded, columns);
            for first in (0..rows).step_by(6) {
                let rows = Span { start: first, len: rows - first };
                let columns = Span { start: columns / 3, len: columns - columns / 3 };
                for isa in 0..3 {
                    let [expected, found] = [Weight::Plain(plain), Weight::Packed(&packed)]
                        .map(|weight| run_on(isa, Panels { weight, columns, rows }));
                    assert_eq!(found, expected, "{format}, rows from {first}, instruction set {isa}");
                }
            }
            let transposed: f32 = crate::kernels::packed::Transposed(&packed).at(columns - 1, rows - 1);
            assert_eq!(transposed, decoded[rows * columns - 1], "{format}");
        }
    }
}
