//! What a layer is to the phases: its entry in the registry, its arguments, and what it answers. No layer is known here.

mod args;
mod site;
mod spec;
mod text;

pub(crate) use args::{Args, Entry, Usage};
pub(crate) use site::{Origin, Site};
pub(crate) use spec::{LayerSpec, Part, Shape, keeps_values, takes_tokens};
pub(crate) use text::{count, divisors, join, nearest_divisors, number, option_place, pair_text, product};
