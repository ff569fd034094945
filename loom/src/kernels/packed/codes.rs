//! How a line of codes becomes weights: one way for each family of formats.

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{LANES, Packed, View};
use crate::dtype::{BFloat, Float, Floats, Format, Half, Integer, Integers, Word};
use crate::kernels::Isa;
use bytemuck::Pod;
#[cfg(target_arch = "x86_64")]
use core::any::TypeId;
use core::marker::PhantomData;

/// A family of formats, with the format's numbers.
pub(crate) trait Codes {
    /// What stays together of a row: one code, or a word of several.
    type Unit: Pod;
    /// Codes of a unit, which are those of as many columns.
    const COLUMNS: usize;
    /// What the rows of a group have in common for the columns that share a scale.
    type Scales: Copy;
    /// The scales that lie side by side from `start` on.
    fn scales<I: Isa>(view: &View<'_>, start: usize) -> Self::Scales;
    /// The weights of one of a line's columns, which need no flush.
    fn decode<I: Isa>(line: &[Self::Unit; LANES], column: usize, scales: &Self::Scales) -> [f32; LANES];
}

impl<F: Float + 'static> Codes for Floats<F> {
    type Unit = <F::Word as Word>::Bytes;
    const COLUMNS: usize = 1;
    type Scales = ();

    #[inline(always)]
    fn scales<I: Isa>(_: &View<'_>, _: usize) {}

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
    fn scales<I: Isa>(view: &View<'_>, start: usize) -> Self::Scales {
        let zero = if T::SIGNED { [T::ZERO; LANES] } else { line(view.zero_point, start).map(T::from_le) };
        (line(view.scale, start), zero)
    }

    #[inline(always)]
    fn decode<I: Isa>(line: &[Self::Unit; LANES], _: usize, (scale, zero): &Self::Scales) -> [f32; LANES] {
        let mut weights = *scale;
        for (weight, (&code, &zero)) in weights.iter_mut().zip(line.iter().zip(zero)) {
            *weight *= T::from_le(code).minus(zero);
        }
        weights
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
    type Scales = [[f32; LANES]; 2];

    #[inline(always)]
    fn scales<I: Isa>(view: &View<'_>, start: usize) -> Self::Scales {
        let scale: f32 = bytemuck::pod_read_unaligned(&view.scale[..size_of::<f32>()]);
        let blocks = e4m3::<I>(view.block_scale[start..].first_chunk().expect("a line is whole"));
        if IS_EXACT { [blocks.map(|block| block * scale), [1.0; LANES]] } else { [blocks, [scale; LANES]] }
    }

    #[inline(always)]
    fn decode<I: Isa>(line: &[[u8; 4]; LANES], column: usize, [factors, scales]: &Self::Scales) -> [f32; LANES] {
        #[cfg(target_arch = "x86_64")]
        if I::HAS_AVX2 {
            let shift = 4 * column as i32;
            // SAFETY: the machine has the features, as the instruction set says.
            let mut values =
                unsafe { if I::HAS_AVX512 { x86::quarters_512(line, shift) } else { x86::quarters_256(line, shift) } };
            scale::<IS_EXACT>(&mut values, factors, scales);
            return values;
        }
        let mut values = [0.0; LANES];
        for (value, &word) in values.iter_mut().zip(line) {
            *value = E2M1_VALUES[((u32::from_le_bytes(word) >> (4 * column)) & 15) as usize];
        }
        scale::<IS_EXACT>(&mut values, factors, scales);
        values
    }
}

/// Multiplies the values of codes by what [`Blocks`] has for them.
#[inline(always)]
fn scale<const IS_EXACT: bool>(values: &mut [f32; LANES], factors: &[f32; LANES], scales: &[f32; LANES]) {
    for (value, (factor, scale)) in values.iter_mut().zip(factors.iter().zip(scales)) {
        *value *= factor;
        if !IS_EXACT {
            *value *= scale;
        }
    }
}

/// What a number of binary32 with the digits of one of E4M3 lacks, for the bias of its exponent.
pub(super) const E4M3_BIAS: f32 = f32::from_bits((127 + 120) << 23);

/// The values of patterns of E4M3, which are no NaN and have no sign.
#[inline(always)]
fn e4m3<I: Isa>(patterns: &[u8; LANES]) -> [f32; LANES] {
    #[cfg(target_arch = "x86_64")]
    if I::HAS_AVX2 {
        // SAFETY: the machine has the features, as the instruction set says.
        return unsafe { if I::HAS_AVX512 { x86::e4m3_512(patterns) } else { x86::e4m3_256(patterns) } };
    }
    patterns.map(|pattern| f32::from_bits(u32::from(pattern) << 20) * E4M3_BIAS)
}

/// The values side by side from number `start` on.
#[inline(always)]
fn line<T: Pod>(bytes: &[u8], start: usize) -> [T; LANES] {
    let from = &bytes[start * size_of::<T>()..][..LANES * size_of::<T>()];
    core::array::from_fn(|lane| bytemuck::pod_read_unaligned(&from[lane * size_of::<T>()..][..size_of::<T>()]))
}

/// The lines of a group, each with the units of so many columns.
pub(crate) struct Lines<'a, C> {
    view: View<'a>,
    /// The first unit.
    start: *const u8,
    /// Where the first scale lies.
    scales: usize,
    /// Rows of the group.
    rows: usize,
    len: usize,
    codes: PhantomData<C>,
}

// Not derived, which would ask it of the codes.
impl<C> Clone for Lines<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Lines<'_, C> {}

impl<'a, C: Codes> Lines<'a, C> {
    #[inline(always)]
    pub(crate) fn new(packed: &'a Packed, group: usize) -> Self {
        Lines::within(packed.view(), packed, group)
    }

    /// The same, where the weight's view is there already.
    #[inline(always)]
    pub(crate) fn within(view: View<'a>, packed: &'a Packed, group: usize) -> Self {
        const { assert!(align_of::<C::Unit>() == 1) };
        let (unit, first) = (size_of::<C::Unit>(), group * LANES);
        let (len, rows) = (packed.columns().div_ceil(C::COLUMNS), LANES.min(packed.rows() - first));
        let codes = &view.codes[first * len * unit..];
        assert!(((len - 1) * rows + LANES) * unit <= codes.len());
        Lines { view, start: codes.as_ptr(), scales: first * packed.blocks(), rows, len, codes: PhantomData }
    }

    /// The line that the column is in.
    ///
    /// # Safety
    /// The column exists.
    #[inline(always)]
    pub(crate) unsafe fn at(&self, column: usize) -> &'a [C::Unit; LANES] {
        debug_assert!(column / C::COLUMNS < self.len);
        // SAFETY: `new` holds all lines inside the codes and what follows them.
        unsafe { &*self.start.cast::<C::Unit>().add(column / C::COLUMNS * self.rows).cast() }
    }

    /// The scales of that number in each row.
    #[inline(always)]
    pub(crate) fn scales<I: Isa>(&self, block: usize) -> C::Scales {
        C::scales::<I>(&self.view, self.scales + block * self.rows)
    }
}

/// What to do with the family of a packed weight, which is known only at run time.
pub(crate) trait Visit {
    /// What comes of it.
    type Output;
    /// Called with the family, and the instruction set that [`visit`] was called for.
    fn visit<I: Isa, C: Codes>(self) -> Self::Output;
}

/// [`visit`] of a weight that [`is_light`](Packed::is_light).
#[inline(always)]
pub(crate) fn visit_light<I: Isa, V: Visit>(packed: &Packed, visitor: V) -> V::Output {
    match packed.format {
        Format::F16 => visitor.visit::<I, Floats<Half>>(),
        Format::BF16 => visitor.visit::<I, Floats<BFloat>>(),
        Format::F4 if packed.is_exact => visitor.visit::<I, Blocks<true>>(),
        Format::F4 => visitor.visit::<I, Blocks<false>>(),
        Format::I16 => visitor.visit::<I, Integers<i16>>(),
        Format::I8 => visitor.visit::<I, Integers<i8>>(),
        Format::U16 => visitor.visit::<I, Integers<u16>>(),
        Format::U8 => visitor.visit::<I, Integers<u8>>(),
        Format::F64 | Format::F32 | Format::I64 | Format::I32 | Format::U64 | Format::U32 => {
            unreachable!("{} is not light", packed.format)
        }
    }
}

/// Calls a visitor with the family of a weight.
#[inline(always)]
pub(crate) fn visit<I: Isa, V: Visit>(packed: &Packed, visitor: V) -> V::Output {
    match packed.format {
        Format::F64 => visitor.visit::<I, Floats<f64>>(),
        Format::F32 => visitor.visit::<I, Floats<f32>>(),
        Format::I64 => visitor.visit::<I, Integers<i64>>(),
        Format::I32 => visitor.visit::<I, Integers<i32>>(),
        Format::U64 => visitor.visit::<I, Integers<u64>>(),
        Format::U32 => visitor.visit::<I, Integers<u32>>(),
        Format::F16 | Format::BF16 | Format::F4 | Format::I16 | Format::I8 | Format::U16 | Format::U8 => {
            visit_light::<I, V>(packed, visitor)
        }
    }
}
