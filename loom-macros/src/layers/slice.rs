//! `Slice<AXIS, START, END>`

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, product};

pub(super) const SLICE: Entry = Entry::new("Slice", &["AXIS", "START", "END"], &[], read);

/// Values of all that a network takes: one of its inputs.
pub(crate) fn part_of_input(start: usize, end: usize) -> Rc<dyn LayerSpec> {
    Rc::new(Slice { axis: 0, start, end, alias: None })
}

/// One of the parts that a `Split` makes of an axis.
pub(crate) fn part(axis: usize, start: usize, end: usize) -> Rc<dyn LayerSpec> {
    Rc::new(Slice { axis, start, end, alias: Some("Split") })
}

struct Slice {
    axis: usize,
    start: usize,
    end: usize,
    alias: Option<&'static str>,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let (axis, start, end) = (args.index(0), args.index(1), args.size(2));
    // slice_c1: START is below END.
    if !args.failed() && start >= end {
        let call = args.call;
        let cure = if start == end { call.with(2, start + 1) } else { call.with_each([(1, end), (2, start)]) };
        let message = format!("`{call}` begins at {start} and ends before {end}, so it holds nothing; write `{cure}`");
        args.error(&call.positional[2], message);
    }
    Rc::new(Slice { axis, start, end, alias: None })
}

impl LayerSpec for Slice {
    fn input_hint(&self) -> String {
        let before = "n, ".repeat(self.axis.min(3));
        format!("[{before}{}]", self.end)
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (call, &Slice { axis, start, end, .. }) = (site.call, self);
        let Some(&size) = input.get(axis) else {
            // slice_c2: the axis is one of the input's.
            let last = input.len() - 1;
            let complaint = format!("`{call}` cuts along axis {axis}, but {}, whose last axis is {last}", site.found());
            let cure = match input.iter().rposition(|&size| end <= size) {
                Some(axis) => call.with(0, axis),
                None => within(start, end, input[last], |start, end| call.with_each([(0, last), (1, start), (2, end)])),
            };
            site.error(&call.positional[0], complaint, format!("write `{cure}`"));
            return None;
        };
        // slice_c3: END is at most the axis' size.
        if end > size {
            let complaint = format!(
                "`{call}` ends at {end}, but {}, which has {} along axis {axis}",
                site.found(),
                count(size, "value")
            );
            let cure = match start < size {
                true => call.with(2, size),
                false => within(start, end, size, |start, end| call.with_each([(1, start), (2, end)])),
            };
            site.error(&call.positional[2], complaint, format!("write `{cure}`"));
            return None;
        }
        let mut output = input.to_vec();
        output[axis] = end - start;
        Some(output)
    }

    fn alias(&self) -> Option<&'static str> {
        self.alias
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let Slice { axis, start, end, .. } = *self;
        let inner = product(&input[axis + 1..]);
        vec![Part::only(ir::Slice {
            rows: product(&input[..axis]),
            len: input[axis] * inner,
            start: start * inner,
            count: (end - start) * inner,
        })]
    }
}

/// A part as long, or as long as the axis, that ends where an axis of this size does.
fn within(start: usize, end: usize, size: usize, call: impl Fn(usize, usize) -> String) -> String {
    call(size - (end - start).min(size), size)
}
