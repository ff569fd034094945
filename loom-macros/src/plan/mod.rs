//! The layout of a checked network: plain numbers, all of them per sample and in elements.
//!
//! `unroll` writes out repetitions and nested stacks as one list of steps, `slots` gives each activation and each of their gradients its
//! place, and `layout` does so for parameters and makes the plan of all.

use crate::check::Model;

mod layout;
mod model;
mod slots;
mod unroll;

pub(crate) use layout::Layout;
pub(crate) use model::{List, Source, Step};

/// The steps of every struct of a model that has no errors.
pub(crate) fn unroll(model: &Model) -> Vec<List<'_>> {
    let lists = model.structs().iter().map(|network| {
        let mut list = unroll::unroll(model, network);
        slots::assign(&mut list);
        layout::assign(&mut list);
        list
    });
    lists.collect()
}
