//! What a plan knows of a layer that is written outside of the library.

use crate::plan::Port;
use core::any::Any;
use core::fmt::{self, Debug, Formatter};

/// A number that a custom layer is set with. It is part of the plan's fingerprint, and a constant of the layer's WGSL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting {
    /// A size, or a choice by its number: a `u32` in WGSL.
    Size(usize),
    /// A number: an `f32` in WGSL.
    Number(f32),
    /// A choice of two: a `bool` in WGSL.
    Flag(bool),
}

/// A layer that is written outside of the library, as a plan holds it.
pub trait Outside: Any + Sync {
    /// The layer's name.
    fn name(&self) -> &str;

    /// The name and the value of the setting of this number, as far as there are settings.
    fn setting(&self, number: usize) -> Option<(&'static str, Setting)>;

    /// Hands over the shape that the layer gives for inputs of these shapes; none where it takes no such inputs.
    fn shape(&self, inputs: &[Port<'_>], to: &mut dyn FnMut(Option<&[usize]>));

    /// The same value, for the library to find the type that it made.
    fn as_any(&self) -> &dyn Any;
}

impl<'a> dyn Outside + 'a {
    /// The name and the value of each setting, in order.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, Setting)> {
        (0..).map_while(|number| self.setting(number))
    }
}

impl Debug for dyn Outside + '_ {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct(self.name());
        self.settings().for_each(|(name, setting)| {
            text.field(name, &setting);
        });
        text.finish()
    }
}

/// A custom layer with the shapes that it is used for.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    /// What it computes.
    pub layer: &'a dyn Outside,
    /// Its inputs, from 1 to [`MAX_INPUTS`](Self::MAX_INPUTS).
    pub inputs: &'a [Port<'a>],
    /// The shape of its output.
    pub output: &'a [usize],
}

impl Custom<'_> {
    /// The most inputs that a custom layer has.
    pub const MAX_INPUTS: usize = 8;
}

/// Layers are equal where their names and settings are.
impl PartialEq for Custom<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.layer.name() == other.layer.name()
            && self.layer.settings().eq(other.layer.settings())
            && (self.inputs, self.output) == (other.inputs, other.output)
    }
}

crate::fields::fields!(Custom<'_>: layer inputs output);
