//! `GlobalAvgPool`, the mean of each channel.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const GLOBAL_AVG_POOL: Entry = Entry::new("GlobalAvgPool", &[], &[], |_| Rc::new(GlobalAvgPool));

struct GlobalAvgPool;

impl LayerSpec for GlobalAvgPool {
    fn input_hint(&self) -> String {
        "[channels, rows, columns]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // global_avg_pool_c1: the input is [channels, rows, columns] or [channels, length].
        if let [values] = *input {
            let (call, found) = (site.call, site.found());
            let complaint = format!("`{call}` takes [channels, rows, columns] or [channels, length], but {found}");
            let cure = format!("insert `Reshape<1, {values}> ->` before it for the mean of all");
            site.error(&call.name, complaint, cure);
            return None;
        }
        Some(vec![input[0]])
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(ir::GlobalAvgPool { channels: input[0], len: product(&input[1..]) })]
    }
}
