//! Which tensors of a file belong together.

use crate::dtype::Dtype;
use crate::dtype::Format;
use crate::files::header::{Header, Tensor};
use crate::weights::safetensors::PREFIX;

/// What the names of the tensors that belong to codes end in.
const PARTS: [&str; 6] = ["_scale", "_scale_2", "_global_scale", "_zero_point", "_shape", "_g_idx"];
/// What a tensor of codes may be called besides, to tell it from the weight that it stands for.
const PACKED: &str = "_packed";
/// The last parts of the names of what quantisers measured of activations: nothing to convert.
const OF_ACTIVATIONS: [&str; 5] =
    ["input_scale", "input_zero_point", "input_global_scale", "output_scale", "output_zero_point"];

/// A weight with its scales and zero points, or a tensor of another kind; without its bytes.
pub(super) struct Item<'a> {
    /// The weight's name, which is that of the codes but for `_packed`.
    pub(super) name: String,
    pub(super) layout: Layout,
    /// The tensors, the first of them the codes.
    pub(super) members: Vec<Tensor<'a>>,
}

/// How a weight lies in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Values of a format.
    Float(Format),
    /// `NAME` with `NAME_scale` and, of unsigned codes, `NAME_zero_point`. Signed bytes with zero points, as
    /// compressed-tensors writes them, are `U8` less 128.
    Integer(Format),
    /// NVFP4 as Loom writes it: `NAME` of type F4, `NAME_scale`, `NAME_scale_2`, and the shape in the metadata.
    F4,
    /// NVFP4 as NVIDIA's ModelOpt writes it: the same, with two codes in a byte of `NAME`.
    Bytes,
    /// NVFP4 as compressed-tensors writes it: `NAME_packed`, `NAME_scale`, and `NAME_global_scale` to divide by.
    Packed,
    /// MXFP4 as compressed-tensors writes it: `NAME_packed`, and powers of two in `NAME_scale`.
    Exponents,
    /// Anything else.
    Other,
}

impl Layout {
    /// The format of the codes, where there are any.
    pub(super) fn codes(self) -> Option<Format> {
        match self {
            Layout::Integer(format) => Some(format),
            Layout::F4 | Layout::Bytes | Layout::Packed => Some(Format::F4),
            Layout::Float(_) | Layout::Exponents | Layout::Other => None,
        }
    }
}

impl<'a> Item<'a> {
    /// The tensor of the codes or values.
    pub(super) fn data(&self) -> &Tensor<'a> {
        &self.members[0]
    }

    /// The place of the tensor whose name is the weight's with `suffix`, if there is one.
    pub(super) fn place(&self, suffix: &str) -> Option<usize> {
        let is_part = |member: &Tensor<'_>| member.name.strip_prefix(self.name.as_str()) == Some(suffix);
        Some(self.members.iter().skip(1).position(is_part)? + 1)
    }

    /// The tensor whose name is the weight's with `suffix`.
    pub(super) fn part(&self, suffix: &str) -> Option<&Tensor<'a>> {
        self.place(suffix).map(|place| &self.members[place])
    }

    fn new(members: Vec<Tensor<'a>>) -> Self {
        let name = &members[0].name;
        let stem = name.strip_suffix(PACKED).filter(|_| members.len() > 1);
        let mut item = Item { name: stem.unwrap_or(name).to_owned(), layout: Layout::Other, members };
        item.layout = layout(&item);
        if item.layout == Layout::Other {
            item.name = item.data().name.to_string();
            item.layout = layout(&item);
        }
        item
    }
}

/// The weights and other tensors of a file, by name, made one after the other. What is kept of all is a word for each tensor.
pub(super) fn items<'a>(header: &'a Header<'_>) -> impl Iterator<Item = Item<'a>> {
    // Which tensor each belongs to, in the end; itself if to none. Owners come before what they own, or own themselves.
    let mut owners: Vec<u32> = Vec::with_capacity(header.len());
    for index in 0..header.len() {
        let owner = owner(index, header);
        owners.push(owner.map_or(index as u32, |owner| owners.get(owner).copied().unwrap_or(owner as u32)));
    }
    let mut members: Vec<u32> = (0..header.len() as u32).collect();
    members.sort_unstable_by_key(|&index| (owners[index as usize], owners[index as usize] != index, index));
    let mut from = 0;
    core::iter::from_fn(move || {
        let first = *members.get(from)?;
        let of_first = members[from..].iter().take_while(|&&index| owners[index as usize] == first);
        let tensors: Vec<_> = of_first.map(|&index| header.tensor(index as usize)).collect();
        from += tensors.len();
        Some(Item::new(tensors))
    })
}

/// The tensor of codes that a scale, zero point or the like belongs to. Values need none, and what has their name with
/// such an ending is a tensor of its own.
fn owner(index: usize, header: &Header<'_>) -> Option<usize> {
    let name = header.name(index);
    let stems = PARTS.iter().filter_map(|part| name.strip_suffix(part));
    let has_codes = |name: &str| header.find(name).filter(|&owner| float(header.dtype(owner)).is_none());
    stems.filter_map(|stem| has_codes(stem).or_else(|| has_codes(&format!("{stem}{PACKED}")))).next()
}

fn layout(item: &Item<'_>) -> Layout {
    let (data, name) = (item.data(), &*item.data().name);
    if data.range.is_empty()
        || name.starts_with(PREFIX)
        || OF_ACTIVATIONS.contains(&name.rsplit('.').next().unwrap_or(name))
    {
        return Layout::Other;
    }
    if let Some(format) = float(data.dtype) {
        return Layout::Float(format);
    }
    let is_packed = name.len() > item.name.len();
    let scale = item.part("_scale").map(|scale| scale.dtype);
    match (data.dtype, is_packed, scale) {
        (Dtype::F4, false, _) => Layout::F4,
        (Dtype::U8, true, Some(Dtype::F8_E4M3)) => Layout::Packed,
        (Dtype::U8, true, Some(Dtype::U8 | Dtype::F8_E8M0)) => Layout::Exponents,
        (Dtype::U8, false, Some(Dtype::F8_E4M3)) if item.part("_scale_2").is_some() => Layout::Bytes,
        (dtype, false, Some(scale)) if float(scale).is_some() => {
            let zero_point = item.part("_zero_point").map(|zero_point| zero_point.dtype);
            match Format::from_name(dtype.name()) {
                Some(Format::I8) if zero_point == Some(Dtype::I8) => Layout::Integer(Format::U8),
                Some(format) => Layout::Integer(format),
                None => Layout::Other,
            }
        }
        _ => Layout::Other,
    }
}

/// The format of values that need no scale.
fn float(dtype: Dtype) -> Option<Format> {
    match dtype {
        Dtype::F64 => Some(Format::F64),
        Dtype::F32 => Some(Format::F32),
        Dtype::F16 => Some(Format::F16),
        Dtype::BF16 => Some(Format::BF16),
        _ => None,
    }
}
