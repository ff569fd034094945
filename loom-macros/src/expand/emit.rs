//! A planned layer as its file is asked for its constants.

use proc_macro2::TokenStream;

use crate::entry::Emit;
use crate::plan::Layer;

/// What the constants of a layer are made of.
pub(super) fn emit<'a>(krate: &'a TokenStream, layer: &'a Layer<'_>) -> Emit<'a> {
    Emit {
        krate,
        name: layer.ident,
        input: &layer.input,
        params: &layer.params,
        epilogue: layer.epilogue,
        stream: layer.stream,
    }
}
