//! The constants `loom::plan::Shader`: for each step, its kernels and the header of constants that specialises them.

use loom_ir::Constants;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::header::Header;
use crate::layers::number;
use crate::plan::{Slot, Step};

/// `$crate::plan::Shader { .. }`
pub(super) fn expand_shader(krate: &TokenStream, step: &Step<'_, Slot>) -> TokenStream {
    let layer = step.op.description();
    let description = layer.description();
    let mut header = Header::new(description.kernels());
    description.constants(&mut header);
    let places = [
        ("INPUT", step.input.train),
        ("INPUT_LEN", step.input.len),
        ("OUTPUT", step.output.train),
        ("OUTPUT_LEN", step.output.len),
        ("SKIP", step.skip.train),
        ("WORK", step.work.train),
        ("D_INPUT", step.input.grad),
        ("D_OUTPUT", step.output.grad),
        ("D_SKIP", step.skip.grad),
    ];
    places.into_iter().for_each(|(name, place)| header.size(name, place));
    let (name, kernels, text) = (&step.name, Ident::new(header.kernels, Span::call_site()), &header.text);
    let params = header.params.iter().map(|&(name, offset)| {
        let offset = number(offset);
        quote!((#name, #offset))
    });
    quote! {
        #krate::plan::Shader {
            name: #name, header: #text, params: &[#(#params),*], kernels: #krate::shaders::#kernels,
        }
    }
}
