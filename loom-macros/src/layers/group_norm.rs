//! `GroupNorm<GROUPS, C, eps = 1e-5>`

use std::rc::Rc;

use loom_ir::layers as ir;

use super::norm::epsilon;
use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, nearest_divisors, product};

pub(super) const GROUP_NORM: Entry = Entry::new("GroupNorm", &["GROUPS", "C"], &[("eps", "1e-5")], read);

struct GroupNorm {
    groups: usize,
    channels: usize,
    epsilon: f32,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let (groups, channels, epsilon) = (args.size(0), args.size(1), epsilon(args, 1e-5));
    if !args.failed() && !channels.is_multiple_of(groups) {
        // group_norm_c1: GROUPS divides C.
        let call = args.call;
        let cures = nearest_divisors(channels, groups).map(|groups| format!("`{}`", call.with(0, groups)));
        let cures = Vec::from_iter(cures).join(" or ");
        let message = format!("`{call}` shares {channels} channels between {groups} groups; write {cures}");
        args.error(&call.positional[0], message);
    }
    Rc::new(GroupNorm { groups, channels, epsilon })
}

impl LayerSpec for GroupNorm {
    fn input_hint(&self) -> String {
        format!("[{}, rows, columns]", self.channels)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // group_norm_c2: the first dimension of the input is C.
        if input[0] == self.channels {
            return Some(input.to_vec());
        }
        let call = site.call;
        let complaint = format!("`{call}` takes {}, but {}", count(self.channels, "channel"), site.found());
        let groups = match input[0].is_multiple_of(self.groups) {
            true => self.groups,
            false => nearest_divisors(input[0], self.groups).next().unwrap_or(1),
        };
        let cure = format!("write `{}`", call.with_each([(0, groups), (1, input[0])]));
        site.error(&call.positional[1], complaint, cure);
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let GroupNorm { groups, channels, epsilon } = *self;
        vec![Part::only(ir::GroupNorm { groups, channels, positions: product(&input[1..]), epsilon })]
    }
}
