//! The constants `loom::plan::Shader`: for each step, its kernels and the header of constants that specialises them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::emit::emit;
use crate::entry::{Emit, Header, number};
use crate::plan::{Op, Slot, Step};

/// `$crate::plan::Shader { .. }`
pub(super) fn expand_shader(krate: &TokenStream, step: &Step<'_, Slot>) -> TokenStream {
    let header = match &step.op {
        Op::Layer(layer) => {
            let cx = emit(krate, layer);
            // An activation that is a step of its own is its own epilogue.
            let own = layer.spec.activation_constants().map(|_| (layer.spec, layer.ident));
            layer.spec.header(&Emit { epilogue: own.or(layer.epilogue), ..cx })
        }
        Op::Fork(len, _) => Header::new("FORK").sizes([("LEN", *len)]),
        Op::Join(len, _) => Header::new("JOIN").sizes([("LEN", *len)]),
    };
    let header = header.sizes([
        ("INPUT", step.input.train),
        ("INPUT_LEN", step.input.len),
        ("OUTPUT", step.output.train),
        ("OUTPUT_LEN", step.output.len),
        ("SKIP", step.skip.train),
        ("WORK", step.work.train),
        ("D_INPUT", step.input.grad),
        ("D_OUTPUT", step.output.grad),
        ("D_SKIP", step.skip.grad),
    ]);
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
