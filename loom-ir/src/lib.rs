//! What `network!` and the library both know of a network: its layers as plain data. It computes nothing.
//!
//! Not for users: the library shows what they need, and this crate may change in any release.
//!
//! All sizes and offsets count elements (not bytes) and are **per sample**.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod facts;
mod fields;
pub mod layers;
mod params;
pub mod plan;
mod program;
mod sizes;

pub use facts::Facts;
pub use fields::{Fields, List, Value, ValueMut};
pub use layers::{Constants, Describe, Layer};
pub use params::{Read, Shape};
pub use sizes::{Inputs, Sizes, count};
