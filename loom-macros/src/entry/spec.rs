//! What the phases ask of a layer.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::header::Header;
use super::site::Site;
use super::text::number;

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

    /// How many values forward leaves for backward, per sample, beside the output; it may use them as it likes.
    fn work_len(&self, _: &[usize]) -> usize {
        0
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

    /// The layer as a value of `loom::layers::Activation`, where it is an activation.
    fn epilogue(&self, _: &Emit<'_>) -> Option<TokenStream> {
        None
    }

    /// The layer as its kernels know it, where it is an activation: the number of the function, and `LeakyRelu`'s slope.
    fn activation_constants(&self) -> Option<(usize, f32)> {
        None
    }

    /// The layer's WGSL kernels and the constants that they share, beside the offsets of its input and output, which every
    /// layer has; empty for a view and for what consists of parts, which have none.
    fn header(&self, cx: &Emit<'_>) -> Header;

    /// The layer's constant, a value of `loom::layers::Layer`; of a view and of what consists of parts, which have none, the
    /// struct's path.
    fn emit(&self, cx: &Emit<'_>) -> TokenStream;
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

/// What a parameter tensor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Weight,
    Bias,
    /// Not trained: a running mean of what backward leaves in its gradient.
    Statistic,
}

/// The values that a parameter tensor begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// U(1 / √fan_in).
    FanIn,
    /// U(√(6 / (fan_in + fan_out))).
    Xavier,
    /// N(1).
    Normal,
    Zeros,
    Ones,
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

/// What a layer's constant is made of, beside its own arguments.
pub(crate) struct Emit<'a> {
    pub(crate) krate: &'a TokenStream,
    /// The layer's name where the user wrote it.
    pub(crate) name: &'a Ident,
    pub(crate) input: &'a [usize],
    /// Offsets of the parameters, in the order of [`LayerSpec::params`].
    pub(crate) params: &'a [usize],
    /// The activation to apply to the result, with its name where the user wrote it.
    pub(crate) epilogue: Option<(&'a dyn LayerSpec, &'a Ident)>,
    /// Which of the network's random layers this is.
    pub(crate) stream: u32,
}

impl Emit<'_> {
    /// The path of the layer's struct. Its last part has the place of the user's token, so that an editor shows the
    /// layer's documentation there.
    pub(crate) fn path(&self, name: &str) -> TokenStream {
        let krate = self.krate;
        let name = self.ident(name);
        quote!(#krate::layers::#name)
    }

    /// A value of `loom::layers::Layer`: the variant and the struct of this name, with these fields.
    pub(crate) fn layer(&self, name: &str, fields: TokenStream) -> TokenStream {
        self.layer_as(name, name, fields)
    }

    /// A value of `loom::layers::Layer`: a variant, and its struct under another name that documents another layer.
    pub(crate) fn layer_as(&self, variant: &str, name: &str, fields: TokenStream) -> TokenStream {
        let (krate, variant, path) = (self.krate, Ident::new(variant, Span::call_site()), self.path(name));
        quote!(#krate::layers::Layer::#variant(#path { #fields }))
    }

    /// `name` at the place of the user's token.
    pub(crate) fn ident(&self, name: &str) -> Ident {
        Ident::new(name, self.name.span().resolved_at(Span::call_site()))
    }

    /// The value of `loom::layers::Activation` to apply to the result.
    pub(crate) fn activation(&self) -> TokenStream {
        let krate = self.krate;
        self.epilogue
            .and_then(|(spec, name)| spec.epilogue(&Emit { name, epilogue: None, ..*self }))
            .unwrap_or_else(|| quote!(#krate::layers::Activation::Identity))
    }

    /// The constants of the activation to apply to the result, added to a header.
    pub(crate) fn with_activation(&self, header: Header) -> Header {
        let constants = self.epilogue.and_then(|(spec, _)| spec.activation_constants());
        let (number, slope) = constants.unwrap_or((0, 0.0));
        header.sizes([("ACTIVATION", number)]).float("SLOPE", slope)
    }

    /// The offset of a bias as an `Option`.
    pub(crate) fn bias(&self, index: usize) -> TokenStream {
        match self.params.get(index).map(|offset| number(*offset)) {
            Some(offset) => quote!(::core::option::Option::Some(#offset)),
            None => quote!(::core::option::Option::None),
        }
    }
}
