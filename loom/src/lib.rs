//! # Loom
//!
//! A layer stack in `network!` becomes a type whose shapes the compiler has checked.
#![warn(missing_docs)]

pub mod arith;
mod cpu;
pub mod data;
mod error;
mod exec;
mod init;
mod kernel;
pub mod layers;
pub mod loss;
mod network;
mod operator;
pub mod optim;
pub mod plan;
pub mod prelude;
#[doc(hidden)]
pub mod private;
mod progress;
mod random;
mod safetensors;
mod sample;
mod tape;
mod trainer;
mod weights;

pub use cpu::{Cpu, Flavour};
pub use error::Error;
pub use init::Init;
pub use network::{Network, On};
pub use operator::Mode;
pub use random::Seed;
pub use sample::{Sample, Scalar};
pub use tape::Tape;
pub use trainer::{EarlyStopping, Epoch, History, Score, Trainer};
pub use weights::{Fingerprint, Weights};

/// TODO docs
#[macro_export]
macro_rules! network {
    ($($tokens:tt)*) => {
        $crate::private::network! { ($crate) $($tokens)* }
    };
}
