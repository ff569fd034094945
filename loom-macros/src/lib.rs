//! The `network!` macro of `loom-nn`.
//!
//! `cfg` leaves what is switched off to the compiler. Then come four phases, each in the file of its name: `parse` keeps every
//! span, `check` infers every shape and gathers every error, `plan` lays out parameters and activations as plain numbers, and
//! `expand` prints them and cannot fail. After an error, `expand::fallback` prints the same types without a plan, so that their
//! uses raise no errors of their own.
//!
//! A module uses only those before it: `report`, `group`, `size`, `ast`, `consts`, `parse`, `entry` (what a layer is to the phases),
//! `layers`, `check`, `plan`, `expand`, `pipeline`. `tests/modules.rs` of the workspace holds to that.

#![forbid(unsafe_code)]

mod ast;
mod calculus;
mod cfg;
mod check;
mod consts;
mod entry;
mod expand;
mod expr;
mod group;
mod layers;
mod parse;
mod pipeline;
mod plan;
mod report;
mod size;
#[cfg(test)]
mod tests;

use crate::pipeline::network_tokens;

/// Turns a network's description into a type whose shapes are checked.
///
/// Called through `loom::network!` only, which puts `($crate)` in front of what the user wrote.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    network_tokens(input.into()).into()
}
