//! A loss: its struct, and what it is to a trainer.

use loom_ir::plan::Plan;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::plan::expand_plan;
use super::types::{array_type, derives, summary_gap};
use crate::ast::Struct;
use crate::check::{Compares, Network, Port};
use crate::entry::number;
use crate::plan::Source;

/// One loss with its implementations. A shape that is not known becomes the type `unknown`, which there is after an error.
pub(super) fn expand_loss(
    krate: &TokenStream,
    Struct { attrs, vis, name, .. }: &Struct,
    (network, compares): (&Network, &Compares),
    (plan, sources): (&Plan<'_>, &[Source<'_>]),
    unknown: Option<&TokenStream>,
) -> TokenStream {
    let array = |port: &Port| match &port.shape {
        Some(shape) => array_type(shape),
        None => unknown.cloned().unwrap_or_default(),
    };
    let (outputs, targets) = network.inputs.split_at(compares.count.min(network.inputs.len()));
    let output = match (&compares.outputs, outputs) {
        (Some(outputs), _) => outputs.to_token_stream(),
        (None, [only]) => array(only),
        (None, _) => unknown.cloned().unwrap_or_default(),
    };
    let mut classes = Vec::<Ident>::new();
    let mut target = |(port, is_label): (&Port, &bool)| {
        if !is_label {
            return array(port);
        }
        let class = format_ident!("Class{}", classes.len());
        classes.push(class.clone());
        class.into_token_stream()
    };
    let targets: Vec<_> = targets.iter().zip(&compares.labels).map(&mut target).collect();
    let targets = match targets.as_slice() {
        [only] => only.clone(),
        several => quote!((#(#several),*)),
    };
    let own = [
        ("Debug", quote!(::core::fmt::Debug)),
        ("Clone", quote!(::core::clone::Clone)),
        ("Copy", quote!(::core::marker::Copy)),
        ("PartialEq", quote!(::core::cmp::PartialEq)),
        ("Eq", quote!(::core::cmp::Eq)),
        ("Default", quote!(::core::default::Default)),
    ];
    let own = own.iter().filter(|(name, _)| !derives(attrs, name)).map(|(_, path)| path);
    let derives = quote!(#[derive(#(#own),*)]);
    let gap = summary_gap(attrs);
    let summary = format!(" A loss that compares `{}`.", super::show::ports(plan.inputs));
    let (plan, count, labels) = (expand_plan(krate, plan, sources), number(compares.count), &compares.labels);
    quote! {
        #(#attrs)*
        #gap
        #[doc = #summary]
        #derives
        #vis struct #name;

        impl #krate::private::SealedLoss for #name {}

        impl<#(#classes: #krate::data::Class),*> #krate::loss::Loss<#output, #targets> for #name {
            type Terms = [#krate::private::Term; 1];

            #[allow(clippy::approx_constant)]
            fn terms(&self) -> [#krate::private::Term; 1] {
                const PLAN: &#krate::plan::Plan = #plan;
                [#krate::private::Term::custom(PLAN, #count, &[#(#labels),*])]
            }
        }
    }
}
