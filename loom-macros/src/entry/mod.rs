//! What a layer is to the phases: its entry in the registry, its arguments, and what it answers. No layer is known here.

mod args;
mod header;
mod site;
mod spec;
mod text;

pub(crate) use args::{Args, Entry};
pub(crate) use header::Header;
pub(crate) use site::{Origin, Site};
pub(crate) use spec::{Emit, LayerSpec, ParamSpec, Part, Role, Shape, Start};
pub(crate) use text::{count, join, number, option_place, pair_text, product};
