//! `Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::window::{Window, image_of};
use crate::entry::{Args, Emit, Entry, Header, LayerSpec, ParamSpec, Shape, Site, number};

pub(super) const CONV2D: Entry = Entry {
    name: "Conv2d",
    positional: &["IN", "OUT", "K"],
    variadic: false,
    options: &[("stride", "1"), ("padding", "0"), ("dilation", "1"), ("bias", "true")],
    read,
};

pub(super) struct Conv2d {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) window: Window,
    pub(super) bias: bool,
}

impl Conv2d {
    /// The constants of the kernels, for an image of this size.
    pub(super) fn header_for(&self, image: [usize; 2], cx: &Emit<'_>) -> Header {
        let sizes = [("IN_CHANNELS", self.in_channels), ("OUT_CHANNELS", self.out_channels)];
        let header = self.window.header(image, Header::new("CONV2D").sizes(sizes));
        cx.with_activation(header.weight_and_bias(cx.params))
    }

    /// The constant for an image of this size, under the name of a layer that is computed so.
    pub(super) fn emit_as(&self, name: &str, image: [usize; 2], cx: &Emit<'_>) -> TokenStream {
        let (in_channels, out_channels) = (number(self.in_channels), number(self.out_channels));
        let window = self.window.emit(image, cx);
        let (weight, bias, activation) = (number(cx.params[0]), cx.bias(1), cx.activation());
        let fields = quote! {
            in_channels: #in_channels,
            out_channels: #out_channels,
            window: #window,
            weight: #weight,
            bias: #bias,
            activation: #activation,
        };
        cx.layer_as("Conv2d", name, fields)
    }
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    Rc::new(Conv2d {
        in_channels: args.size(0),
        out_channels: args.size(1),
        window: Window::read(args, 2, false),
        bias: args.flag("bias", true),
    })
}

impl LayerSpec for Conv2d {
    fn input_hint(&self) -> String {
        format!("[{}, rows, columns]", self.in_channels)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // conv2d_c2: the image has IN channels.
        let [_, rows, columns] = image_of(self.in_channels, input, Some(&self.window), site)?;
        let [rows, columns] = self.window.positions([rows, columns], 2, site)?;
        Some(vec![self.out_channels, rows, columns])
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        let [rows, columns] = self.window.kernel;
        let shape = vec![self.out_channels, self.in_channels, rows, columns];
        let area = rows.saturating_mul(columns);
        let fan_in = self.in_channels.saturating_mul(area);
        let fan_out = self.out_channels.saturating_mul(area);
        ParamSpec::weight_and_bias(shape, fan_in, fan_out, self.bias)
    }

    fn fuses(&self) -> bool {
        true
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        self.header_for([cx.input[1], cx.input[2]], cx)
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        self.emit_as("Conv2d", [cx.input[1], cx.input[2]], cx)
    }
}
