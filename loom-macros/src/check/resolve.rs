//! What a name in a stack stands for.

use std::rc::Rc;

use syn::ext::IdentExt;

use super::Checker;
use super::foreign::{substitute, suggest};
use super::walk::is_shaped;
use crate::ast::{COMBINATORS, Call, Generic, SPLIT, Spelling, Value};
use crate::calculus::BUILTINS;
use crate::consts::Consts;
use crate::entry::{Args, Entry, LayerSpec};
use crate::expr::Function;
use crate::layers::{REGISTRY, find};
use crate::report::Errors;

/// What a name in a stack stands for.
pub(super) enum Target<'a> {
    Layer(Rc<dyn LayerSpec>),
    /// The layer that a misspelt name means, so that what follows it may be checked. Nothing is said of itself.
    Guess(Rc<dyn LayerSpec>),
    /// A struct, by its index.
    Struct(usize),
    /// A block with its sizes.
    Block(&'a Generic, Vec<usize>),
    /// A function of values with its sizes.
    Function(&'a Function, Vec<usize>),
    /// Nothing that can be checked; the reason is reported.
    Unknown,
}

impl<'a> Checker<'a> {
    /// Finds the layer or struct that a name stands for, and reads the layer's arguments. The shape in front of it, where that
    /// is known, is for cures alone.
    pub(super) fn resolve(&mut self, call: &Call, input: Option<&[usize]>) -> Target<'a> {
        let name = call.name.unraw().to_string();
        if let Some(block) = self.blocks.get(&name).copied() {
            if !self.declared.contains(&name) && self.is_too_deep(call) {
                return Target::Unknown;
            }
            self.declare(block);
            self.spelling(call, &name);
            let sizes = self.block_sizes(call, block);
            return sizes.map_or(Target::Unknown, |sizes| Target::Block(block, sizes));
        }
        if let Some(function) = self.functions.get(&name).copied() {
            let sizes = self.function_sizes(call, function);
            return sizes.map_or(Target::Unknown, |sizes| Target::Function(function, sizes));
        }
        if let Some(index) = self.names.get(&name).copied() {
            return self.resolve_struct(call, index);
        }
        match find(&name) {
            Some(entry) => {
                self.spelling(call, &name);
                self.read(call, entry)
            }
            None if name == SPLIT => {
                self.misplaced_split(call);
                Target::Unknown
            }
            None => self.unknown_name(call, &name, input),
        }
    }

    /// Reports a spelling that is not Loom's, for a call that means this layer or struct.
    pub(super) fn spelling(&mut self, call: &Call, name: &str) -> bool {
        if let Some(Spelling { place, reason }) = &call.spelling {
            self.errors.at(place, format!("{reason}; write `{}`", call.named(name)));
        }
        call.spelling.is_some()
    }

    /// A struct's name, whose own stack is checked first.
    fn resolve_struct(&mut self, call: &Call, index: usize) -> Target<'a> {
        // struct_c2: a struct takes no arguments.
        if let (Some(Spelling { place, .. }), [_, ..]) = (&call.spelling, call.positional.as_slice()) {
            let name = &call.name;
            self.errors
                .at(place, format!("`{name}` is a struct and takes what stands before it; write `.. -> {name}`"));
        } else if self.spelling(call, &call.name.to_string()) {
            // Its other arguments are part of the spelling.
        } else if let Some(first) = call.positional.first() {
            self.errors.at(first, format!("`{}` is a struct and takes no arguments", call.name));
        } else if let Some((option, _)) = call.options.first() {
            self.errors.at(option, format!("`{}` is a struct and takes no options", call.name));
        }
        // loss_c4: a loss is no layer.
        if self.input.structs[index].is_loss() {
            self.errors.at(&call.name, format!("`{}` is a loss, and no layer; give it to a `Trainer`", call.name));
            return Target::Unknown;
        }
        // network_c4: no struct contains itself.
        if let Some(start) = self.path.iter().position(|waiting| *waiting == index) {
            let waiting = self.path[start..].iter().map(|index| &self.input.structs[*index]);
            let cycle: String = waiting.map(|decl| format!("`{}` uses ", decl.name)).collect();
            let name = &call.name;
            self.errors.at(name, format!("`{name}` would contain itself: {cycle}`{name}`"));
            return Target::Unknown;
        }
        if self.networks[index].is_none() && self.is_too_deep(call) {
            return Target::Unknown;
        }
        self.network(index);
        // struct_c3: a struct in a stack has one input and one output.
        if let Some(used) = &self.networks[index]
            && let (1, 1) = (used.inputs.len(), used.outputs.len())
        {
            return Target::Struct(index);
        }
        let message =
            format!("`{}` has several inputs or outputs, but in a stack each layer has one of both", call.name);
        self.errors.at(&call.name, format!("{message}; write its layers here"));
        Target::Unknown
    }

    /// Reads a layer's arguments.
    fn read(&mut self, call: &Call, entry: &'static Entry) -> Target<'a> {
        read(call, entry, &self.consts, self.errors).map_or(Target::Unknown, Target::Layer)
    }

    /// Reports a name that is nothing.
    fn unknown_name(&mut self, call: &Call, name: &str, input: Option<&[usize]>) -> Target<'a> {
        let mut quiet = Errors::default();
        let mut size = |value: &Value| match value {
            Value::Size(size) => self.consts.evaluate(size, &mut quiet),
            _ => None,
        };
        if let Some(cure) = substitute(call, name, input, &mut size) {
            self.errors.at(&call.name, format!("no layer `{name}`; {cure}"));
            return Target::Unknown;
        }
        let is_function = BUILTINS.iter().any(|(other, _)| *other == name) || is_shaped(name);
        let layer = REGISTRY.iter().find(|entry| entry.name.to_lowercase() == name);
        if is_function && (layer.is_none() || call.spelling.is_some()) {
            let cure = match layer {
                Some(layer) => format!("as a layer, write `{}`", layer.name),
                None => format!("give what stands before it a name, `let y = ..;`, and begin a stack with `{name}(y)`"),
            };
            self.errors.at(&call.name, format!("`{name}` is a function, which begins a stack; {cure}"));
            return Target::Unknown;
        }
        // network_c6: each name is a layer's or a struct's.
        let structs = self.names.keys().chain(self.blocks.keys()).chain(self.functions.keys()).map(String::as_str);
        let near: Vec<String> = suggest(name, structs).into_iter().map(str::to_owned).collect();
        let [near] = near.as_slice() else {
            let cure = match near.as_slice() {
                [] => {
                    let [others @ .., last] = COMBINATORS;
                    let layers = REGISTRY.iter().map(|entry| entry.name).chain([SPLIT]).chain(others);
                    let layers = Vec::from_iter(layers).join(", ");
                    format!("a struct must stand in the same `network!`, and the layers are {layers} and {last}")
                }
                near => format!("did you mean `{}`?", near.join("` or `")),
            };
            self.errors.at(&call.name, format!("no layer or struct `{name}`; {cure}"));
            return Target::Unknown;
        };
        if !self.spelling(call, near) {
            self.errors.at(&call.name, format!("no layer or struct `{name}`; did you mean `{near}`?"));
        }
        let guess = find(near).and_then(|entry| read(call, entry, &self.consts, &mut Errors::default()));
        guess.map_or(Target::Unknown, Target::Guess)
    }
}

/// Reads a layer's arguments; nothing when they are wrong.
fn read(call: &Call, entry: &'static Entry, consts: &Consts, errors: &mut Errors) -> Option<Rc<dyn LayerSpec>> {
    let mut args = Args::new(call, entry, consts, errors);
    if args.failed() {
        return None;
    }
    let spec = (entry.read)(&mut args);
    (!args.failed()).then_some(spec)
}
