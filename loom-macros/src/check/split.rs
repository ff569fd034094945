//! `Split`, which ends a `let` of several names: each is a part of a value.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::{Bound, Flow};
use super::model::{Item, Kind};
use super::stack::apply;
use super::values::several;
use crate::ast::{Call, Let, SPLIT};
use crate::entry::{Args, Usage, count, join, option_place};
use crate::layers::part;

const USAGE: Usage = Usage { name: SPLIT, positional: &["SIZE"], variadic: true, options: &[("axis", "0")] };

impl<'a> Checker<'a> {
    /// Gives several names their parts of what their stack gives, which is a value without a name.
    pub(super) fn split(&mut self, statement: &'a Let, call: &'a Call, flow: &Flow<'a>, items: &mut Vec<Item>) {
        let (axis, sizes) = self.part_sizes(call, &statement.names, flow).unwrap_or_default();
        let Some(scope) = self.scopes.last_mut() else { return };
        let value = scope.values.len();
        scope.values.push(Bound { name: String::new(), flow: flow.clone(), is_read: true });
        items.push(Item::new(String::new(), &call.name, Kind::Bind));
        let mut start = 0;
        for (at, name) in statement.names.iter().enumerate() {
            let mut own = Flow::lost();
            if let Some(size) = sizes.get(at) {
                let end = start + size;
                let (kind, next) = apply(&part(axis, start, end), call, flow.clone(), self.errors);
                items.push(Item::new(String::new(), &call.name, Kind::Value(value)));
                let text = format!("Slice<{axis}, {start}, {end}>").into();
                let item = |kind| Item { text, ..Item::new(name.unraw().to_string(), &call.name, kind) };
                items.extend(kind.map(item));
                (own, start) = (next, end);
            }
            self.bind(name, own, items);
        }
    }

    /// Reports several names for what one stack gives.
    pub(super) fn not_split(&mut self, statement: &Let, flow: &Flow<'_>) {
        let names = &statement.names;
        let sizes = flow.shape.as_ref().and_then(|shape| fitting(&[], names.len(), shape[0]));
        let split = sizes.map_or_else(|| format!("{SPLIT}<..>"), |sizes| format!("{SPLIT}<{}>", join(&sizes)));
        // split_c2: several names are those of parts.
        let message = format!("a stack gives one value, but here are {} names; end it with `-> {split}`", names.len());
        self.errors.at(&names[1], message);
    }

    /// Reports a `Split` that is not at the end of a `let` of several names.
    pub(super) fn misplaced_split(&mut self, call: &Call) {
        let names = if call.positional.len() == 2 { "(a, b)" } else { "(a, b, ..)" };
        // split_c1: the parts have names.
        let message = format!("`{call}` gives several values, which have names; write `let {names} = .. -> {call};`");
        self.errors.at(&call.name, message);
    }

    /// The axis, and the size of each part along it; after an error, as its cure would have them, or nothing.
    fn part_sizes(&mut self, call: &Call, names: &[Ident], flow: &Flow<'_>) -> Option<(usize, Vec<usize>)> {
        self.spelling(call, SPLIT);
        if let Some(decl) = flow.several {
            // port_c3: a stack of a struct with several inputs begins with one of them.
            self.errors.at(&call.name, format!("`{call}` takes one value, but {}", several(decl)));
            return None;
        }
        let before = self.errors.len();
        let mut args = Args::new(call, &USAGE, &self.consts, self.errors);
        let (sizes, axis) = (args.sizes(), args.size_option("axis", 0, 0));
        let is_known = !args.failed();
        if self.errors.len() > before {
            return None;
        }
        if flow.is_open {
            self.unknown_input(call, &format!("[{}{}]", "n, ".repeat(axis.min(3)), sum(&sizes)));
            return None;
        }
        let shape = flow.shape.as_deref().filter(|_| is_known);
        if sizes.len() != names.len() {
            self.wrong_count(call, names, &sizes, (axis, shape.and_then(|shape| shape.get(axis).copied())));
            return None;
        }
        let shape = shape?;
        let found = flow.origin.map_or_else(|| format!("it gets {shape:?}"), |origin| origin.found(shape));
        let other = shape.iter().rposition(|&size| size == sum(&sizes));
        let Some(&size) = shape.get(axis) else {
            // split_c4: the axis is one of the value's.
            let last = shape.len() - 1;
            let cure = match other {
                Some(axis) => format!("write `{}`", call.with_option("axis", axis)),
                None => cure((call, &sizes), fitting(&sizes, names.len(), shape[last]).as_deref(), last, names.len()),
            };
            let message = format!("`{call}` cuts along axis {axis}, but {found}, whose last axis is {last}; {cure}");
            self.errors.at(option_place(call, "axis"), message);
            return None;
        };
        if size == sum(&sizes) {
            return Some((axis, sizes));
        }
        // split_c5: the parts are all of the axis.
        let complaint = format!("the parts of `{call}` are {} values along axis {axis}, but {found}", sum(&sizes));
        if let Some(axis) = other {
            let cure = call.with_option("axis", axis);
            self.errors.at(option_place(call, "axis"), format!("{complaint}; write `{cure}`"));
            return Some((axis, sizes));
        }
        let right = fitting(&sizes, names.len(), size);
        let changed = right.iter().flatten().zip(&sizes).enumerate().filter(|(_, (right, own))| right != own);
        let (place, cure) = match changed.collect::<Vec<_>>().as_slice() {
            &[(at, (right, _))] => (call.positional[at].to_token_stream(), format!("write `{}`", call.with(at, right))),
            _ => (call.name.to_token_stream(), cure((call, &sizes), right.as_deref(), axis, names.len())),
        };
        self.errors.at(place, format!("{complaint}; {cure}"));
        Some((axis, right?))
    }

    /// Reports that there are more or fewer names than parts; `size` is that of the axis.
    fn wrong_count(&mut self, call: &Call, names: &[Ident], sizes: &[usize], (axis, size): (usize, Option<usize>)) {
        let complaint = format!("`{call}` makes {}, but here are {} names", count(sizes.len(), "part"), names.len());
        let is_whole = size == Some(sum(sizes)) && sizes.len() > 1;
        // split_c3: each part has a name.
        let (place, cure) = match (size, names.get(sizes.len()..)) {
            (_, Some(surplus)) if is_whole => {
                let surplus = Vec::from_iter(surplus.iter().map(|name| format!("`{name}`"))).join(" and ");
                (names[sizes.len()].to_token_stream(), format!("leave out {surplus}"))
            }
            (Some(size), _) if !is_whole => {
                let right = fitting(sizes, names.len(), size);
                (call.name.to_token_stream(), cure((call, sizes), right.as_deref(), axis, names.len()))
            }
            (_, Some(_)) => (call.name.to_token_stream(), "write a size for each name".to_owned()),
            (_, None) => (names[names.len() - 1].to_token_stream(), "write a name for each part".to_owned()),
        };
        self.errors.at(place, format!("{complaint}; {cure}"));
    }
}

/// What the sizes come to.
fn sum(sizes: &[usize]) -> usize {
    sizes.iter().fold(0, |sum, size| sum.saturating_add(*size))
}

/// What to write for the right sizes of an axis, or why there are none. Of those that are written, the right ones stay as they are.
fn cure((call, written): (&Call, &[usize]), right: Option<&[usize]>, axis: usize, names: usize) -> String {
    let Some(right) = right else { return format!("axis {axis} is too short for {names} parts") };
    let size = |(at, size): (usize, &usize)| match written.get(at) {
        Some(own) if own == size => call.positional[at].to_string(),
        _ => size.to_string(),
    };
    let sizes = Vec::from_iter(right.iter().enumerate().map(size)).join(", ");
    let axis = if axis == 0 { String::new() } else { format!(", axis = {axis}") };
    format!("write `{SPLIT}<{sizes}{axis}>`")
}

/// As many sizes as there are names, which come to the size of the axis. Of those that are written, all stay but one if that is possible.
fn fitting(written: &[usize], names: usize, size: usize) -> Option<Vec<usize>> {
    let even = |parts: usize, size: usize| (0..parts).map(move |part| size / parts + usize::from(part < size % parts));
    let mut sizes = written[..names.min(written.len())].to_vec();
    let (missing, rest) = (names - sizes.len(), size.saturating_sub(sum(&sizes)));
    if missing > 0 && sizes.len() > 1 && rest >= missing {
        sizes.extend(even(missing, rest));
        return Some(sizes);
    }
    let others = |at: usize| sum(&sizes[..at]).saturating_add(sum(&sizes[at + 1..]));
    match (0..sizes.len()).rev().find(|&at| others(at) < size) {
        Some(at) if missing == 0 => sizes[at] = size - others(at),
        _ if size < names => return None,
        _ => sizes = even(names, size).collect(),
    }
    Some(sizes)
}
