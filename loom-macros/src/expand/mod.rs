//! Prints the types. Nothing here can fail.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::ast::Input;
use crate::calculus::{Lent, ProgramBuf};
use crate::check::{Combine, Item, Kind, Model};
use crate::entry::{Part, number};
use crate::plan::{Layout, List};

mod fallback;
mod items;
mod losses;
mod plan;
mod show;
mod types;

pub(crate) use fallback::fallback;
use items::{expand_consts, finish};
use losses::expand_loss;
pub(crate) use show::Texts;
use types::{Shapes, expand_struct};

/// The items or the expression for a call of `network!`.
pub(crate) fn expand(input: &Input, model: &Model, lists: &[List<'_>]) -> TokenStream {
    let consts = expand_consts(input, model, &TokenStream::new());
    let used = used_structs(model);
    let structs = input.structs.iter().zip(lists).zip(model.structs()).enumerate();
    let structs = structs.map(|(index, ((decl, list), network))| {
        let lent: Vec<_> = list.programs.iter().map(ProgramBuf::lend).collect();
        let gradients: Vec<_> = lent.iter().map(Lent::gradients).collect();
        let programs: Vec<_> = lent.iter().zip(&gradients).map(|(lent, gradients)| lent.program(gradients)).collect();
        let (layout, name) = (Layout::of(list, &programs), decl.name.unraw().to_string());
        let plan = layout.plan(&name);
        let sources: Vec<_> = list.steps.iter().map(|step| step.source).collect();
        if let Some(compares) = &network.compares {
            return expand_loss(&input.krate, decl, (network, compares), (&plan, &sources), None);
        }
        let shapes = Shapes::of(&input.krate, decl, network, number(plan.parameters()).into_token_stream(), None);
        let texts = Texts::of(&plan, list);
        expand_struct(&input.krate, decl, (&plan, &sources), (&shapes, &texts), used.contains(&index))
    });
    let references = model.networks.iter().map(|network| references(input, &network.stack));
    finish(input, quote!(#consts #(#structs #references)*))
}

/// The structs that stand in a stack of another one; user code need not name them.
fn used_structs(model: &Model) -> Vec<usize> {
    fn collect(stack: &[Item], used: &mut Vec<usize>) {
        for item in stack {
            match &item.kind {
                Kind::Layer { .. } | Kind::Expression(_) | Kind::Value(_) | Kind::Bind => {}
                Kind::Combine(Combine { arms, .. }) => arms.iter().for_each(|arm| collect(arm, used)),
                Kind::Network(index) => used.push(*index),
            }
        }
    }
    let mut used = Vec::new();
    model.networks.iter().for_each(|network| collect(&network.stack, &mut used));
    used
}

/// Mentions of what leaves no trace in a plan, views and other structs, so that an editor finds them where the user wrote
/// them.
fn references(input: &Input, stack: &[Item]) -> TokenStream {
    let krate = &input.krate;
    let items = stack.iter().filter(|item| !item.is_copy);
    let mentions = items.map(|item| match &item.kind {
        Kind::Layer { spec, input, .. } if !is_in_plan(&spec.parts(input, 0)) => {
            let path = plan::path(krate, "layers", &item.ident.to_string(), item.ident.span());
            quote!(const _: #path = #path;)
        }
        Kind::Layer { .. } | Kind::Expression(_) | Kind::Value(_) | Kind::Bind => TokenStream::new(),
        Kind::Combine(Combine { arms, .. }) => arms.iter().map(|arm| references(input, arm)).collect(),
        Kind::Network(index) if *index >= input.structs.len() => TokenStream::new(),
        Kind::Network(_) => {
            let name = &item.ident;
            quote! {
                const _: ::core::marker::PhantomData<#name> = ::core::marker::PhantomData;
            }
        }
    });
    mentions.collect()
}

/// Whether the steps of a layer are of the type that documents it.
fn is_in_plan(parts: &[Part]) -> bool {
    !parts.is_empty() && parts.iter().all(|part| part.name.is_none())
}
