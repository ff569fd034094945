//! `Conv1d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`, a `Conv2d` over an image of one row.

use std::rc::Rc;

use loom_ir::Shape as ParamShape;

use super::conv2d::{Conv2d, OPTIONS};
use super::window::Window;
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, product};

pub(super) const CONV1D: Entry = Entry::new("Conv1d", &["IN", "OUT", "K"], OPTIONS, read);

struct Conv1d(Conv2d);

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    Rc::new(Conv1d(Conv2d {
        in_channels: args.size(0),
        out_channels: args.size(1),
        window: Window::read_row(args, 2),
        bias: args.flag("bias", true),
    }))
}

impl LayerSpec for Conv1d {
    fn input_hint(&self) -> String {
        format!("[{}, length]", self.0.in_channels)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let Conv2d { in_channels, out_channels, .. } = self.0;
        let length = length(input, in_channels, &self.0.window, site)?;
        let [_, length] = self.0.window.positions([1, length], 2, site)?;
        Some(vec![out_channels, length])
    }

    fn alias(&self) -> Option<&'static str> {
        Some("Conv1d")
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let Conv2d { in_channels, out_channels, ref window, .. } = self.0;
        let mut part = Part::only(self.0.over([1, input[1]]));
        // Its files have no dimension for the one row.
        part.params[0].shape = ParamShape::of(&[out_channels, in_channels, window.kernel[1]]);
        vec![part]
    }
}

/// The length of an input `[channels, length]` of so many channels.
fn length(input: &[usize], in_channels: usize, window: &Window, site: &mut Site<'_>) -> Option<usize> {
    let call = site.call;
    let &[channels, length] = input else {
        // conv1d_c1: the input is [channels, length].
        let values = product(input);
        let length = match values.is_multiple_of(in_channels) && window.fits([1, values / in_channels]) {
            true => values / in_channels,
            false => window.least()[1].max(values / in_channels),
        };
        let complaint = format!("`{call}` takes [channels, length], but {}", site.found());
        site.error(&call.name, complaint, site.reshaped(&[in_channels, length]));
        return None;
    };
    // conv1d_c2: the input has IN channels.
    if channels == in_channels {
        return Some(length);
    }
    let complaint = format!("`{call}` takes {}, but {}", count(in_channels, "channel"), site.found());
    if length == in_channels {
        site.error(&call.name, complaint, "channels come first, so insert `Transpose ->` before it");
        return None;
    }
    let complaint = format!("{complaint}, which has {}", count(channels, "channel"));
    site.error(&call.positional[0], complaint, format!("write `{}`", call.with(0, channels)));
    Some(length)
}
