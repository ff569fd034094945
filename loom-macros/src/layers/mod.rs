//! The layers: each file has one layer's arguments, shape rules, parameters and constant.
//!
//! [`REGISTRY`] is the only list: a new layer is one file here, its `mod`, and one line there. A shape rule is a numbered comment
//! such as `// dense_c1`, and the ui test of that name shows its error.

mod activation;
mod batch_norm2d;
mod conv1d;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod foreign;
mod global_avg_pool;
mod multi_head_attention;
mod norm;
mod pool2d;
mod positions;
mod recurrence;
mod sequence;
mod shape;
mod softmax;
mod spec;
mod swi_glu;
mod transpose;
mod window;

pub(crate) use foreign::{substitute, suggest};
pub(crate) use spec::{LayerSpec, ParamSpec, Part, Places, Role, Shape, Start};

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use crate::args::Args;
use crate::ast::Call;

/// Every layer.
pub(crate) const REGISTRY: &[Entry] = &[
    dense::DENSE,
    conv2d::CONV2D,
    pool2d::MAX_POOL2D,
    pool2d::AVG_POOL2D,
    shape::FLATTEN,
    shape::RESHAPE,
    activation::RELU,
    activation::LEAKY_RELU,
    activation::SIGMOID,
    activation::TANH,
    activation::SILU,
    activation::GELU,
    activation::GELU_TANH,
    softmax::SOFTMAX,
    dropout::DROPOUT,
    conv1d::CONV1D,
    global_avg_pool::GLOBAL_AVG_POOL,
    sequence::LAST,
    sequence::MEAN,
    transpose::TRANSPOSE,
    recurrence::RNN,
    recurrence::LSTM,
    recurrence::GRU,
    multi_head_attention::MULTI_HEAD_ATTENTION,
    positions::SINUSOIDAL_POSITIONS,
    positions::LEARNED_POSITIONS,
    norm::LAYER_NORM,
    norm::RMS_NORM,
    batch_norm2d::BATCH_NORM2D,
    swi_glu::SWI_GLU,
    embedding::EMBEDDING,
];

/// A layer's line in the registry.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Names of the positional arguments.
    pub(crate) positional: &'static [&'static str],
    /// Whether the last positional argument may be repeated.
    pub(crate) variadic: bool,
    /// Names and defaults of the options.
    pub(crate) options: &'static [(&'static str, &'static str)],
    /// Reads the arguments.
    pub(crate) read: fn(&mut Args<'_>) -> Rc<dyn LayerSpec>,
}

impl Entry {
    /// The layer's arguments as a sentence names them: "`Dense<IN, OUT, bias = true>`".
    pub(crate) fn usage(&self) -> String {
        let mut arguments: Vec<String> = self.positional.iter().map(|&name| name.into()).collect();
        if self.variadic {
            arguments.push("..".to_owned());
        }
        arguments.extend(self.options.iter().map(|(name, default)| format!("{name} = {default}")));
        if arguments.is_empty() {
            return format!("none; write `{}`", self.name);
        }
        format!("`{}<{}>`", self.name, arguments.join(", "))
    }

    /// The position of the argument that another library gives this name to.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let name = foreign::argument(name);
        let is_option = self.options.iter().any(|(option, _)| *option == name);
        self.positional.iter().position(|known| !is_option && known.eq_ignore_ascii_case(name))
    }

    /// The name of a positional argument.
    pub(crate) fn argument(&self, index: usize) -> &'static str {
        self.positional[index.min(self.positional.len() - 1)]
    }
}

/// The layer of this name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}

/// A number without a suffix, as a person would write it.
pub(crate) fn number(value: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(value)
}

/// "3 channels", "1 channel".
pub(crate) fn count(value: usize, noun: &str) -> String {
    if value == 1 { format!("1 {noun}") } else { format!("{value} {noun}s") }
}

/// Number of values in a shape, which the checker keeps within [`crate::size::MAX`].
pub(crate) fn product(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// "1, 28, 28"
pub(crate) fn join(shape: &[usize]) -> String {
    let dims: Vec<_> = shape.iter().map(usize::to_string).collect();
    dims.join(", ")
}

/// The call's own spelling of an option, for cures: `padding = 1`.
pub(crate) fn pair_text(pair: [usize; 2]) -> String {
    if pair[0] == pair[1] { pair[0].to_string() } else { format!("({}, {})", pair[0], pair[1]) }
}

/// The place of an option's value, or the layer's name where the option is not written.
pub(crate) fn option_place(call: &Call, name: &str) -> TokenStream {
    match call.options.iter().find(|(option, _)| option == name) {
        Some((_, value)) => quote!(#value),
        None => {
            let layer = &call.name;
            quote!(#layer)
        }
    }
}
