//! A layer that is written outside of the library.

use super::{Constants, Describe};
use crate::facts::{Facts, Input, Kind, Output, Saved};
use crate::fields::fields;
use crate::params::Read;
use crate::sizes::{Inputs, Sizes, count};

/// A layer of your own, which `network!` declares by `layer`: see [`custom`](custom/index.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Custom {
    /// Which of the plan's custom layers it is.
    pub number: usize,
    /// Values of the output per sample.
    pub len: usize,
}

fields!(Custom: number len);

impl Describe for Custom {
    #[inline]
    fn facts(&self) -> Facts {
        let saved = Saved { inputs: true, output: true };
        Facts { input: Input::Any, output: Output::New, kind: Kind::Plain, saved }
    }

    fn params(&self, _: &mut dyn FnMut(Read)) {}

    fn constants(&self, _: &mut dyn Constants) {}

    fn sizes(&self) -> Option<Sizes> {
        Some(Sizes::of(Inputs::Custom, count(&[self.len])?))
    }
}
