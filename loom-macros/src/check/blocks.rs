//! Blocks: stacks with sizes that each use gives, checked once for each use that differs from others.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Checker;
use super::flow::{Body, Bound, Flow, INPUT, Misfit, Outcome, Use};
use crate::ast::{Call, Generic, Value};
use crate::entry::product;
use crate::report::Errors;

impl<'a> Checker<'a> {
    /// Finds what is wrong with a block wherever it may be used.
    pub(super) fn declare_blocks(&mut self) {
        let blocks = &self.input.blocks;
        for block in blocks {
            let name = block.name.unraw().to_string();
            if self.names.contains_key(&name) || self.blocks.insert(name, block).is_some() {
                let message = format!("another struct or block has the name `{}`", block.name);
                self.errors.at(&block.name, message);
            }
        }
        blocks.iter().for_each(|block| self.declare(block));
    }

    /// Looks at a block without its sizes, unless that is done.
    pub(super) fn declare(&mut self, block: &'a Generic) {
        let name = block.name.unraw().to_string();
        if !self.declared.insert(name.clone()) {
            return;
        }
        let outer = std::mem::take(self.errors);
        self.body(block, &vec![None; block.params.len()], Flow::lost());
        let own = std::mem::replace(self.errors, outer);
        if !own.is_empty() {
            // Its uses shall not repeat the complaint.
            self.broken.insert(name);
            self.broken_blocks.append(own);
        }
    }

    /// What stands in a block, with its sizes as far as they are known.
    fn body(&mut self, block: &'a Generic, sizes: &[Option<usize>], flow: Flow<'a>) -> Body<'a> {
        let consts = self.consts.with(block.params.iter().zip(sizes.iter().copied()));
        let outer = std::mem::replace(&mut self.consts, consts);
        self.waiting.push(block.name.unraw().to_string());
        self.level += 1;
        let body = self.block(&block.body, vec![Bound::input(INPUT, flow)], Vec::new());
        self.level -= 1;
        self.waiting.pop();
        self.consts = outer;
        body
    }

    /// The sizes that a use of a block gives; nothing where it cannot be used, which is reported.
    pub(super) fn block_sizes(&mut self, call: &Call, block: &Generic) -> Option<Vec<usize>> {
        let name = block.name.unraw().to_string();
        if self.broken.contains(&name) {
            return None;
        }
        // block_c4: no block contains itself.
        if self.waiting.contains(&name) {
            self.errors.at(&call.name, format!("`{name}` would contain itself"));
            return None;
        }
        // block_c2: a use gives each size of the block.
        let (given, taken) = (call.positional.len(), block.params.len());
        if let Some((option, _)) = call.options.first() {
            let message = format!("`{}` is a block and takes no options; write `{}`", call.name, block.usage());
            self.errors.at(option, message);
            return None;
        }
        if given != taken {
            let plural = if given == 1 { "" } else { "s" };
            let message = format!("`{call}` has {given} size{plural}; the block takes `{}`", block.usage());
            match call.positional.get(taken) {
                Some(surplus) => self.errors.at(surplus, message),
                None => self.errors.at(&call.name, message),
            }
            return None;
        }
        let mut sizes = Vec::new();
        for value in &call.positional {
            let size = match value {
                Value::Size(size) => self.consts.evaluate(size, self.errors),
                value => {
                    self.errors.at(value, format!("a block takes sizes, not `{value}`"));
                    None
                }
            };
            if size == Some(0) {
                // size_c5: sizes are at least 1.
                self.errors.at(value, format!("a size of `{}` is 0, but must be at least 1", call.name));
                return None;
            }
            sizes.push(size?);
        }
        Some(sizes)
    }

    /// A block as a stack, which takes what flows in. After an error, it is the block with the proposed size.
    pub(super) fn use_block(
        &mut self,
        call: &'a Call,
        block: &'a Generic,
        sizes: &[usize],
        flow: &Flow<'a>,
    ) -> Option<usize> {
        let key = Use {
            block: block.name.unraw().to_string(),
            sizes: sizes.to_vec(),
            shape: flow.shape.clone(),
            is_open: flow.is_open,
            is_computed: flow.computed.is_some(),
        };
        if !self.uses.contains_key(&key) {
            if self.is_beyond_limits(call) {
                return None;
            }
            let (index, errors) = self.instance(block, sizes, flow);
            let misfit = errors.first().map(|error| {
                // A block within a block fits where the outer one does.
                let change = if self.waiting.is_empty() { self.fitting_size(block, sizes, flow) } else { None };
                Misfit { text: error.to_string(), line: error.span().start().line, change }
            });
            self.uses.insert(key.clone(), Outcome { index, misfit });
        }
        let Outcome { index, misfit } = &self.uses[&key];
        let Some(misfit) = misfit else { return Some(*index) };
        let (place, message) = misfit.report(call, flow);
        let index = misfit.change.map(|(.., index)| index);
        self.errors.at(place, message);
        index
    }

    /// A block with sizes, and what is wrong with it.
    fn instance(&mut self, block: &'a Generic, sizes: &[usize], flow: &Flow<'a>) -> (usize, Errors) {
        let errors = std::mem::take(self.errors);
        let sizes: Vec<_> = sizes.iter().map(|&size| Some(size)).collect();
        let Body { items, takes_tokens, flow: after, .. } = self.body(block, &sizes, flow.clone());
        let own = std::mem::replace(self.errors, errors);
        let mut network = self.describe(items, takes_tokens);
        (network.input, network.output) = (flow.shape.clone().or(after.fixed), after.shape);
        self.networks.push(Some(network));
        (self.networks.len() - 1, own)
    }

    /// One size that makes the block take what flows in: its position and value.
    fn fitting_size(&mut self, block: &'a Generic, sizes: &[usize], flow: &Flow<'a>) -> Option<(usize, usize, usize)> {
        let shape = flow.shape.clone()?;
        let mut whole: Vec<usize> = shape.iter().copied().chain([product(&shape)]).collect();
        whole.sort_unstable();
        whole.dedup();
        // A part of an axis: equal ones, and what another size leaves.
        let equal = whole.iter().flat_map(|size| [2, 3, 4].map(|parts| size / parts * usize::from(size % parts == 0)));
        let rest = whole.iter().flat_map(|size| sizes.iter().map(move |other| size.saturating_sub(*other)));
        let mut parts: Vec<usize> = equal.chain(rest).filter(|part| *part > 0 && !whole.contains(part)).collect();
        parts.sort_unstable();
        parts.dedup();
        let positions = |candidate| (0..sizes.len()).map(move |at| (at, candidate));
        let candidates = (0..sizes.len()).flat_map(|at| whole.iter().map(move |&candidate| (at, candidate)));
        for (at, candidate) in candidates.chain(parts.iter().copied().flat_map(positions)) {
            let mut sizes = sizes.to_vec();
            if std::mem::replace(&mut sizes[at], candidate) == candidate {
                continue;
            }
            let (index, errors) = self.instance(block, &sizes, flow);
            if errors.is_empty() {
                return Some((at, candidate, index));
            }
        }
        None
    }
}

impl Misfit {
    /// The place of the error at a use, and its text.
    fn report(&self, call: &Call, flow: &Flow<'_>) -> (TokenStream, String) {
        // block_c3: the layers of a block fit one another and what the block takes.
        let Misfit { text, line, change } = self;
        let takes = flow.shape.as_ref().map_or_else(String::new, |shape| format!(" with {shape:?}"));
        match *change {
            Some((at, size, _)) => {
                let complaint = text.rsplit_once("; ").map_or(text.as_str(), |(complaint, _)| complaint);
                let cure = call.with(at, size);
                let message = format!("`{call}` cannot be used{takes}: in line {line}, {complaint}; write `{cure}`");
                (call.positional[at].to_token_stream(), message)
            }
            None => (call.name.to_token_stream(), format!("`{call}` cannot be used{takes}: in line {line}, {text}")),
        }
    }
}
