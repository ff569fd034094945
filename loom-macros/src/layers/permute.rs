//! `Permute<A0, A1, ..>`, which consists of steps that exchange neighbours.

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Entry, LayerSpec, Part, Shape, Site, join, product};
use crate::size::MAX_DIMS;

pub(super) const PERMUTE: Entry = Entry::new("Permute", &["A0"], &[], |args| {
    let axes = (0..args.call.positional.len()).map(|index| args.index(index));
    Rc::new(Permute { axes: axes.collect() })
})
.variadic();

struct Permute {
    /// For each axis of the output, which one of the input it is.
    axes: Vec<usize>,
}

impl LayerSpec for Permute {
    fn input_hint(&self) -> String {
        let dims = (0..self.axes.len().min(MAX_DIMS)).map(|axis| format!("d{axis}"));
        format!("[{}]", Vec::from_iter(dims).join(", "))
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (call, axes) = (site.call, &self.axes);
        if axes.len() != input.len() {
            // permute_c1: each axis of the input is given.
            let complaint = format!("`{call}` orders {}, but {}", axes_text(axes.len()), site.found());
            let complaint = format!("{complaint}, which has {}", axes_text(input.len()));
            let cure = match *input {
                [values] => {
                    let shape = (1..axes.len()).map(|_| 1).chain([values]);
                    site.reshaped(&Vec::from_iter(shape))
                }
                _ => format!("write `{}<{}>`", call.name, join(&completed(axes, input.len()))),
            };
            site.error(&call.name, complaint, cure);
            return None;
        }
        let is_new = |&at: &usize| axes[at] < axes.len() && !axes[..at].contains(&axes[at]);
        if let Some(at) = (0..axes.len()).find(|at| !is_new(at)) {
            // permute_c2: each axis is given once.
            let (axis, last) = (axes[at], axes.len() - 1);
            let complaint = match axis > last {
                true => format!("`{call}` has an axis {axis}, but {}, whose last axis is {last}", site.found()),
                false => format!("`{call}` takes each axis once, but has axis {axis} twice"),
            };
            let mut missing = (0..axes.len()).filter(|axis| !axes.contains(axis));
            let cure = (0..axes.len()).map(|at| if is_new(&at) { axes[at] } else { missing.next().unwrap_or(0) });
            let cure = format!("write `{}<{}>`", call.name, join(&Vec::from_iter(cure)));
            site.error(&call.positional[at], complaint, cure);
            return None;
        }
        Some(axes.iter().map(|&axis| input[axis]).collect())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        // An axis of length 1 may stand anywhere.
        let is_long = |axis: &usize| input[*axis] > 1;
        let wanted = Vec::from_iter(self.axes.iter().copied().filter(is_long));
        let (mut axes, mut parts) = (Vec::from_iter((0..input.len()).filter(is_long)), Vec::new());
        while let Some(at) = (0..axes.len()).find(|&at| axes[at] != wanted[at]) {
            // The group that is to stand here, and all before it.
            let from = at + axes[at..].iter().position(|axis| *axis == wanted[at]).expect("each axis is given once");
            let len = axes[from..].iter().zip(&wanted[at..]).take_while(|(axis, wanted)| axis == wanted).count();
            let end = from + len;
            let groups = [&axes[..at], &axes[at..from], &axes[from..end], &axes[end..]];
            parts.push(exchange(groups.map(|group| group.iter().map(|&axis| input[axis]).product())));
            axes[at..end].rotate_right(len);
        }
        // What stays as it is is one step too, a copy.
        if parts.is_empty() {
            parts.push(exchange([1, 1, 1, product(input)]));
        }
        parts
    }
}

fn exchange([outer, rows, columns, inner]: [usize; 4]) -> Part {
    Part::only(ir::Permute { outer, rows, columns, inner })
}

/// "3 axes", "1 axis".
fn axes_text(axes: usize) -> String {
    if axes == 1 { "1 axis".to_owned() } else { format!("{axes} axes") }
}

/// These axes as far as there are such, and then the others.
fn completed(axes: &[usize], len: usize) -> Vec<usize> {
    let mut completed = Vec::new();
    for axis in axes.iter().copied().chain(0..len).filter(|axis| *axis < len) {
        if !completed.contains(&axis) {
            completed.push(axis);
        }
    }
    completed
}
