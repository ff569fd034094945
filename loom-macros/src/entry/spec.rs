//! What the phases ask of a layer.

use loom_ir::facts::{Input, Output};
use loom_ir::plan::Start;
use loom_ir::{Layer, Read};
use proc_macro2::Ident;

use super::site::Site;

/// Dimensions of one sample, outermost first.
pub(crate) type Shape = Vec<usize>;

/// A layer with its arguments.
pub(crate) trait LayerSpec {
    /// The input shape that follows from the arguments alone, which then may be left out of the struct.
    fn fixed_input(&self) -> Option<Shape> {
        None
    }

    /// How the user would write the input shape of a struct that starts with this layer.
    fn input_hint(&self) -> String {
        "[n]".to_owned()
    }

    /// The output shape, or nothing when it cannot be told after the errors that went to `site`.
    ///
    /// After an error this is the output that the cure leaves the layer with, where any cure leaves it with the same one;
    /// otherwise it is unknown, and the layers behind it are not checked.
    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape>;

    /// The output shape when, after an error, the input shape is not known: for a layer whose output is the same for any input.
    fn declared_output(&self) -> Option<Shape> {
        None
    }

    /// The positional argument that is the last dimension of the output, if there is one; errors propose to change it.
    fn width_argument(&self) -> Option<usize> {
        None
    }

    /// The layer whose weight it reads in place of one of its own.
    fn tied(&self) -> Option<&Ident> {
        None
    }

    /// The type of `loom::layers` that documents the layer, where it is not that of its only [part](Self::parts).
    fn alias(&self) -> Option<&'static str> {
        None
    }

    /// What the library runs for an input that fits: one layer, several for a composite, none for a view. `stream` is the number
    /// of the network's next random layer.
    fn parts(&self, input: &[usize], stream: u32) -> Vec<Part>;
}

/// Whether what runs gives values of its input as they are, so that token numbers stay token numbers.
pub(crate) fn keeps_values(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.layer.facts().output == Output::Kept)
}

/// Whether what runs takes token numbers, to which no gradient flows back.
pub(crate) fn takes_tokens(parts: &[Part]) -> bool {
    parts.first().is_some_and(|part| matches!(part.layer.facts().input, Input::Tokens(_)))
}

/// A layer that the library runs.
pub(crate) struct Part {
    /// What its step is called, behind the name of the composite that it is part of.
    pub(crate) name: Option<&'static str>,
    pub(crate) layer: Layer,
    /// Its parameters, under the names that they have in the user's layer.
    pub(crate) params: Vec<Read>,
}

impl Part {
    /// A layer of its own.
    pub(crate) fn only(layer: impl Into<Layer>) -> Self {
        let (layer, mut params) = (layer.into(), Vec::new());
        layer.description().params(&mut |param| params.push(param));
        Self { name: None, layer, params }
    }

    /// A part of a composite.
    pub(crate) fn named(name: &'static str, layer: impl Into<Layer>) -> Self {
        Self { name: Some(name), ..Self::only(layer) }
    }

    /// The same, with other names of its parameters.
    pub(crate) fn params_named(mut self, names: [&'static str; 2]) -> Self {
        self.params.iter_mut().zip(names).for_each(|(param, name)| param.name = name);
        self
    }

    /// The same, whose parameters begin with something else.
    pub(crate) fn starting(mut self, starts: [Start; 2]) -> Self {
        self.params.iter_mut().zip(starts).for_each(|(param, start)| param.start = start);
        self
    }
}
