//! `Residual { stack }`

use proc_macro2::Ident;
use quote::ToTokens;

use super::Checker;
use super::flow::Flow;
use super::model::Kind;
use crate::ast::{Body, Call, Stack};
use crate::entry::{Origin, join, pair_text, product};

impl<'a> Checker<'a> {
    /// The shape after a residual is the one before it, whatever the stack inside gives.
    pub(super) fn residual(&mut self, ident: &'a Ident, inner: &'a Stack, flow: Flow<'a>) -> (Kind, Flow<'a>) {
        let errors = self.errors.len();
        let (items, after) = self.stack(inner, flow.clone());
        let before = Flow {
            shape: flow.shape.or_else(|| after.fixed.clone()),
            origin: flow.origin.or(Some(Origin::Residual(ident))),
            computed: Some(Origin::Residual(ident)),
            is_open: false,
            fixed: after.fixed,
            before: flow.before,
        };
        if let (Some(input), Some(output)) = (&before.shape, &after.shape)
            && input != output
        {
            self.residual_differs(input, output, after.origin.unwrap_or(Origin::Residual(ident)));
        }
        let is_whole = !inner.nodes.iter().any(|node| matches!(node.body, Body::Broken));
        // residual_c2: at least one layer computes.
        if is_whole && errors == self.errors.len() && items.iter().all(|item| self.is_view(item)) {
            let message = "`Residual` holds no layer that computes, so it would only double its input; leave it out";
            self.errors.at(ident, message);
        }
        (Kind::Residual(items.into()), before)
    }

    /// Reports that the stack inside gives another shape than it takes.
    fn residual_differs(&mut self, input: &[usize], output: &[usize], last: Origin<'a>) {
        // residual_c1: the output has the shape of the input.
        let name = match last {
            Origin::Call(call, _) => format!("`{call}` in it"),
            _ => "its last layer".to_owned(),
        };
        let (mut place, rows) = (last.place(), &input[..input.len() - 1]);
        let cure = match (last, input, output) {
            (Origin::Call(call, Some(width)), [.., wanted], [other_rows @ .., _]) if rows == other_rows => {
                place = call.positional[width].to_token_stream();
                format!("write `{}`", call.with(width, wanted))
            }
            _ if product(input) == product(output) => {
                format!("end it with `Reshape<{}>`", join(input))
            }
            (Origin::Call(call, _), ..) if let Some(padding) = padding(call, input, output) => {
                format!("write `{}`", call.with_option("padding", pair_text(padding)))
            }
            _ => {
                let (flatten, reshape) = (if output.len() > 1 { "Flatten -> " } else { "" }, join(input));
                let reshape = if input.len() > 1 { format!(" -> Reshape<{reshape}>") } else { String::new() };
                format!("end it with `{flatten}Dense<{}, {}>{reshape}`", product(output), product(input))
            }
        };
        let message =
            format!("`Residual` adds its input to its output, but takes {input:?} and {name} gives {output:?}; {cure}");
        self.errors.at(place, message);
    }
}

/// The padding by which a convolution that moves by single pixels gives an image as large as the residual's input.
fn padding(call: &Call, input: &[usize], output: &[usize]) -> Option<[usize; 2]> {
    let ([channels, rows, columns], [same, out_rows, out_columns]) = (input, output) else { return None };
    let lacks = |wanted: &usize, found: &usize| wanted.checked_sub(*found).filter(|lacks| lacks.is_multiple_of(2));
    let (down, across) = (lacks(rows, out_rows)?, lacks(columns, out_columns)?);
    let fits = channels == same && call.name == "Conv2d";
    let is_plain = !call.options.iter().any(|(name, _)| name == "stride" || name == "padding");
    (fits && is_plain).then_some([down / 2, across / 2])
}
