//! `BatchNorm2d<C, eps = 1e-5>`

use std::rc::Rc;

use loom_ir::layers as ir;

use super::norm::epsilon;
use super::window::image_of;
use crate::entry::{Entry, LayerSpec, Part, Shape, Site};

pub(super) const BATCH_NORM2D: Entry = Entry::new("BatchNorm2d", &["C"], &[("eps", "1e-5")], |args| {
    Rc::new(BatchNorm2d { channels: args.size(0), epsilon: epsilon(args, 1e-5) })
});

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

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let (channels, positions, epsilon) = (self.channels, input[1] * input[2], self.epsilon);
        vec![Part::only(ir::BatchNorm2d { channels, positions, epsilon })]
    }
}
