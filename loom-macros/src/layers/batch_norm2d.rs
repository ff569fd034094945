//! `BatchNorm2d<C, eps = 1e-5>`

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::norm::epsilon;
use super::window::image_of;
use crate::entry::{Emit, Entry, Header, LayerSpec, ParamSpec, Role, Shape, Site, Start, number};

pub(super) const BATCH_NORM2D: Entry = Entry {
    name: "BatchNorm2d",
    positional: &["C"],
    variadic: false,
    options: &[("eps", "1e-5")],
    read: |args| Rc::new(BatchNorm2d { channels: args.size(0), epsilon: epsilon(args, 1e-5) }),
};

struct BatchNorm2d {
    channels: usize,
    epsilon: f32,
}

impl LayerSpec for BatchNorm2d {
    fn input_hint(&self) -> String {
        format!("[{}, rows, columns]", self.channels)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // batch_norm2d_c1: the input is [channels, rows, columns]; batch_norm2d_c2: with C channels.
        image_of(self.channels, input, None, site).map(Vec::from)
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        vec![
            ParamSpec::vector("weight", self.channels, Role::Weight, Start::Ones),
            ParamSpec::vector("bias", self.channels, Role::Bias, Start::Zeros),
            ParamSpec::vector("running_mean", self.channels, Role::Statistic, Start::Zeros),
            ParamSpec::vector("running_var", self.channels, Role::Statistic, Start::Ones),
        ]
    }

    fn work_len(&self, _: &[usize]) -> usize {
        // Sums of each sample; and of the batch, which may be one sample, three values.
        4 * self.channels
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        let sizes = [("CHANNELS", self.channels), ("POSITIONS", cx.input[1] * cx.input[2])];
        let params = [
            ("WEIGHT", cx.params[0]),
            ("BIAS", cx.params[1]),
            ("RUNNING_MEAN", cx.params[2]),
            ("RUNNING_VAR", cx.params[3]),
        ];
        Header::new("BATCH_NORM2D").sizes(sizes).params(params).float("EPSILON", self.epsilon)
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let (channels, positions) = (number(self.channels), number(cx.input[1] * cx.input[2]));
        let epsilon = self.epsilon;
        let [weight, bias, running_mean, running_var] = [0, 1, 2, 3].map(|param| number(cx.params[param]));
        let fields = quote! {
            channels: #channels,
            positions: #positions,
            epsilon: #epsilon,
            weight: #weight,
            bias: #bias,
            running_mean: #running_mean,
            running_var: #running_var,
        };
        cx.layer("BatchNorm2d", fields)
    }
}
