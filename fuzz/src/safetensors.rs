//! Mutations of safetensors files: of the header's text, of the values, and of tensors, after which lengths and offsets are
//! right again.

use crate::Random;
use serde_json::{Map, Value, json};

/// libFuzzer's own mutation of so many bytes, which become at most so many.
type Mutate = fn(&mut [u8], usize, usize) -> usize;

/// Number formats, and the bits of a value.
const DTYPES: [(&str, usize); 20] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
    ("C64", 64),
];

/// What the names of tensors that belong to a weight end in.
const SUFFIXES: [&str; 9] =
    ["", "_scale", "_scale_2", "_zero_point", "_packed", "_global_scale", ".weight", ".bias", "_shape"];

/// Sizes at which something begins or ends.
const SIZES: [u64; 16] = [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, u32::MAX as u64, u64::MAX];

struct Tensor {
    name: String,
    dtype: String,
    shape: Vec<u64>,
    data: Vec<u8>,
}

struct File {
    metadata: Map<String, Value>,
    tensors: Vec<Tensor>,
}

/// Mutates the file in `data[..size]` and gives its new length, at most `max_size`.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, mutate: Mutate) -> usize {
    let mut random = Random::new(seed);
    let kind = random.below(8);
    let mutated = match split(&data[..size]) {
        Some((header, values)) if kind == 0 => {
            let mut new = vec![0; max_size];
            new[..header.len()].copy_from_slice(header);
            let len = mutate(&mut new, header.len(), max_size.saturating_sub(8 + values.len()).max(1));
            Some(join(&new[..len], values))
        }
        Some((header, values)) if kind == 1 && !values.is_empty() => {
            let mut new = values.to_vec();
            mutate(&mut new, values.len(), values.len());
            Some(join(header, &new))
        }
        Some((header, values)) if kind > 1 => File::read(header, values).and_then(|mut file| {
            for _ in 0..=random.below(3) {
                file.change(&mut random, max_size);
            }
            file.write()
        }),
        _ => None,
    };
    match mutated.filter(|new| new.len() <= max_size) {
        Some(new) => {
            data[..new.len()].copy_from_slice(&new);
            new.len()
        }
        None => mutate(data, size, max_size),
    }
}

/// The header and the values.
fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = file.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)
}

fn join(header: &[u8], values: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, values].concat()
}

impl File {
    fn read(header: &[u8], values: &[u8]) -> Option<File> {
        let Value::Object(header) = serde_json::from_slice(header).ok()? else { return None };
        let mut file = File { metadata: Map::new(), tensors: Vec::new() };
        for (name, value) in header {
            if name == "__metadata__" {
                file.metadata = value.as_object()?.clone();
                continue;
            }
            let offset = |i: usize| usize::try_from(value["data_offsets"][i].as_u64()?).ok();
            file.tensors.push(Tensor {
                name,
                dtype: value["dtype"].as_str()?.to_owned(),
                shape: value["shape"].as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?,
                data: values.get(offset(0)?..offset(1)?)?.to_vec(),
            });
        }
        Some(file)
    }

    fn write(&self) -> Option<Vec<u8>> {
        let (mut header, mut values) = (Map::new(), Vec::new());
        if !self.metadata.is_empty() {
            header.insert("__metadata__".to_owned(), self.metadata.clone().into());
        }
        for tensor in &self.tensors {
            let start = values.len();
            values.extend_from_slice(&tensor.data);
            let offsets = [start, values.len()];
            let value = json!({ "dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": offsets });
            header.insert(tensor.name.clone(), value);
        }
        Some(join(&serde_json::to_vec(&header).ok()?, &values))
    }

    fn change(&mut self, random: &mut Random, max_size: usize) {
        if self.tensors.is_empty() {
            return;
        }
        let (at, other) = (random.below(self.tensors.len()), random.below(self.tensors.len()));
        let other_name = self.tensors[other].name.clone();
        let tensor = &mut self.tensors[at];
        match random.below(12) {
            0 => {
                tensor.dtype = DTYPES[random.below(DTYPES.len())].0.to_owned();
                tensor.fit(max_size);
            }
            1 if !tensor.shape.is_empty() => {
                let dimension = random.below(tensor.shape.len());
                let size = &mut tensor.shape[dimension];
                *size = match random.below(3) {
                    0 => size.wrapping_add(1),
                    1 => size.wrapping_sub(1),
                    _ => SIZES[random.below(SIZES.len())],
                };
                tensor.fit(max_size);
            }
            2 => {
                let dimension = random.below(tensor.shape.len() + 1);
                tensor.shape.insert(dimension, SIZES[random.below(4)]);
                tensor.fit(max_size);
            }
            3 if !tensor.shape.is_empty() => {
                tensor.shape.remove(random.below(tensor.shape.len()));
                tensor.fit(max_size);
            }
            4 => drop(self.tensors.swap_remove(at)),
            5 => {
                let Tensor { dtype, shape, data, .. } = &*tensor;
                let name = format!("{other_name}{}", random.pick(&SUFFIXES));
                let copy = Tensor { name, dtype: dtype.clone(), shape: shape.clone(), data: data.clone() };
                self.tensors.push(copy);
            }
            6 => {
                let stem = SUFFIXES.iter().skip(1).find_map(|suffix| other_name.strip_suffix(suffix));
                tensor.name = format!("{}{}", stem.unwrap_or(&other_name), random.pick(&SUFFIXES));
            }
            7 => {
                let shape = format!("{:?}", self.tensors[other].shape);
                self.metadata.insert(format!("loom.shape.{}", self.tensors[at].name), shape.into());
            }
            8 if !self.metadata.is_empty() => {
                let key = self.metadata.keys().nth(random.below(self.metadata.len())).cloned();
                key.and_then(|key| self.metadata.remove(&key));
            }
            9 => {
                let data = self.tensors[other].data.clone();
                self.tensors[at].data = data;
                self.tensors[at].fit(max_size);
            }
            _ => tensor.set_value(random),
        }
    }
}

impl Tensor {
    fn bits(&self) -> usize {
        DTYPES.iter().find(|(name, _)| *name == self.dtype).map_or(8, |(_, bits)| *bits)
    }

    /// Gives the data the length that type and shape ask for, where there is room.
    fn fit(&mut self, max_size: usize) {
        let values = self.shape.iter().try_fold(1_u64, |values, &size| values.checked_mul(size));
        let bits = values.and_then(|values| usize::try_from(values).ok()?.checked_mul(self.bits()));
        if let Some(bytes) = bits.map(|bits| bits / 8).filter(|&bytes| bytes <= max_size) {
            self.data.resize(bytes, 0);
        }
    }

    /// Sets one value, or all, to one at which something begins or ends.
    fn set_value(&mut self, random: &mut Random) {
        const F32: [f32; 12] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN_POSITIVE,
            1e-45,
            8.7e-19,
            1e30,
        ];
        const F64: [f64; 10] = [
            0.0,
            1.0,
            -1.0,
            2.0,
            f64::NAN,
            f64::INFINITY,
            f64::MAX,
            f64::MIN_POSITIVE,
            1e300,
            1.844_674_407_370_955e19,
        ];
        let pattern = match (self.bits(), self.dtype.as_str()) {
            (32, "F32") => F32[random.below(F32.len())].to_le_bytes().to_vec(),
            (64, "F64") => F64[random.below(F64.len())].to_le_bytes().to_vec(),
            (bits, _) => {
                let word = match random.below(4) {
                    0 => SIZES[random.below(SIZES.len())],
                    1 => 1 << random.below(64),
                    2 => (1 << random.below(64)) - 1,
                    _ => random.below(usize::MAX) as u64,
                };
                word.to_le_bytes()[..(bits / 8).max(1)].to_vec()
            }
        };
        let count = self.data.len() / pattern.len();
        if count == 0 {
            return;
        }
        let chosen = random.below(count + 1);
        for (i, value) in self.data.chunks_exact_mut(pattern.len()).enumerate() {
            if chosen == count || i == chosen {
                value.copy_from_slice(&pattern);
            }
        }
    }
}
