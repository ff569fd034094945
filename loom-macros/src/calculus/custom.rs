//! A custom layer, with the sizes and shapes that it is used for.

use std::any::Any;

use loom_ir::custom::{Custom, Outside, Setting};
use loom_ir::plan::Port;

use crate::entry::Shape;

/// A use of a layer that the user declared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomBuf {
    /// The layer's name.
    pub(crate) name: String,
    /// Its sizes and those of its shapes, by their names.
    pub(crate) sizes: Vec<(String, usize)>,
    /// Its inputs.
    pub(crate) inputs: Vec<(String, Shape)>,
    pub(crate) output: Shape,
}

impl CustomBuf {
    /// Its inputs as a plan has them.
    pub(crate) fn ports(&self) -> Vec<Port<'_>> {
        self.inputs.iter().map(|(name, shape)| Port { name, shape }).collect()
    }

    /// The custom layer of a plan.
    pub(crate) fn planned<'a>(&'a self, inputs: &'a [Port<'a>]) -> Custom<'a> {
        Custom { layer: self, inputs, output: &self.output }
    }
}

/// What the macro knows of it. What it is set with, its own type says where the expansion is compiled.
impl Outside for CustomBuf {
    fn name(&self) -> &str {
        &self.name
    }

    fn setting(&self, _: usize) -> Option<(&'static str, Setting)> {
        None
    }

    fn shape(&self, _: &[Port<'_>], to: &mut dyn FnMut(Option<&[usize]>)) {
        to(Some(&self.output));
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
