//! A GPU that decodes weights gives the bits of the CPU, in every format, for every layer that has weights; and decodes every
//! pattern of the small formats, and the hard ones of the large.

mod common;

use common::cases::Values;
use common::networks::conv2d::{ConvMany, ConvTall};
use common::networks::dense::DenseNoBias;
use common::networks::packed;
use common::networks::recurrence::GruWide;
use common::{Check, Random, assert_same_bits};
use loom::Network;
use loom::data::Target;
use loom::dtype::{DType, F4, F32, Format, I8, U8, U16, Visitor};
use loom::prelude::*;
use loom::quantize::{Granularity, Rounding};
use loom::shaders::{Tile, Tuning};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

/// One device for all tests, so that each kernel is compiled once.
fn gpu() -> Option<Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(common::gpu::gpu).clone()
}

/// Samples of a call, the second a short one in the same buffers.
const BATCHES: [usize; 3] = [5, 1, 3];

/// Compares a network in a format on both devices.
fn assert_same<N: Network>(gpu: &Gpu, net: &N, inputs: &[N::Input], what: &str) {
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let on_gpu = net.on(gpu);
    for batch in BATCHES {
        let inputs = &inputs[..batch.min(inputs.len())];
        let found = on_gpu.forward_batch(inputs).expect("the GPU computes");
        let name = || format!("{} {what}, batch {batch}", N::PLAN.name);
        assert_same_bits(name, &net.on(&cpu).forward_batch(inputs).expect("there is memory"), &found);
    }
}

/// A network in all formats.
struct Formats<'a> {
    gpu: &'a Gpu,
    values: &'a [Values],
}

struct InFormat<'a, N: Network> {
    gpu: &'a Gpu,
    net: &'a N,
    inputs: &'a [N::Input],
    what: &'a str,
}

impl<N: Network<Precision = F32>> Visitor for InFormat<'_, N> {
    type Output = ();

    fn visit<D: DType>(self) {
        let net = self.net.quantize::<D>().expect("the weights are finite");
        assert_same(self.gpu, &net, self.inputs, &format!("{} {}", D::NAME, self.what));
    }
}

impl Check for Formats<'_> {
    fn check<N: Network<Precision = F32, Output: Target>>(&self) {
        if N::PLAN.params.iter().all(|param| param.shape.len() == 1) {
            return;
        }
        for values in self.values {
            let (net, inputs) = values.case::<N>(BATCHES[0]);
            for format in Format::ALL {
                let what = &*format!("{values:?}");
                format.visit(InFormat { gpu: self.gpu, net: &net, inputs: &inputs, what });
            }
        }
    }
}

/// The same network from its codes on both devices, and from their values.
fn assert_scales<N: Network<Precision = F32>, D: DType>(gpu: &Gpu, granularity: Granularity) {
    let (net, inputs) = Values::Ordinary.case::<N>(BATCHES[0]);
    let small = net.quantize_with::<D>(&Rounding::new().granularity(granularity)).expect("the weights are finite");
    let what = format!("{} {granularity:?}", D::NAME);
    assert_same(gpu, &small, &inputs, &what);
    let mut plain = net;
    for (param, values) in small.weights().tensors() {
        plain.weights_mut().set(param, values.iter().copied()).expect("the values are finite");
    }
    let (expected, found) = (plain.forward_batch(&inputs), small.forward_batch(&inputs));
    assert_same_bits(|| format!("{} {what} against its values", N::PLAN.name), &expected, &found);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("net.safetensors");
    small.save(&file).expect("the folder can be written");
    assert!(N::load_as::<D>(&file).expect("the file is sound").weights() == small.weights(), "{what} in a file");
}

/// Scales for a tensor, a channel, and blocks of 16 and 32.
#[test]
fn every_granularity() {
    let Some(gpu) = &gpu() else { return };
    for granularity in [Granularity::PerTensor, Granularity::PerChannel, Granularity::Block16, Granularity::Block32] {
        assert_scales::<DenseNoBias, I8>(gpu, granularity);
        assert_scales::<DenseNoBias, U8>(gpu, granularity);
        assert_scales::<DenseNoBias, F4>(gpu, granularity);
        assert_scales::<ConvMany, U16>(gpu, granularity);
        assert_scales::<ConvMany, F4>(gpu, granularity);
        assert_scales::<GruWide, U8>(gpu, granularity);
    }
}

/// Every kind of layer that reads weights, with rows of odd lengths.
#[test]
fn every_layer_in_every_format() {
    let Some(gpu) = &gpu() else { return };
    let formats = Formats { gpu, values: &[Values::Ordinary, Values::Adversarial] };
    packed().iter().for_each(|check| check(&formats));
}

/// How kernels are cut up changes no bit.
#[test]
fn any_tuning() {
    let Some(gpu) = gpu() else { return };
    let tiled = |threads, row_quads, depth| Tile::Tiled { threads, row_quads, depth };
    for (workgroup, tile) in [(32, Tile::Single), (256, tiled(8, 1, 32)), (64, tiled(16, 2, 8))] {
        let gpu = &gpu.clone().tuning(Tuning { workgroup, tile });
        let formats = Formats { gpu, values: &[Values::Ordinary] };
        formats.check::<DenseNoBias>();
        formats.check::<ConvTall>();
    }
}

const SIDE: usize = 256;

network! {
    /// Gives its weight back.
    struct Lookup: [256] { Embedding<256, 256> }
}

/// The parts of a weight `[256, 256]` as a file holds them.
#[derive(Default)]
struct Tensors(Vec<(&'static str, Dtype, Vec<usize>, Vec<u8>)>);

impl Tensors {
    fn add(mut self, suffix: &'static str, dtype: Dtype, shape: &[usize], bytes: impl IntoIterator<Item = u8>) -> Self {
        self.0.push((suffix, dtype, shape.to_vec(), bytes.into_iter().collect()));
        self
    }

    fn codes(dtype: Dtype, bytes: impl IntoIterator<Item = u8>) -> Self {
        Tensors::default().add("", dtype, &[SIDE, SIDE], bytes)
    }

    /// A scale for each row, of all significant bits.
    fn scales(self) -> Self {
        let mut random = Random(21);
        let scales = (0..SIDE).flat_map(|_| (random.between(0.5, 2.0) as f32).to_le_bytes());
        self.add("_scale", Dtype::F32, &[SIDE, 1], scales.collect::<Vec<u8>>())
    }

    fn zero_points(self, dtype: Dtype, bytes: impl IntoIterator<Item = u8>) -> Self {
        self.add("_zero_point", dtype, &[SIDE, 1], bytes)
    }

    fn write(&self, path: &Path) {
        let name = Lookup::PLAN.params[0].name;
        let tensors = self.0.iter().map(|(suffix, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes fit the shape");
            (format!("{name}{suffix}"), view)
        });
        let metadata = HashMap::from([(format!("loom.shape.{name}"), format!("[{SIDE}, {SIDE}]"))]);
        safetensors::serialize_to_file(tensors, Some(metadata), path).expect("the file is written");
    }
}

/// What the GPU decodes, against what the CPU does.
fn assert_decodes<D: DType>(what: &str, tensors: &Tensors) {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("codes.safetensors");
    tensors.write(&path);
    let net = Lookup::load_as::<D>(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
    let rows: [f32; SIDE] = std::array::from_fn(|row| row as f32);
    assert_same(&gpu, &net, &[rows], &format!("{} {what}", D::NAME));
}

/// All patterns of 16 bits; those that are infinite or NaN, whose exponent is that of `greatest`, as 0.
fn patterns(greatest: u16) -> impl Iterator<Item = u8> {
    let finite = move |pattern: u16| if pattern & greatest == greatest { 0 } else { pattern };
    (0..=u16::MAX).flat_map(move |pattern| finite(pattern).to_le_bytes())
}

#[test]
fn every_float_of_16_bits() {
    assert_decodes::<loom::dtype::F16>("patterns", &Tensors::codes(Dtype::F16, patterns(0x7c00)));
    assert_decodes::<loom::dtype::BF16>("patterns", &Tensors::codes(Dtype::BF16, patterns(0x7f80)));
}

/// About the values halfway between two binary32, near 2^-60, below binary32's least, and near its greatest.
#[test]
fn floats_of_64_bits() {
    let mut random = Random(22);
    let mut number = |i: usize| {
        let exponent = match i % 8 {
            0 => random.below(127),
            1 => 127 - 60 - 2 + random.below(4),
            2 => 253,
            3 => 0,
            _ => 1 + random.below(253),
        };
        let value = f64::from(f32::from_bits((exponent as u32) << 23 | random.word() as u32 & 0x807f_ffff));
        let tie = [0, 1 << 28, (1 << 28) - 1, (1 << 28) + 1, (1 << 29) - 1, random.below(1 << 29)][random.below(6)];
        // Subnormals of binary64, and numbers that are 0 in binary32.
        let tiny = [0, 1, 1 << 63, 0x0010_0000_0000_0000, 0x36a0_0000_0000_0001];
        let bits = if i % 8 == 3 { tiny[random.below(5)] } else { value.to_bits() | tie as u64 };
        bits.to_le_bytes()
    };
    let codes: Vec<u8> = (0..SIDE * SIDE).flat_map(&mut number).collect();
    assert_decodes::<loom::dtype::F64>("ties", &Tensors::codes(Dtype::F64, codes));
}

/// All codes, with all block scales, under scales of few and of many digits, tiny and large.
#[test]
fn every_block_of_f4() {
    // In each byte, the even column's code is the low nibble: a row has blocks of all sixteen.
    let codes = (0..SIDE * SIDE / 2).map(|i| ((2 * i) % 16) as u8 | (((2 * i + 1) % 16) as u8) << 4);
    let blocks = (0..SIDE * SIDE / 16).map(|i| (i % 0x7f) as u8);
    for scale in [1.0_f32, 1.1754944e-38, 8.673617e-19, 0.001_234_568, 1.999_999_9, 1e35] {
        let tensors = Tensors::codes(Dtype::F4, codes.clone())
            .add("_scale", Dtype::F8_E4M3, &[SIDE, SIDE / 16], blocks.clone())
            .add("_scale_2", Dtype::F32, &[1], scale.to_le_bytes());
        assert_decodes::<loom::dtype::F4>(&format!("codes times {scale:e}"), &tensors);
    }
}

/// All codes; of 8 bits with all zero points.
#[test]
fn every_integer_of_8_and_16_bits() {
    let bytes = || (0..SIDE * SIDE).map(|i| i as u8);
    let pairs = || (0..=u16::MAX).flat_map(u16::to_le_bytes);
    let zeros = (0..SIDE).map(|row| row as u8);
    let wide_zeros = (0..SIDE).flat_map(|row| (row as u16 * 257).to_le_bytes());
    assert_decodes::<loom::dtype::I8>("codes", &Tensors::codes(Dtype::I8, bytes()).scales());
    assert_decodes::<loom::dtype::U8>(
        "codes",
        &Tensors::codes(Dtype::U8, bytes()).scales().zero_points(Dtype::U8, zeros),
    );
    assert_decodes::<loom::dtype::I16>("codes", &Tensors::codes(Dtype::I16, pairs()).scales());
    let tensors = Tensors::codes(Dtype::U16, pairs()).scales().zero_points(Dtype::U16, wide_zeros);
    assert_decodes::<loom::dtype::U16>("codes", &tensors);
}

/// A magnitude of so many bits about a value halfway between two binary32, or a power of two.
fn hard(random: &mut Random, bits: usize) -> u64 {
    let length = 1 + random.below(bits);
    let word = (random.word() | 1 << 63) >> (64 - length);
    // What a binary32 has no room for.
    let dropped = length.saturating_sub(24);
    let half = if dropped == 0 { 0 } else { 1 << (dropped - 1) };
    let kept = word >> dropped << dropped;
    match random.below(6) {
        0 => kept | half,
        1 => (kept | half).saturating_sub(1),
        2 => (kept | half) + 1,
        3 => u64::MAX >> (64 - length),
        4 => kept,
        _ => word,
    }
}

/// Differences of codes and zero points that are about halfway between two binary32, of either sign.
#[test]
fn integers_of_32_and_64_bits() {
    let mut random = Random(23);
    let signed: Vec<i64> = (0..SIDE * SIDE)
        .map(|i| {
            let magnitude = hard(&mut random, 63) as i64;
            [magnitude, -magnitude, i64::MIN, i64::MAX][if i % 100 == 0 { random.below(4) } else { i % 2 }]
        })
        .collect();
    let zeros: Vec<u64> = (0..SIDE as u64)
        .map(|row| [0, 1 << 63, u64::MAX, 1 << 31, u64::MAX >> 32, random.word()][row as usize % 6])
        .collect();
    let unsigned: Vec<u64> = (0..SIDE * SIDE)
        .map(|i| {
            let (zero, magnitude) = (zeros[i / SIDE], hard(&mut random, 64));
            if i % 2 == 0 { zero.wrapping_add(magnitude) } else { zero.wrapping_sub(magnitude) }
        })
        .collect();
    let codes = Tensors::codes(Dtype::I64, signed.iter().flat_map(|code| code.to_le_bytes())).scales();
    assert_decodes::<loom::dtype::I64>("ties", &codes);
    let codes = Tensors::codes(Dtype::U64, unsigned.iter().flat_map(|code| code.to_le_bytes())).scales();
    let codes = codes.zero_points(Dtype::U64, zeros.iter().flat_map(|zero| zero.to_le_bytes()));
    assert_decodes::<loom::dtype::U64>("ties", &codes);

    // The same of 32 bits.
    let signed: Vec<i32> = (0..SIDE * SIDE)
        .map(|i| {
            let magnitude = hard(&mut random, 31) as i32;
            [magnitude, -magnitude, i32::MIN, i32::MAX][if i % 100 == 0 { random.below(4) } else { i % 2 }]
        })
        .collect();
    let zeros: Vec<u32> = zeros.iter().map(|&zero| (zero >> 32) as u32).collect();
    let unsigned = (0..SIDE * SIDE).map(|i| {
        let (zero, magnitude) = (zeros[i / SIDE], hard(&mut random, 32) as u32);
        if i % 2 == 0 { zero.wrapping_add(magnitude) } else { zero.wrapping_sub(magnitude) }
    });
    let unsigned: Vec<u32> = unsigned.collect();
    let codes = Tensors::codes(Dtype::I32, signed.iter().flat_map(|code| code.to_le_bytes())).scales();
    assert_decodes::<loom::dtype::I32>("ties", &codes);
    let codes = Tensors::codes(Dtype::U32, unsigned.iter().flat_map(|code| code.to_le_bytes())).scales();
    let codes = codes.zero_points(Dtype::U32, zeros.iter().flat_map(|zero| zero.to_le_bytes()));
    assert_decodes::<loom::dtype::U32>("ties", &codes);
}
