//! The constant `loom::plan::Plan`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::layer::layer;
use crate::entry::{Role, Start, number};
use crate::plan::{Param, Plan, Slot, Step};

/// `$crate::plan::Plan { .. }`
pub(super) fn expand_plan(krate: &TokenStream, name: &Ident, plan: &Plan<'_>) -> TokenStream {
    let name = name.unraw().to_string();
    let (input, output) = (shape(&plan.input), shape(&plan.output));
    let params = plan.params.iter().map(|param| expand_param(krate, param));
    let steps = plan.steps.iter().map(|step| expand_step(krate, step));
    let (input_slot, output_slot) = (slot(krate, plan.input_slot), slot(krate, plan.output_slot));
    let [trained_len, weights_len] = [plan.trained_len, plan.weights_len].map(number);
    let tables = plan.tables.iter().map(|table| {
        let [offset, steps, features] = [table.offset, table.steps, table.features].map(number);
        quote!(#krate::plan::Table { offset: #offset, steps: #steps, features: #features })
    });
    let [train_len, infer_len, grad_len] = [plan.train_len, plan.infer_len, plan.grad_len].map(number);
    quote! {
        #krate::plan::Plan {
            name: #name,
            input: #input,
            output: #output,
            params: &[#(#params),*],
            trained_len: #trained_len,
            tables: &[#(#tables),*],
            weights_len: #weights_len,
            steps: &[#(#steps),*],
            input_slot: #input_slot,
            output_slot: #output_slot,
            train_len: #train_len,
            infer_len: #infer_len,
            grad_len: #grad_len,
        }
    }
}

fn expand_param(krate: &TokenStream, param: &Param) -> TokenStream {
    let name = &param.name;
    let shape = shape(&param.shape);
    let role = match param.role {
        Role::Weight => quote!(#krate::plan::Role::Weight),
        Role::Bias => quote!(#krate::plan::Role::Bias),
        Role::Statistic => quote!(#krate::plan::Role::Statistic),
    };
    let start = match param.start {
        Start::FanIn => quote!(#krate::plan::Start::FanIn),
        Start::Xavier => quote!(#krate::plan::Start::Xavier),
        Start::Normal => quote!(#krate::plan::Start::Normal),
        Start::Zeros => quote!(#krate::plan::Start::Zeros),
        Start::Ones => quote!(#krate::plan::Start::Ones),
    };
    let [offset, fan_in, fan_out] = [param.offset, param.fan_in, param.fan_out].map(number);
    quote! {
        #krate::plan::Param {
            name: #name,
            shape: #shape,
            offset: #offset,
            role: #role,
            start: #start,
            fan_in: #fan_in,
            fan_out: #fan_out,
        }
    }
}

fn expand_step(krate: &TokenStream, step: &Step<'_, Slot>) -> TokenStream {
    let name = &step.name;
    let layer = layer(krate, &step.op);
    let [input, output, skip, work] = [step.input, step.output, step.skip, step.work].map(|s| slot(krate, s));
    quote! {
        #krate::plan::Step {
            name: #name,
            layer: #layer,
            input: #input,
            output: #output,
            skip: #skip,
            work: #work,
        }
    }
}

fn slot(krate: &TokenStream, slot: Slot) -> TokenStream {
    let [len, train, infer, grad] = [slot.len, slot.train, slot.infer, slot.grad].map(number);
    quote! {
        #krate::plan::Slot { len: #len, train: #train, infer: #infer, grad: #grad }
    }
}

/// `&[16, 12, 12]`
fn shape(shape: &[usize]) -> TokenStream {
    let dims = shape.iter().map(|dim| number(*dim));
    quote!(&[#(#dims),*])
}
