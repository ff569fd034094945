//! The expansion after an error.

use proc_macro2::TokenStream;
use quote::quote;

use super::{expand_consts, finish, types};
use crate::ast::{Form, Input};
use crate::check::{Model, Network};
use crate::plan::Plan;
use crate::report::Errors;

/// The errors, and the same types without a plan, so that what uses them raises no errors of its own. A type whose
/// shapes are not known is left out.
pub(crate) fn fallback(input: &Input, model: &Model, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    let consts = expand_consts(input, model);
    let structs = input.structs.iter().zip(&model.networks).filter_map(|(decl, network)| {
        let plan = fallback_plan(input.form, network)?;
        Some(types::expand_struct(&input.krate, decl, &plan, true))
    });
    finish(input, quote!(#errors #consts #(#structs)*))
}

/// A plan with nothing but shapes. An expression needs some type, and so gets a guess for a shape that is not known.
fn fallback_plan(form: Form, network: &Network) -> Option<Plan<'static>> {
    let guess = || (form == Form::Expression).then(|| vec![1]);
    let input = network.input.clone().or_else(guess)?;
    let output = network.output.clone().or_else(guess)?;
    Some(Plan { input, output, ..Plan::default() })
}
