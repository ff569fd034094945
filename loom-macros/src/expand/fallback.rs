//! The expansion after an error.

use loom_ir::plan::Plan;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::items::{expand_consts, finish};
use super::losses::expand_loss;
use super::show::Texts;
use super::types::{Shapes, expand_struct};
use crate::ast::Input;
use crate::check::{Compares, Model};
use crate::report::Errors;

/// The errors, and the same constants and types without plans, so that what uses them raises no errors of its own.
///
/// A shape that is not known becomes a type that the compiler takes for any other. It does so with a type that has an error in
/// it, here a `compile_error!` as the length of an array, once a trait is asked for what belongs to that type.
pub(crate) fn fallback(input: &Input, model: &Model, errors: Errors) -> TokenStream {
    let krate = &input.krate;
    let (first, others) = errors.split();
    let names = input.structs.iter().map(|decl| &decl.name).chain(input.consts.iter().map(|decl| &decl.name));
    let Some(name) = names.into_iter().next() else {
        return quote!(#first #others);
    };
    let unknown = format_ident!("__loom_unknown_{}", name);
    let alias = quote! {
        #[allow(dead_code, non_camel_case_types)]
        type #unknown = <[(); { #first }] as #krate::private::Unknown>::Type;
    };
    let unknown = quote!(#unknown);
    let consts = expand_consts(input, model, &quote!(<#unknown>::VALUE));
    let nothing = Compares::default();
    let structs = input.structs.iter().zip(&model.networks).map(|(decl, network)| {
        if decl.is_loss() {
            let compares = network.compares.as_ref().unwrap_or(&nothing);
            return expand_loss(krate, decl, (network, compares), (&NO_PLAN, &[]), Some(&unknown));
        }
        let shapes = Shapes::of(krate, decl, network, quote!(<#unknown>::VALUE), Some(&unknown));
        expand_struct(&input.krate, decl, (&NO_PLAN, &[]), (&shapes, &Texts::default()), true)
    });
    finish(input, quote!(#alias #others #consts #(#structs)*))
}

/// A plan with nothing in it.
const NO_PLAN: Plan<'_> = Plan {
    name: "",
    inputs: &[],
    outputs: &[],
    params: &[],
    trained_len: 0,
    tables: &[],
    programs: &[],
    weights_len: 0,
    values: &[],
    steps: &[],
    input_value: 0,
    output_value: 0,
    train_len: 0,
    infer_len: 0,
    grad_len: 0,
};
