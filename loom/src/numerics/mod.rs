//! What results are made of: arithmetic, random numbers, instruction sets, hashes.

pub mod arith;
pub(crate) mod clock;
pub(crate) mod environment;
pub(crate) mod fingerprint;
pub(crate) mod isa;
pub(crate) mod random;
