//! `Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use super::window::{Window, image_of};
use crate::entry::{Args, Entry, LayerSpec, ParamSpec, Places, Shape, Site};

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
    /// The layer for an image of this size.
    pub(super) fn over(&self, image: [usize; 2], cx: &Places<'_>) -> Layer {
        let Conv2d { in_channels, out_channels, .. } = *self;
        let (weight, bias) = cx.weight_and_bias();
        let window = self.window.over(image);
        ir::Conv2d { in_channels, out_channels, window, weight, bias, activation: cx.activation }.into()
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

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        Some(self.over([cx.input[1], cx.input[2]], cx))
    }
}
