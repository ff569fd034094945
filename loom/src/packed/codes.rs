//! How a line of codes becomes weights: one way for each family of formats.

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{LANES, Packed};
use crate::dtype::{BFloat, Float, Floats, Format, Half, Integer, Integers, Word};
use crate::kernel::Isa;
use bytemuck::Pod;
#[cfg(target_arch = "x86_64")]
use core::any::TypeId;

/// A family of formats, with the format's numbers.
pub(crate) trait Codes {
    /// What stays together of a row: one code, or a word of several.
    type Unit: Pod;
    /// Codes of a unit, which are those of as many columns.
    const COLUMNS: usize;
    /// What the rows of a group have in common for the columns that share a scale.
    type Scales: Copy;
    /// The scales that lie side by side from `start` on.
    fn scales(packed: &Packed, start: usize) -> Self::Scales;
    /// The weights of one of a line's columns, which need no snap.
    fn decode<I: Isa>(line: &[Self::Unit; LANES], column: usize, scales: &Self::Scales) -> [f32; LANES];
}

impl<F: Float + 'static> Codes for Floats<F> {
    type Unit = <F::Word as Word>::Bytes;
    const COLUMNS: usize = 1;
    type Scales = ();

    #[inline(always)]
    fn scales(_: &Packed, _: usize) {}

    #[inline(always)]
    fn decode<I: Isa>(line: &[Self::Unit; LANES], _: usize, (): &()) -> [f32; LANES] {
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 && TypeId::of::<F>() == TypeId::of::<Half>() {
            let line = bytemuck::cast_slice(line).first_chunk().expect("a line is whole");
            // SAFETY: the machine has the features, as the instruction set says.
            return unsafe { if I::HAS_AVX512 { x86::halves_512(line) } else { x86::halves_256(line) } };
        }
        line.map(|word| F::decode(F::Word::from_le(word)))
    }
}

impl<T: Integer> Codes for Integers<T> {
    type Unit = T::Bytes;
    const COLUMNS: usize = 1;
    /// Scales and zero points.
    type Scales = ([f32; LANES], [T; LANES]);

    #[inline(always)]
    fn scales(packed: &Packed, start: usize) -> Self::Scales {
        let zero = if T::SIGNED {
            [T::ZERO; LANES]
        } else {
            line(bytemuck::cast_slice(&packed.parts.zero_point), start).map(T::from_le)
        };
        (line(&packed.parts.scale, start), zero)
    }

    #[inline(always)]
    fn decode<I: Isa>(line: &[Self::Unit; LANES], _: usize, (scale, zero): &Self::Scales) -> [f32; LANES] {
        core::array::from_fn(|lane| T::from_le(line[lane]).minus(zero[lane]) * scale[lane])
    }
}

/// F4, whose block scales are multiplied by the weight's scale first where that `IS_EXACT`.
pub(crate) struct Blocks<const IS_EXACT: bool>;

/// The values of E2M1, the negative ones behind the others.
pub(super) const E2M1_VALUES: [f32; 16] =
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0];

impl<const IS_EXACT: bool> Codes for Blocks<IS_EXACT> {
    type Unit = [u8; 4];
    const COLUMNS: usize = 8;
    /// What a code is multiplied by, and by what then.
    type Scales = ([f32; LANES], f32);

    #[inline(always)]
    fn scales(packed: &Packed, start: usize) -> Self::Scales {
        let scale = packed.parts.scale[0];
        let blocks = line(&packed.parts.block_scale, start).map(e4m3);
        if IS_EXACT { (blocks.map(|block| block * scale), 1.0) } else { (blocks, scale) }
    }

    #[inline(always)]
    fn decode<I: Isa>(line: &[[u8; 4]; LANES], column: usize, (factors, scale): &Self::Scales) -> [f32; LANES] {
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 {
            let shift = 4 * column as i32;
            // SAFETY: the machine has the features, as the instruction set says.
            let values =
                unsafe { if I::HAS_AVX512 { x86::quarters_512(line, shift) } else { x86::quarters_256(line, shift) } };
            return core::array::from_fn(|lane| {
                let value = values[lane] * factors[lane];
                if IS_EXACT { value } else { value * scale }
            });
        }
        core::array::from_fn(|lane| {
            let code = (u32::from_le_bytes(line[lane]) >> (4 * column)) & 15;
            let value = E2M1_VALUES[code as usize] * factors[lane];
            if IS_EXACT { value } else { value * scale }
        })
    }
}

/// The value of a pattern of E4M3, which is no NaN and has no sign: that of binary32 with the same digits, but for the bias.
#[inline(always)]
fn e4m3(pattern: u8) -> f32 {
    const BIAS: f32 = f32::from_bits((127 + 120) << 23);
    f32::from_bits(u32::from(pattern) << 20) * BIAS
}

/// The values side by side from `start` on.
#[inline(always)]
fn line<T: Copy>(values: &[T], start: usize) -> [T; LANES] {
    *values[start..].first_chunk().expect("a line is whole")
}

/// The lines of a group, each with the units of so many columns.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a, C: Codes> {
    units: &'a [C::Unit],
    /// Rows of the group.
    stride: usize,
    len: usize,
}

impl<'a, C: Codes> Lines<'a, C> {
    #[inline(always)]
    pub(crate) fn new(packed: &'a Packed, group: usize) -> Self {
        let (len, rows) = (packed.columns().div_ceil(C::COLUMNS), LANES.min(packed.rows() - group * LANES));
        let units = &bytemuck::cast_slice(&packed.parts.data)[group * LANES * len..];
        assert!((len - 1) * rows + LANES <= units.len());
        Lines { units, stride: rows, len }
    }

    /// The line that the column is in.
    ///
    /// # Safety
    /// The column exists.
    #[inline(always)]
    pub(crate) unsafe fn at(&self, column: usize) -> &'a [C::Unit; LANES] {
        debug_assert!(column / C::COLUMNS < self.len);
        // SAFETY: `new` holds all lines inside the units.
        unsafe { &*self.units.as_ptr().add(column / C::COLUMNS * self.stride).cast() }
    }
}

impl Packed {
    /// Where the scales of a group begin that its columns from `column` on share, and the first column that has others.
    #[inline(always)]
    pub(crate) fn scales_of(&self, group: usize, column: usize) -> (usize, usize) {
        let shared = self.group();
        let (block, blocks) = (column / shared, self.columns().div_ceil(shared));
        let rows = LANES.min(self.rows() - group * LANES);
        (group * LANES * blocks + block * rows, ((block + 1) * shared).min(self.columns()))
    }
}

/// What to do with the family of a packed weight, which is known only at run time.
pub(crate) trait Visit {
    /// What comes of it.
    type Output;
    /// Called with the family, and the instruction set that [`visit`] was called for.
    fn visit<I: Isa, C: Codes>(self) -> Self::Output;
}

/// Calls a visitor with the family of a weight.
#[inline(always)]
pub(crate) fn visit<I: Isa, V: Visit>(packed: &Packed, visitor: V) -> V::Output {
    match packed.parts.format {
        Format::F64 => visitor.visit::<I, Floats<f64>>(),
        Format::F32 => visitor.visit::<I, Floats<f32>>(),
        Format::F16 => visitor.visit::<I, Floats<Half>>(),
        Format::BF16 => visitor.visit::<I, Floats<BFloat>>(),
        Format::F4 if packed.is_exact => visitor.visit::<I, Blocks<true>>(),
        Format::F4 => visitor.visit::<I, Blocks<false>>(),
        Format::I64 => visitor.visit::<I, Integers<i64>>(),
        Format::I32 => visitor.visit::<I, Integers<i32>>(),
        Format::I16 => visitor.visit::<I, Integers<i16>>(),
        Format::I8 => visitor.visit::<I, Integers<i8>>(),
        Format::U64 => visitor.visit::<I, Integers<u64>>(),
        Format::U32 => visitor.visit::<I, Integers<u32>>(),
        Format::U16 => visitor.visit::<I, Integers<u16>>(),
        Format::U8 => visitor.visit::<I, Integers<u8>>(),
    }
}
