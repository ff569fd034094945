//! What the `safetensors` crate does not refuse in a file's header.

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// Dimensions that a tensor has at most: more would cost many times the file's size to read.
const MOST_DIMENSIONS: usize = 64;

/// Says what is wrong with a header: two tensors of one name, of which readers take different ones; an end beyond any
/// file, which the crate adds to without a check; more dimensions than any tensor has. Text that is not a header at all
/// is left to the crate to refuse.
pub(crate) fn fault(header: &[u8]) -> Option<String> {
    let mut fault = None;
    // An error ends the reading: it is either ours, and in `fault`, or the crate's to find again.
    let _ = serde_json::Deserializer::from_slice(header).deserialize_map(Header { fault: &mut fault });
    fault
}

struct Header<'a> {
    fault: &'a mut Option<String>,
}

impl<'de> Visitor<'de> for Header<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                *self.fault = Some(format!("two tensors are named `{name}`"));
                return Err(M::Error::custom("twice"));
            }
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Tensor { name: &name, fault: self.fault })?;
            }
            names.insert(name);
        }
        Ok(())
    }
}

struct Tensor<'a> {
    name: &'a str,
    fault: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Tensor<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tensor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tensor")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let fault = match key.as_str() {
                "data_offsets" => {
                    let (_, end) = map.next_value::<(u64, u64)>()?;
                    (end > i64::MAX as u64).then(|| format!("tensor `{}` ends at byte {end}", self.name))
                }
                "shape" => map
                    .next_value_seed(Shape)?
                    .then(|| format!("tensor `{}` has more than {MOST_DIMENSIONS} dimensions", self.name)),
                _ => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            if fault.is_some() {
                *self.fault = fault;
                return Err(M::Error::custom("too much"));
            }
        }
        Ok(())
    }
}

/// Whether a shape has too many dimensions.
struct Shape;

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shape")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut shape: S) -> Result<bool, S::Error> {
        let mut dimensions = 0;
        while shape.next_element::<IgnoredAny>()?.is_some() {
            dimensions += 1;
        }
        Ok(dimensions > MOST_DIMENSIONS)
    }
}
