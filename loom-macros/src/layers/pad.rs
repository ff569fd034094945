//! `Pad<(BEFORE, AFTER), .., value = 0.0, reflect = false, replicate = false>`

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, count, option_place, pair_text, product};

pub(super) const PAD: Entry =
    Entry::new("Pad", &["(BEFORE, AFTER)"], &[("value", "0.0"), ("reflect", "false"), ("replicate", "false")], read)
        .variadic();

struct Pad {
    /// What comes before and after, for each of the last axes.
    sides: Vec<[usize; 2]>,
    fill: ir::Fill,
    value: f32,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let (call, sides) = (args.call, args.sides());
    let (reflect, replicate) = (args.flag("reflect", false), args.flag("replicate", false));
    let mut value = 0.0;
    let constant = args.option("value");
    if let Some(literal) = constant {
        // pad_c1: the value is finite.
        let range: (fn(f32) -> bool, _) = (f32::is_finite, "finite");
        value = args.float("value", literal, range, |_| "value = 0.0".to_owned());
    }
    let fills = [(constant.is_some(), "value"), (reflect, "reflect"), (replicate, "replicate")];
    let fills = Vec::from_iter(fills.into_iter().filter(|(is_given, _)| *is_given).map(|(_, name)| name));
    if let [first, second, ..] = fills[..] {
        // pad_c2: a constant, a reflection or the edge: one of them.
        let message = format!("`{call}` has both `{first}` and `{second}`, but pads with one of them; leave one out");
        args.error(option_place(call, second), message);
    }
    let fill = match (reflect, replicate) {
        (true, _) => ir::Fill::Reflect,
        (_, true) => ir::Fill::Replicate,
        _ => ir::Fill::Constant,
    };
    Rc::new(Pad { sides, fill, value })
}

impl LayerSpec for Pad {
    fn input_hint(&self) -> String {
        match self.sides.len() {
            1 => "[n]".to_owned(),
            _ => "[channels, rows, columns]".to_owned(),
        }
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (call, sides) = (site.call, &self.sides);
        let Some(first) = input.len().checked_sub(sides.len()) else {
            // pad_c3: as many axes are padded as the input has, or fewer.
            let surplus = sides.len() - input.len();
            let complaint = format!("`{call}` pads the last {} axes, but {}", sides.len(), site.found());
            site.error(&call.positional[0], complaint, format!("write `{}`", call.without(surplus)));
            return None;
        };
        let mut output = input.to_vec();
        for (index, (size, &[before, after])) in output[first..].iter_mut().zip(sides).enumerate() {
            let most = *size - 1;
            if self.fill == ir::Fill::Reflect && before.max(after) > most {
                // pad_c4: what is reflected lies in the input.
                let complaint =
                    format!("`{call}` reflects {}, but {}", count(before.max(after), "value"), site.found());
                let complaint = format!("{complaint}, where axis {} has {most} beside its edge", first + index);
                let cure = call.with(index, pair_text([before.min(most), after.min(most)]));
                site.error(&call.positional[index], complaint, format!("write `{cure}`"));
                return None;
            }
            *size = size.saturating_add(before).saturating_add(after);
        }
        Some(output)
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let (mut planes, mut sides) = (input.to_vec(), self.sides.clone());
        let pad = |planes: &[usize], image: [usize; 2], [rows, columns]: [[usize; 2]; 2]| {
            let (before, after) = ([rows[0], columns[0]], [rows[1], columns[1]]);
            ir::Pad { planes: product(planes), image, before, after, fill: self.fill, value: self.value }
        };
        // The last two axes are an image.
        let (columns, of_columns) = (planes.pop().unwrap_or(1), sides.pop().unwrap_or_default());
        let of_rows = sides.pop();
        let rows = of_rows.and_then(|_| planes.pop()).unwrap_or(1);
        let mut last = pad(&planes, [rows, columns], [of_rows.unwrap_or_default(), of_columns]);
        let mut pads = vec![last];
        // Each axis before them is the rows of one whose columns are what is padded already.
        while let (Some(of_rows), Some(rows)) = (sides.pop(), planes.pop()) {
            last = pad(&planes, [rows, product(&last.padded())], [of_rows, [0, 0]]);
            pads.push(last);
        }
        let adds = |pad: &ir::Pad| pad.padded() != pad.image;
        match pads.iter().any(adds) {
            true => pads.retain(adds),
            false => pads.truncate(1),
        }
        pads.into_iter().map(Part::only).collect()
    }
}
