//! What a name in a stack stands for.

use std::rc::Rc;

use syn::ext::IdentExt;

use super::Checker;
use crate::args::Args;
use crate::ast::Call;
use crate::layers::{self, Entry, LayerSpec, REGISTRY};
use crate::report::Errors;

/// What a name in a stack stands for.
pub(super) enum Target {
    Layer(Rc<dyn LayerSpec>),
    /// A struct, by its index.
    Struct(usize),
    /// Nothing that can be checked; the reason is reported.
    Unknown,
}

impl Checker<'_> {
    /// Finds the layer or struct that a name stands for, and reads the layer's arguments.
    pub(super) fn resolve(&mut self, call: &Call) -> Target {
        let name = call.name.unraw().to_string();
        if let Some(index) = self.names.get(&name).copied() {
            return self.resolve_struct(call, index);
        }
        match layers::find(&name) {
            Some(entry) => self.read(call, entry),
            None => self.unknown_name(call, &name),
        }
    }

    /// A struct's name, whose own stack is checked first.
    fn resolve_struct(&mut self, call: &Call, index: usize) -> Target {
        // struct_c2: a struct takes no arguments.
        if let Some(first) = call.positional.first() {
            self.errors.at(first, format!("`{}` is a struct and takes no arguments", call.name));
        } else if let Some((option, _)) = call.options.first() {
            self.errors.at(option, format!("`{}` is a struct and takes no options", call.name));
        }
        // network_c4: no struct contains itself.
        if let Some(start) = self.path.iter().position(|waiting| *waiting == index) {
            let waiting = self.path[start..].iter().map(|index| &self.input.structs[*index]);
            let cycle: String = waiting.map(|decl| format!("`{}` uses ", decl.name)).collect();
            let name = &call.name;
            self.errors.at(name, format!("`{name}` would contain itself: {cycle}`{name}`"));
            return Target::Unknown;
        }
        self.network(index);
        Target::Struct(index)
    }

    /// Reads a layer's arguments.
    fn read(&mut self, call: &Call, entry: &'static Entry) -> Target {
        let mut args = Args::new(call, entry, &self.consts, self.errors);
        if args.failed() {
            return Target::Unknown;
        }
        let spec = (entry.read)(&mut args);
        if args.failed() { Target::Unknown } else { Target::Layer(spec) }
    }

    /// Reports a name that is nothing, and goes on as if the suggestion were right.
    fn unknown_name(&mut self, call: &Call, name: &str) -> Target {
        // network_c6: each name is a layer's or a struct's.
        let structs = self.names.keys().map(String::as_str);
        let Some(near) = layers::suggest(name, structs).map(str::to_owned) else {
            let layers: Vec<_> = REGISTRY.iter().map(|entry| entry.name).collect();
            let layers = layers.join(", ");
            let message = format!("no layer or struct `{name}`; the layers are {layers} and Residual");
            self.errors.at(&call.name, message);
            return Target::Unknown;
        };
        let message = format!("no layer or struct `{name}`; did you mean `{near}`?");
        self.errors.at(&call.name, message);
        let Some(entry) = layers::find(&near) else {
            return Target::Unknown;
        };
        // The arguments may belong to another layer, so nothing is said of them.
        let mut quiet = Errors::default();
        let mut args = Args::new(call, entry, &self.consts, &mut quiet);
        if args.failed() {
            return Target::Unknown;
        }
        let spec = (entry.read)(&mut args);
        if args.failed() { Target::Unknown } else { Target::Layer(spec) }
    }
}
