//! `Conv2d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`

use std::rc::Rc;

use loom_ir::layers as ir;

use super::window::{Window, image_of};
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site};

pub(super) const CONV2D: Entry = Entry::new("Conv2d", &["IN", "OUT", "K"], OPTIONS, read);

/// The options of all convolutions.
pub(super) const OPTIONS: &[(&str, &str)] = &[("stride", "1"), ("padding", "0"), ("dilation", "1"), ("bias", "true")];

pub(super) struct Conv2d {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) window: Window,
    pub(super) bias: bool,
}

impl Conv2d {
    /// The layer for an image of this size.
    pub(super) fn over(&self, image: [usize; 2]) -> ir::Conv2d {
        let Conv2d { in_channels, out_channels, bias, .. } = *self;
        let (window, activation) = (self.window.over(image), ir::Activation::Identity);
        ir::Conv2d { in_channels, out_channels, window, bias, activation }
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

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(self.over([input[1], input[2]]))]
    }
}
