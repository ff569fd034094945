//! The thirteen formats against plain references, over shapes and values that are hard on scales.

use loom::Error;
use loom::arith::{Arith, Fused};
use loom::dtype::{BLOCK, DType, Encoded, EncodingError, F4, Format, Parts, U8};
use loom::quantize::{Granularity, Rounding, RoundingError, Search};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Between -1 and 1.
    fn weight(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

struct Case {
    name: String,
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

type Fill = fn(&mut Random, usize) -> f32;

/// What a weight at an index may be.
const FILLS: &[(&str, Fill)] = &[
    ("uniform", |random, _| random.weight()),
    ("positive", |random, _| random.weight().abs() + 0.5),
    ("negative", |random, _| -random.weight().abs() - 0.5),
    ("symmetric", |random, i| if i % 3 == 0 { 1.0 - 2.0 * (i % 2) as f32 } else { random.weight() }),
    ("constant", |_, _| -0.3),
    ("zero", |_, _| 0.0),
    ("minus zero", |_, _| -0.0),
    ("outlier", |random, i| if i == 0 { 3.0e4 } else { random.weight() * 1e-3 }),
    ("every exponent", |random, _| {
        f32::from_bits((random.next() as u32 & 0x807f_ffff) | ((random.below(254) as u32 + 1) << 23))
    }),
    ("every exponent down from 0", |random, i| random.weight() * f32::from_bits((127 - i.min(126) as u32) << 23)),
    ("around the flush", |random, _| random.weight() * 3.0e-18),
    ("at the flush", |_, i| [8.673_617_4e-19, -8.673_618e-19, 8.673_617e-19, 1e-40][i % 4]),
    ("one sign vanishes", |random, i| if i % 2 == 0 { -1e-16 * random.weight().abs() } else { 8.7e-19 }),
    ("small integers", |random, _| random.below(257) as f32 - 128.0),
    ("half steps", |random, _| (random.below(512) as f32 - 255.0) / 2.0),
    ("greatest", |random, _| if random.below(2) == 0 { f32::MAX } else { -f32::MAX }),
    ("near the greatest", |random, _| random.weight() * 3.4e38),
    ("around 65504", |random, _| 65504.0 + 40.0 * random.weight()),
];

const SHAPES: &[(usize, usize)] = &[(1, 1), (1, 2), (3, 17), (5, 16), (2, 31), (17, 257)];

fn cases() -> Vec<Case> {
    let mut random = Random(7);
    let mut cases = Vec::new();
    for &(rows, columns) in SHAPES {
        for (name, fill) in FILLS {
            let mut values: Vec<f32> = (0..rows * columns).map(|index| fill(&mut random, index)).collect();
            cases.push(Case { name: format!("{name} {rows}x{columns}"), rows, columns, values: values.clone() });
            values.iter_mut().step_by(2).for_each(|value| *value = 0.0);
            values[columns - 1..].iter_mut().take(columns).for_each(|value| *value = 0.0);
            cases.push(Case { name: format!("{name} and zeros {rows}x{columns}"), rows, columns, values });
        }
    }
    cases
}

fn encode(format: Format, case: &Case) -> Encoded {
    Encoded::encode(format, case.rows, case.columns, &case.values)
}

fn decode(encoded: &Encoded) -> Vec<f32> {
    let mut values = vec![f32::NAN; encoded.parts().rows * encoded.parts().columns];
    encoded.decode(&mut values);
    values
}

fn for_all(formats: &[Format], check: impl Fn(&str, Format, &Case)) {
    for case in cases() {
        for &format in formats {
            check(&format!("{format} {}", case.name), format, &case);
        }
    }
}

fn assert_same_bits(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            f.to_bits() == e.to_bits(),
            "{what} at {index}: {f:e} ({:x}), not {e:e} ({:x})",
            f.to_bits(),
            e.to_bits()
        );
    }
}

#[test]
fn names_and_bits() {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    assert_eq!(names.join(" "), "F64 F32 F16 BF16 F4 I64 I32 I16 I8 U64 U32 U16 U8");
    let bits: Vec<usize> = Format::ALL.iter().map(|format| format.bits()).collect();
    assert_eq!(bits, [64, 32, 16, 16, 4, 64, 32, 16, 8, 64, 32, 16, 8]);
    assert!(Format::ALL.iter().all(|&format| Format::from_name(format.name()) == Some(format)));
    assert_eq!(Format::from_name("f32"), None);
    assert_eq!((F4::NAME, F4::BITS, U8::FORMAT), ("F4", 4, Format::U8));
}

#[test]
fn encoding_what_was_decoded_changes_nothing() {
    for_all(Format::ALL, |what, format, case| {
        let first = encode(format, case);
        let values = decode(&first);
        assert!(values.iter().all(|value| value.is_finite()), "{what}");
        let second = Encoded::encode(format, case.rows, case.columns, &values);
        assert_same_bits(what, &decode(&second), &values);
        assert_eq!(first.parts(), second.parts(), "{what}");
        assert_eq!(Encoded::from_parts(first.parts().clone()).as_ref(), Ok(&first), "{what}");
    });
}

#[test]
fn decoded_values_are_flushed() {
    for_all(Format::ALL, |what, format, case| {
        let values = decode(&encode(format, case));
        let flushed: Vec<f32> = values.iter().map(|&value| Fused::flush(value)).collect();
        assert_same_bits(what, &values, &flushed);
    });
}

#[test]
fn any_columns_of_a_row_decode_alike() {
    for_all(Format::ALL, |what, format, case| {
        let encoded = encode(format, case);
        let values = decode(&encoded);
        for (row, whole) in values.chunks(case.columns).enumerate() {
            let from = (row * 7) % (case.columns + 1);
            let end = from + (row * 13 + 5) % (case.columns - from + 1);
            let mut part = vec![f32::NAN; end - from];
            encoded.decode_row(row, from, &mut part);
            assert_same_bits(what, &part, &whole[from..end]);
        }
    });
}

#[test]
fn f64_and_f32_are_exact() {
    for_all(&[Format::F64, Format::F32], |what, format, case| {
        let flushed: Vec<f32> = case.values.iter().map(|&value| Fused::flush(value)).collect();
        assert_same_bits(what, &decode(&encode(format, case)), &flushed);
    });
}

#[test]
fn half_floats_are_the_half_crates() {
    let f16 = |x: f32| half::f16::from_f32_const(x.clamp(-65504.0, 65504.0)).to_f32();
    let greatest = half::bf16::MAX.to_f32();
    let bf16 = |x: f32| half::bf16::from_f32_const(x.clamp(-greatest, greatest)).to_f32();
    for_all(&[Format::F16, Format::BF16], |what, format, case| {
        let expected = case.values.iter().map(|&x| Fused::flush(x));
        let expected = expected.map(|x| Fused::flush(if format == Format::F16 { f16(x) } else { bf16(x) }));
        assert_same_bits(what, &decode(&encode(format, case)), &expected.collect::<Vec<_>>());
    });
}

/// The parts of one row that holds every pattern which `keep` wants.
fn patterns(format: Format, keep: impl Fn(u16) -> bool) -> Parts {
    let patterns: Vec<u16> = (0..=u16::MAX).filter(|&pattern| keep(pattern)).collect();
    let bytes = |pattern: &u16| pattern.to_le_bytes().into_iter().take(format.bits() / 8);
    let data: Vec<u8> = patterns.iter().flat_map(bytes).collect();
    let (scale, block_scale, zero_point) = Default::default();
    Parts { format, rows: 1, columns: patterns.len(), group: patterns.len(), data, scale, block_scale, zero_point }
}

#[test]
fn every_pattern_of_half_floats_comes_back() {
    for (format, infinity) in [(Format::F16, 0x7c00), (Format::BF16, 0x7f80)] {
        let parts = patterns(format, |pattern| pattern & 0x7fff < infinity);
        let value = |pattern: u16| match format {
            Format::F16 => half::f16::from_bits(pattern).to_f32(),
            _ => half::bf16::from_bits(pattern).to_f32(),
        };
        let kept = |pattern: u16| Fused::flush(value(pattern)) != 0.0;
        let encoded = Encoded::from_parts(parts.clone()).unwrap();
        let values = decode(&encoded);
        let again = Encoded::encode(format, 1, values.len(), &values);
        let codes = |parts: &Parts| -> Vec<u16> {
            parts.data.as_chunks::<2>().0.iter().map(|&bytes| u16::from_le_bytes(bytes)).collect()
        };
        for (from, to) in codes(&parts).into_iter().zip(codes(again.parts())) {
            assert_eq!(to, if kept(from) { from } else { 0 }, "{format} {from:x}");
        }
        let all = patterns(format, |_| true);
        assert!(matches!(Encoded::from_parts(all), Err(EncodingError::Value { .. })), "{format}");
    }
}

#[test]
fn every_pattern_of_integers_comes_back() {
    for format in [Format::I16, Format::I8, Format::U16, Format::U8] {
        let bits = format.bits() as u32;
        let signed = format.name().starts_with('I');
        let least = 1_u16 << (bits - 1);
        let mut parts = patterns(format, |pattern| u32::from(pattern) < 1 << bits && !(signed && pattern == least));
        for (scale, zero) in [(1.0, 0_u16), (0.125, 3), (1.5, 100), (2.0_f32.powi(100), 255)] {
            parts.scale = vec![scale];
            parts.zero_point = if signed { vec![] } else { zero.to_le_bytes()[..bits as usize / 8].to_vec() };
            let encoded = Encoded::from_parts(parts.clone()).unwrap();
            let values = decode(&encoded);
            for (index, &value) in values.iter().enumerate() {
                let code =
                    if signed && index >= least as usize { index as i64 + 1 - (1 << bits) } else { index as i64 };
                let exact = (code - if signed { 0 } else { i64::from(zero) }) as f64 * f64::from(scale);
                assert_eq!(f64::from(value), exact, "{format} {index}");
            }
            let again = Encoded::encode(format, 1, values.len(), &values);
            assert_eq!(again.parts(), encoded.parts(), "{format}");
        }
    }
}

/// Scales and errors of 8 and 16 bits. Rows whose extremes decode to 0, or nearly to infinity, have smaller scales.
#[test]
fn small_integers_are_the_formula() {
    for_all(&[Format::I16, Format::I8, Format::U16, Format::U8], |what, format, case| {
        let encoded = encode(format, case);
        let decoded = decode(&encoded);
        let signed = format.name().starts_with('I');
        let steps = 2_f64.powi(format.bits() as i32 - i32::from(signed)) - 1.0;
        for (row, (weights, values)) in case.values.chunks(case.columns).zip(decoded.chunks(case.columns)).enumerate() {
            let weights: Vec<f64> = weights.iter().map(|&w| f64::from(Fused::flush(w))).collect();
            let least = weights.iter().fold(0.0, |a: f64, &b| a.min(b));
            let greatest = weights.iter().fold(0.0, |a: f64, &b| a.max(b));
            let range = if signed { greatest.max(-least) } else { greatest - least };
            let vanishes = |x: f64| x != 0.0 && weights.iter().zip(values).any(|(w, v)| *w == x && *v == 0.0);
            let huge = greatest.max(-least) > 3.3e38;
            let slack = if huge {
                1.51
            } else if format == Format::U16 {
                0.7
            } else {
                0.51
            };
            if range > 0.0 && values.iter().any(|&value| value != 0.0) {
                let tight = if format.bits() == 8 { 2_f64.powi(-15) } else { 2_f64.powi(-18) };
                let shrink = if huge || vanishes(least) || vanishes(greatest) { 0.51 } else { tight };
                let ratio = f64::from(encoded.parts().scale[row]) * steps / range;
                assert!((1.0 - shrink..=1.0 + tight).contains(&ratio), "{what} row {row}: {ratio}");
            }
            for (w, v) in weights.iter().zip(values) {
                let flushed = if w.abs() < 1.8e-18 { 1.8e-18 } else { 0.0 };
                let bound = (slack * range / steps).max(flushed) + f64::from(*v).abs() * 2_f64.powi(-24);
                assert!((w - f64::from(*v)).abs() <= bound, "{what} row {row}: {v:e} for {w:e}, range {range:e}");
            }
        }
    });
}

#[test]
fn wide_integers_keep_what_they_promise() {
    for (format, digits) in [(Format::I32, 7), (Format::U32, 7), (Format::I64, 39), (Format::U64, 39)] {
        for_all(&[format], |what, format, case| {
            let encoded = encode(format, case);
            let values = decode(&encoded);
            for (row, (weights, values)) in
                case.values.chunks(case.columns).zip(values.chunks(case.columns)).enumerate()
            {
                let greatest = weights.iter().fold(0.0_f64, |a, &b| a.max(f64::from(Fused::flush(b)).abs()));
                let scale = f64::from(encoded.parts().scale[row]);
                for (&weight, &value) in weights.iter().zip(values) {
                    let weight = f64::from(Fused::flush(weight));
                    let rounded = (weight / scale).round_ties_even() * scale;
                    assert_eq!(f64::from(value), rounded, "{what} row {row}");
                    if weight.abs() >= greatest * 2_f64.powi(-digits) {
                        assert_eq!(f64::from(value), weight, "{what} row {row}");
                    }
                }
            }
        });
    }
}

/// Codes far from the zero point, whose difference has more digits than a binary32.
#[test]
fn wide_differences_round_to_nearest_even() {
    let one = |format, code: &[u8], zero: &[u8]| {
        let (data, zero_point) = (code.to_vec(), zero.to_vec());
        let (scale, block_scale) = (vec![0.5], vec![]);
        let parts = Parts { format, rows: 1, columns: 1, group: 1, data, scale, block_scale, zero_point };
        decode(&Encoded::from_parts(parts).unwrap())[0]
    };
    let mut random = Random(5);
    let mut edges = vec![0, 1, (1 << 24) + 1, (1 << 25) + 2, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1];
    edges.extend((0..200).map(|_| random.next() >> random.below(64)));
    for &code in &edges {
        for &zero in &edges {
            let exact = |difference: i128| difference as f32 * 0.5;
            let (c, z) = (code as u32, zero as u32);
            let cases = [
                (
                    one(Format::U64, &code.to_le_bytes(), &zero.to_le_bytes()),
                    exact(i128::from(code) - i128::from(zero)),
                ),
                (one(Format::U32, &c.to_le_bytes(), &z.to_le_bytes()), exact(i128::from(c) - i128::from(z))),
                (one(Format::I64, &code.to_le_bytes(), &[]), exact(i128::from(code as i64))),
                (one(Format::I32, &c.to_le_bytes(), &[]), exact(i128::from(c as i32))),
            ];
            for (found, expected) in cases {
                assert_eq!(
                    found.to_bits(),
                    Fused::flush(expected).to_bits(),
                    "{code} - {zero}: {found}, not {expected}"
                );
            }
        }
    }
}

/// Tables and nearest neighbours in place of the codec's bits.
fn e2m1(code: u8) -> f64 {
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0][code as usize & 7] * if code & 8 == 0 { 1.0 } else { -1.0 }
}

fn e4m3(pattern: u8) -> f64 {
    let (exponent, mantissa) = (i32::from(pattern >> 3 & 15), f64::from(pattern & 7));
    if exponent == 0 { mantissa / 512.0 } else { (1.0 + mantissa / 8.0) * 2_f64.powi(exponent - 7) }
}

/// The positive number of the table that is nearest to `x`, the one with the even pattern of two.
fn nearest(table: &[f64], x: f64) -> u8 {
    let order = |&a: &usize, &b: &usize| {
        let distance = |i: usize| (table[i] - x).abs();
        distance(a).total_cmp(&distance(b)).then((a % 2).cmp(&(b % 2)))
    };
    (0..table.len()).min_by(order).unwrap() as u8
}

#[test]
fn f4_is_nvfp4() {
    let codes: Vec<f64> = (0..8).map(e2m1).collect();
    let scales: Vec<f64> = (0..127).map(e4m3).collect();
    for_all(&[Format::F4], |what, format, case| {
        let encoded = encode(format, case);
        let (parts, values) = (encoded.parts(), decode(&encoded));
        let weights: Vec<f64> = case.values.iter().map(|&w| f64::from(Fused::flush(w))).collect();
        let greatest = weights.iter().fold(0.0_f64, |a, &b| a.max(b.abs()));
        let scale = f64::from(parts.scale[0]);
        if greatest < 1e-18 {
            assert!(
                values.iter().all(|value| value.abs() < 1e-18)
                    && [1.0, greatest / 2688.0].iter().any(|&s| (scale / s - 1.0).abs() < 1e-4),
                "{what}"
            );
            return;
        }
        assert!((scale * 2688.0 / greatest - 1.0).abs() <= 2_f64.powi(-16), "{what}");
        let (stride, blocks) = (case.columns.div_ceil(2), case.columns.div_ceil(BLOCK));
        for (index, (&weight, &value)) in weights.iter().zip(&values).enumerate() {
            let (row, column) = (index / case.columns, index % case.columns);
            let block = row * case.columns + column / BLOCK * BLOCK;
            let block = &weights[block..(block + BLOCK).min((row + 1) * case.columns)];
            let most = block.iter().fold(0.0_f64, |a, &b| a.max(b.abs()));
            let pattern = parts.block_scale[row * blocks + column / BLOCK];
            let code = parts.data[row * stride + column / 2] >> (column % 2 * 4) & 15;
            // Decoding.
            let exact = e2m1(code) * e4m3(pattern) * scale;
            assert_eq!(value.to_bits(), Fused::flush(exact as f32).to_bits(), "{what} at {index}");
            let bound = (0.25 * most).max(1.5e-6 * greatest).max(1.2e-18);
            assert!((f64::from(value) - weight).abs() <= bound, "{what} at {index}: {value:e} for {weight:e}");
        }
        // Encoding: no block is further from its weights than with the scale that takes its greatest to code 6, which
        // the block of the greatest of all has.
        for row in 0..case.rows {
            for start in (0..case.columns).step_by(BLOCK) {
                let range = row * case.columns + start..row * case.columns + (start + BLOCK).min(case.columns);
                let (block, values) = (&weights[range.clone()], &values[range]);
                let most = block.iter().fold(0.0_f64, |a, &b| a.max(b.abs()));
                let unit = e4m3(nearest(&scales, (most / 6.0 / scale).max(2_f64.powi(-6)))) * scale;
                let first = |weight: f64| {
                    let value = (codes[nearest(&codes, weight.abs() / unit) as usize] * unit).copysign(weight);
                    if value.abs() < 2_f64.powi(-60) { 0.0 } else { value }
                };
                let error = |value: f64, weight: f64| (value - weight).powi(2);
                let plain: f64 = block.iter().map(|&weight| error(first(weight), weight)).sum();
                let found: f64 = values.iter().zip(block).map(|(&value, &weight)| error(value.into(), weight)).sum();
                assert!(found <= plain * (1.0 + 1e-12), "{what}, row {row} from {start}: {found:e} > {plain:e}");
                if most == greatest {
                    assert_eq!(found.to_bits(), plain.to_bits(), "{what}, row {row} from {start}");
                }
            }
        }
    });
}

/// Every code with every block scale, in the low and in the high nibble.
#[test]
fn f4_decodes_every_pattern() {
    for pattern in 0..=u8::MAX {
        let data: Vec<u8> = (0..8).map(|i| (2 * i) | ((2 * i + 1) << 4)).collect();
        let (scale, block_scale) = (vec![0.75], vec![pattern]);
        let zero_point = vec![];
        let parts = Parts { format: Format::F4, rows: 1, columns: 16, group: 16, data, scale, block_scale, zero_point };
        let encoded = match Encoded::from_parts(parts) {
            Ok(encoded) if pattern < 0x7f => encoded,
            Err(EncodingError::BlockScale { row: 0, block: 0, value }) if pattern >= 0x7f => {
                assert!(value.is_nan() || value.is_sign_negative());
                continue;
            }
            other => panic!("block scale {pattern:x}: {other:?}"),
        };
        let expected: Vec<f32> = (0..16).map(|code| Fused::flush((e2m1(code) * e4m3(pattern) * 0.75) as f32)).collect();
        assert_same_bits(&format!("block scale {pattern:x}"), &decode(&encoded), &expected);
    }
}

#[test]
fn bits_per_weight_counts_everything() {
    let bits =
        |format, rows, columns| Encoded::encode(format, rows, columns, &vec![1.0; rows * columns]).bits_per_weight();
    assert_eq!(bits(Format::F64, 2, 3), 64.0);
    assert_eq!(bits(Format::BF16, 2, 3), 16.0);
    assert_eq!(bits(Format::I8, 2, 32), 9.0);
    assert_eq!(bits(Format::U8, 2, 8), 13.0);
    assert_eq!(bits(Format::U64, 3, 96), 65.0);
    assert_eq!(bits(Format::F4, 64, 64), 4.5 + 32.0 / 4096.0);
    assert_eq!(bits(Format::F4, 1, 3), (2.0 + 1.0 + 4.0) * 8.0 / 3.0);
}

fn parts(format: Format, rows: usize, columns: usize) -> Parts {
    Encoded::encode(format, rows, columns, &vec![1.0; rows * columns]).into_parts()
}

#[test]
fn lengths_are_checked() {
    type Damage = fn(&mut Parts);
    let damages: &[(&str, Damage)] = &[
        ("bytes of data", |parts| parts.data.truncate(1)),
        ("bytes of data", |parts| parts.data.push(0)),
        ("scales", |parts| parts.scale.push(1.0)),
        ("block scales", |parts| parts.block_scale.push(0)),
        ("bytes of zero points", |parts| parts.zero_point.push(0)),
    ];
    for &format in Format::ALL {
        for (wanted, damage) in damages {
            let mut parts = parts(format, 3, 17);
            damage(&mut parts);
            match Encoded::from_parts(parts) {
                Err(EncodingError::Length { part, .. }) => assert_eq!(part, *wanted, "{format}"),
                other => panic!("{format} {wanted}: {other:?}"),
            }
        }
        for (rows, columns) in [(0, 17), (3, 0), (0, 0), (usize::MAX, 2), (2, usize::MAX / 8), (usize::MAX, usize::MAX)]
        {
            let damaged = Parts { rows, columns, ..parts(format, 3, 17) };
            assert_eq!(Encoded::from_parts(damaged), Err(EncodingError::Shape { rows, columns }), "{format}");
        }
    }
}

#[test]
fn scales_are_checked() {
    for &format in Format::ALL {
        let rows = parts(format, 3, 17).scale.len();
        for index in 0..rows {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, -1.0, 1e-40, -1e-40] {
                let mut parts = parts(format, 3, 17);
                parts.scale[index] = bad;
                match Encoded::from_parts(parts) {
                    Err(EncodingError::Scale { index: found, value }) => {
                        assert_eq!((found, value.to_bits()), (index, bad.to_bits()), "{format}");
                    }
                    other => panic!("{format} with scale {bad}: {other:?}"),
                }
            }
        }
    }
    let mut damaged = parts(Format::F4, 3, 17);
    damaged.block_scale[3] = 0xb8;
    assert_eq!(Encoded::from_parts(damaged), Err(EncodingError::BlockScale { row: 1, block: 1, value: -1.0 }));
}

#[test]
fn values_are_checked() {
    let mut damaged = parts(Format::F64, 3, 17);
    damaged.data[8 * 20..][..8].copy_from_slice(&1e39_f64.to_le_bytes());
    assert_eq!(Encoded::from_parts(damaged), Err(EncodingError::Value { index: 20, value: f32::INFINITY }));
    let mut damaged = parts(Format::I8, 3, 17);
    damaged.scale[2] = f32::MAX;
    assert_eq!(Encoded::from_parts(damaged), Err(EncodingError::Value { index: 34, value: f32::INFINITY }));
    let mut damaged = parts(Format::F32, 300, 1);
    damaged.data[4 * 299..].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = Encoded::from_parts(damaged).unwrap_err();
    assert_eq!(error.to_string(), "the weight at index 299 decodes to NaN");
}

/// Random parts, most of them with fitting lengths: an error or finite values, never a panic.
#[test]
fn hostile_parts_do_not_panic() {
    let mut random = Random(11);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..40_000 {
        let format = Format::ALL[round % Format::ALL.len()];
        let mut parts = parts(format, 1 + random.below(4), 1 + random.below(40));
        parts.data.iter_mut().for_each(|byte| *byte = random.next() as u8);
        parts.zero_point.iter_mut().for_each(|byte| *byte = random.next() as u8);
        if random.below(2) == 0 {
            parts.scale.iter_mut().for_each(|scale| *scale = f32::from_bits(random.next() as u32));
            parts.block_scale.iter_mut().for_each(|scale| *scale = random.next() as u8);
        }
        match random.below(8) {
            0 => parts.rows = random.next() as usize >> random.below(64),
            1 => parts.columns = random.next() as usize >> random.below(64),
            2 => parts.data.truncate(random.below(100)),
            3 => parts.format = Format::ALL[random.below(Format::ALL.len())],
            _ => {}
        }
        match Encoded::from_parts(parts) {
            Ok(encoded) => {
                let values = decode(&encoded);
                assert!(
                    values.iter().all(|&value| value.is_finite() && value.to_bits() == Fused::flush(value).to_bits())
                );
                let parts = encoded.parts();
                let again = Encoded::encode(parts.format, parts.rows, parts.columns, &values);
                let third = Encoded::encode(parts.format, parts.rows, parts.columns, &decode(&again));
                assert_eq!(again.parts(), third.parts());
                accepted += 1;
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(accepted > 5_000 && refused > 5_000, "{accepted} accepted, {refused} refused");
}

/// Rows of random ranges: scales and zero points are found again from what they decode to.
#[test]
fn scales_are_found_again() {
    let mut random = Random(13);
    for _ in 0..20_000 {
        let columns = 1 + random.below(20);
        let magnitude = f32::from_bits(random.next() as u32 & 0x7f7f_ffff).clamp(1e-18, 3e38);
        let (shift, fine) = (random.weight(), random.below(2) == 0);
        let values: Vec<f32> = (0..columns)
            .map(|_| {
                let weight = (random.weight() + shift) / 2.0;
                magnitude * if fine { weight } else { (weight * 8.0).round() / 8.0 }
            })
            .collect();
        for &format in Format::ALL {
            let first = Encoded::encode(format, 1, columns, &values);
            let second = Encoded::encode(format, 1, columns, &decode(&first));
            assert_eq!(first.parts(), second.parts(), "{format} of {values:?}");
        }
    }
}

#[test]
#[should_panic(expected = "finite")]
fn infinite_weights_are_refused() {
    Encoded::encode(Format::I8, 1, 2, &[1.0, f32::INFINITY]);
}

#[test]
#[should_panic(expected = "rows of 2 columns")]
fn wrong_lengths_are_refused() {
    Encoded::encode(Format::I8, 2, 2, &[1.0]);
}

const GRANULARITIES: [Granularity; 4] =
    [Granularity::PerTensor, Granularity::PerChannel, Granularity::Block16, Granularity::Block32];

/// What each search of scales in each granularity gives: the laws, and as many scales as there are groups.
fn for_all_roundings(check: impl Fn(&str, Rounding, Format, &Case)) {
    let scaled = [Format::I8, Format::U8, Format::I16, Format::U16, Format::F4];
    let mut all = cases();
    all.retain(|case| case.columns != 16);
    for case in &all {
        for granularity in GRANULARITIES {
            for search in [Search::Greatest, Search::LeastSquares] {
                let rounding = Rounding::new().granularity(granularity).search(search);
                for format in scaled {
                    check(&format!("{format} {granularity:?} {search:?} {}", case.name), rounding, format, case);
                }
            }
        }
    }
}

#[test]
fn every_granularity_keeps_the_laws() {
    for_all_roundings(|what, rounding, format, case| {
        let shape = [case.rows, case.columns];
        let first = rounding.encode(format, shape, &case.values).unwrap();
        let values = decode(&first);
        let flushed: Vec<f32> = values.iter().map(|&value| Fused::flush(value)).collect();
        assert!(values.iter().all(|value| value.is_finite()), "{what}");
        assert_same_bits(what, &values, &flushed);
        let second = rounding.encode(format, shape, &values).unwrap();
        assert_same_bits(what, &decode(&second), &values);
        assert_eq!(first.parts(), second.parts(), "{what}");
        assert_eq!(Encoded::from_parts(first.parts().clone()).as_ref(), Ok(&first), "{what}");
        for (row, whole) in values.chunks(case.columns).enumerate() {
            let from = (row * 7) % case.columns;
            let mut part = vec![f32::NAN; case.columns - from];
            first.decode_row(row, from, &mut part);
            assert_same_bits(what, &part, &whole[from..]);
        }
    });
}

#[test]
fn a_search_has_no_greater_error() {
    let error = |case: &Case, rounding: Rounding, format| -> f64 {
        let encoded = rounding.encode(format, [case.rows, case.columns], &case.values).unwrap();
        let differences = decode(&encoded).into_iter().zip(&case.values);
        differences.map(|(value, &weight)| (f64::from(value) - f64::from(Fused::flush(weight))).powi(2)).sum()
    };
    for_all_roundings(|what, rounding, format, case| {
        let plain = error(case, rounding.search(Search::Greatest), format);
        let searched = error(case, rounding.search(Search::LeastSquares), format);
        assert!(searched <= plain * (1.0 + 1e-12), "{what}: {searched:e} > {plain:e}");
    });
}

#[test]
fn groups_have_the_scales_they_say() {
    let values: Vec<f32> = (0..3 * 45).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
    // Of 45 columns: groups for each granularity.
    for (granularity, scales, group) in [
        (Granularity::PerTensor, 1, 0),
        (Granularity::PerChannel, 3, 45),
        (Granularity::Block16, 9, 16),
        (Granularity::Block32, 6, 32),
    ] {
        for &format in Format::ALL {
            let found = Rounding::new().granularity(granularity).encode(format, [3, 45], &values);
            match (format, found) {
                (Format::F64 | Format::F32 | Format::F16 | Format::BF16, Err(Error::Rounding(error))) => {
                    let option = "a granularity of scales";
                    assert_eq!(error, RoundingError::Unused { option, format });
                }
                (Format::F4, Ok(encoded)) => {
                    let parts = encoded.parts();
                    assert_eq!(
                        (parts.group, parts.scale.len(), parts.block_scale.len()),
                        (group, 1, scales),
                        "{format}"
                    );
                }
                (_, Ok(encoded)) => {
                    let parts = encoded.parts();
                    assert_eq!((parts.group, parts.scale.len()), (group, scales), "{format}");
                    let bytes = 135 * format.bits() / 8 + scales * 4 + parts.zero_point.len();
                    assert_eq!(encoded.bits_per_weight(), 8.0 * bytes as f64 / 135.0, "{format}");
                }
                (_, other) => panic!("{format}: {other:?}"),
            }
        }
    }
}

#[test]
fn groups_are_checked() {
    for &format in Format::ALL {
        for group in [1, 7, 15, 33, 44] {
            let damaged = Parts { group, ..parts(format, 3, 45) };
            assert_eq!(Encoded::from_parts(damaged), Err(EncodingError::Group { format, columns: 45, group }));
        }
    }
    // Groups with other scales than there are.
    for (format, part) in [(Format::I8, "scales"), (Format::U16, "scales"), (Format::F4, "block scales")] {
        for group in [0, 32] {
            match Encoded::from_parts(Parts { group, ..parts(format, 3, 45) }) {
                Err(EncodingError::Length { part: found, .. }) => assert_eq!(found, part, "{format}"),
                other => panic!("{format}: {other:?}"),
            }
        }
    }
    // The same groups under another number.
    for (format, columns, group, expected) in
        [(Format::I8, 12, 16, 12), (Format::I8, 12, 32, 12), (Format::F4, 12, 12, 16)]
    {
        let parts = Parts { group, ..parts(format, 3, columns) };
        assert_eq!(Encoded::from_parts(parts).map(|encoded| encoded.parts().group), Ok(expected));
    }
}
