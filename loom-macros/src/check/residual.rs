//! `Residual { stack }`

use proc_macro2::Ident;
use quote::ToTokens;

use super::flow::Flow;
use super::{Checker, Item, Kind, Origin};
use crate::ast::{Body, Stack};
use crate::layers::{join, product};

impl<'a> Checker<'a> {
    /// The shape after a residual is the one before it, whatever the stack inside gives.
    pub(super) fn residual(&mut self, ident: &'a Ident, inner: &'a Stack, flow: Flow<'a>) -> (Kind, Flow<'a>) {
        let errors = self.errors.len();
        let (items, after) = self.stack(inner, flow.clone());
        let before = Flow {
            shape: flow.shape.or_else(|| after.fixed.clone()),
            origin: flow.origin.or(Some(Origin::Residual(ident))),
            is_open: false,
            fixed: after.fixed,
        };
        if let (Some(input), Some(output)) = (&before.shape, &after.shape)
            && input != output
        {
            self.residual_differs(input, output, after.origin.unwrap_or(Origin::Residual(ident)));
        }
        let is_whole = !inner.nodes.iter().any(|node| matches!(node.body, Body::Broken));
        // residual_c2: at least one layer computes.
        if is_whole && errors == self.errors.len() && items.iter().all(|item| self.is_view(item)) {
            let message = "`Residual` holds no layer that computes, so it would only double its input";
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
            (_, [channels, rows, columns], [same, _, _]) if channels == same => {
                format!("pad its convolutions so that the image stays {rows}x{columns}")
            }
            _ => format!("end it with a layer that gives {input:?}"),
        };
        let message =
            format!("`Residual` adds its input to its output, but takes {input:?} and {name} gives {output:?}; {cure}");
        self.errors.at(place, message);
    }

    /// Whether nothing runs for this element.
    fn is_view(&self, item: &Item) -> bool {
        match &item.kind {
            Kind::Layer { spec, .. } => spec.is_view(),
            Kind::Residual(_) => false,
            Kind::Network(index) => {
                let network = self.networks[*index].as_ref();
                network.is_some_and(|network| network.stack.iter().all(|item| self.is_view(item)))
            }
        }
    }
}
