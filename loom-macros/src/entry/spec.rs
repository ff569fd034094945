//! What the phases ask of a layer.

use loom_ir::Layer;
use loom_ir::layers as ir;
pub(crate) use loom_ir::plan::{Role, Start};

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

    /// The parameter tensors for an input, in the order of PyTorch's state dict.
    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// The layers that this one consists of, where it is not a step of its own. Their parameters' names have the layer's in
    /// front, so that no two may be alike.
    fn parts(&self, _: &[usize]) -> Vec<Part<'_>> {
        Vec::new()
    }

    /// The steps and features of the table of positions that the layer reads, if it reads one. Its offset in the weights is
    /// the last of [`Emit::params`].
    fn table(&self, _: &[usize]) -> Option<[usize; 2]> {
        None
    }

    /// The positional argument that is the last dimension of the output, if there is one; errors propose to change it.
    fn width_argument(&self) -> Option<usize> {
        None
    }

    /// Whether the layer only renames the shape and runs nothing.
    fn is_view(&self) -> bool {
        false
    }

    /// Whether the output holds values of the input as they are, so that token numbers stay token numbers.
    fn keeps_values(&self) -> bool {
        self.is_view()
    }

    /// Whether the input are token numbers, to which no gradient flows back.
    fn takes_tokens(&self) -> bool {
        false
    }

    /// Whether the layer draws random numbers and so needs a stream of its own.
    fn is_random(&self) -> bool {
        false
    }

    /// Whether the layer's constant has a field `activation` for the activation after it.
    fn fuses(&self) -> bool {
        false
    }

    /// Whether a layer that fuses may apply this one to its result.
    fn is_epilogue(&self) -> bool {
        false
    }

    /// The function, where the layer is an activation.
    fn activation(&self) -> Option<ir::Activation> {
        None
    }

    /// The type of `loom::layers` that documents the layer, where it is not that of [`layer`](Self::layer).
    fn alias(&self) -> Option<&'static str> {
        None
    }

    /// The layer as the library runs it; none of a view, and of what consists of parts.
    fn layer(&self, cx: &Places<'_>) -> Option<Layer>;
}

/// One of the layers that a layer consists of.
pub(crate) struct Part<'a> {
    /// What its step is called, behind the layer's name.
    pub(crate) name: &'static str,
    pub(crate) spec: &'a dyn LayerSpec,
    pub(crate) output: Shape,
}

/// A parameter tensor of a layer.
pub(crate) struct ParamSpec {
    /// The last part of its name: `weight`.
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) role: Role,
    pub(crate) start: Start,
    pub(crate) fan_in: usize,
    pub(crate) fan_out: usize,
}

impl ParamSpec {
    /// A weight `shape`, and a bias of its first dimension where there is one.
    pub(crate) fn weight_and_bias(shape: Shape, fan_in: usize, fan_out: usize, bias: bool) -> Vec<Self> {
        let bias = bias.then(|| (vec![shape[0]], "bias", Role::Bias));
        [(shape, "weight", Role::Weight)]
            .into_iter()
            .chain(bias)
            .map(|(shape, name, role)| Self { name, shape, role, start: Start::FanIn, fan_in, fan_out })
            .collect()
    }

    /// A value for each channel or column.
    pub(crate) fn vector(name: &'static str, len: usize, role: Role, start: Start) -> Self {
        Self { name, shape: vec![len], role, start, fan_in: 1, fan_out: 1 }
    }
}

/// What a layer's description is made of, beside its own arguments.
pub(crate) struct Places<'a> {
    pub(crate) input: &'a [usize],
    /// Offsets of the parameters, in the order of [`LayerSpec::params`], and of the table behind them.
    pub(crate) params: &'a [usize],
    /// The activation to apply to the result.
    pub(crate) activation: ir::Activation,
    /// Which of the network's random layers this is.
    pub(crate) stream: u32,
}

impl Places<'_> {
    /// The offsets of a weight and of its bias, if there is one.
    pub(crate) fn weight_and_bias(&self) -> (usize, Option<usize>) {
        (self.params[0], self.params.get(1).copied())
    }
}
