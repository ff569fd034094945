//! `Flatten` and `Reshape<D, ..>`, which only rename the shape.

use std::rc::Rc;

use crate::entry::{Args, Entry, LayerSpec, Origin, Part, Shape, Site, count, divisors, join, product};
use crate::size::MAX_DIMS;

pub(super) const FLATTEN: Entry = Entry::new("Flatten", &[], &[], |_| Rc::new(Flatten));

pub(super) const RESHAPE: Entry =
    Entry::new("Reshape", &["D"], &[], |args| Rc::new(Reshape { shape: read_shape(args) })).variadic();

struct Flatten;

struct Reshape {
    shape: Shape,
}

fn read_shape(args: &mut Args<'_>) -> Shape {
    if let Some(surplus) = args.call.positional.get(MAX_DIMS) {
        // size_c8: a shape has at most `MAX_DIMS` dimensions.
        args.error(surplus, format!("a shape has at most {MAX_DIMS} dimensions"));
        return vec![1];
    }
    let shape = args.sizes();
    args.limit(&shape);
    shape
}

impl LayerSpec for Flatten {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(vec![product(input)])
    }

    fn parts(&self, _: &[usize], _: u32) -> Vec<Part> {
        Vec::new()
    }
}

impl LayerSpec for Reshape {
    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (found, wanted) = (product(input), product(&self.shape));
        // reshape_c1: both shapes hold the same number of values.
        if found != wanted {
            let call = site.call;
            let values = if input.len() > 1 { format!(" ({found} values)") } else { String::new() };
            let complaint = format!("`{call}` holds {}, but {}{values}", count(wanted, "value"), site.found());
            let change = self.shape.iter().enumerate().find_map(|(index, dim)| {
                let rest = wanted / dim;
                found.is_multiple_of(rest).then_some((index, found / rest))
            });
            let before = match site.origin {
                Origin::Call(before, Some(width)) if input.len() == 1 => {
                    format!(", or `{}` before it", before.with(width, wanted))
                }
                _ => String::new(),
            };
            match change {
                Some((index, dim)) => {
                    let cure = format!("write `{}`{before}", call.with(index, dim));
                    site.error(&call.positional[index], complaint, cure);
                }
                None => {
                    let cure = format!("write `Reshape<{}>`{before}", join(&fitting(&self.shape, found)));
                    site.error(&call.name, complaint, cure);
                }
            }
            return None;
        }
        Some(self.shape.clone())
    }

    fn declared_output(&self) -> Option<Shape> {
        Some(self.shape.clone())
    }

    fn parts(&self, _: &[usize], _: u32) -> Vec<Part> {
        Vec::new()
    }
}

/// The shape of so many values, of as many dimensions as the one that is wanted and like it.
fn fitting(wanted: &[usize], values: usize) -> Shape {
    let mut rest = values;
    let mut shape: Shape = wanted
        .iter()
        .skip(1)
        .map(|dim| {
            let nearest = divisors(rest).min_by_key(|it| it.abs_diff(*dim)).unwrap_or(1);
            rest /= nearest;
            nearest
        })
        .collect();
    shape.insert(0, rest);
    shape
}
