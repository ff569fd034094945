//! `MaxPool2d<K, stride = K, padding = 0>` and `AvgPool2d`, which share everything but their name.

use std::rc::Rc;

use loom_ir::layers as ir;

use super::window::{Window, as_image};
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, option_place, pair_text};

pub(super) const MAX_POOL2D: Entry = entry("MaxPool2d");
pub(super) const AVG_POOL2D: Entry = entry("AvgPool2d");

const fn entry(name: &'static str) -> Entry {
    Entry::new(name, &["K"], &[("stride", "K"), ("padding", "0")], read)
}

struct Pool2d {
    /// `MaxPool2d` or `AvgPool2d`.
    name: String,
    window: Window,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let window = Window::read(args, 0, true);
    let most = window.kernel.map(|side| side / 2);
    // pool2d_c3: the padding is at most half of the kernel, as in PyTorch: no window lies in the padding alone.
    if !args.failed() && (0..2).any(|axis| window.padding[axis] > most[axis]) {
        let call = args.call;
        args.error(
            option_place(call, "padding"),
            format!(
                "`{call}` has a padding of {}, but at most half of its kernel, {}, is possible; write `padding = {}`",
                pair_text(window.padding),
                pair_text(most),
                pair_text([0, 1].map(|axis| window.padding[axis].min(most[axis]))),
            ),
        );
    }
    Rc::new(Pool2d { name: args.call.name.to_string(), window })
}

impl LayerSpec for Pool2d {
    fn input_hint(&self) -> String {
        "[channels, rows, columns]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let [channels, rows, columns] = as_image(input, None, Some(&self.window), site)?;
        let [rows, columns] = self.window.positions([rows, columns], 0, site)?;
        Some(vec![channels, rows, columns])
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let (channels, window) = (input[0], self.window.over([input[1], input[2]]));
        vec![match self.name.as_str() {
            "MaxPool2d" => Part::only(ir::MaxPool2d { channels, window }),
            _ => Part::only(ir::AvgPool2d { channels, window }),
        }]
    }
}
