//! Losses: what they compare, and what they give.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::{Checker, Compares, Network, Part, Port};
use crate::ast::{Body, Compared, InputShape, Struct};
use crate::entry::product;
use crate::expr::{Code, Expr};
use crate::report::nearest;

/// The most parts of a target.
const MAX_PARTS: usize = 8;

/// What the names of a struct's outputs end with.
const OUTPUT: &str = "Output";

impl<'a> Checker<'a> {
    /// The parts that a loss compares, of which each output of a struct is one.
    pub(super) fn compared(&mut self, decl: &'a Struct, parts: &'a [(Ident, Compared)]) -> (Vec<Part<'a>>, Compares) {
        let (mut found, mut compares) = (Vec::new(), Compares::default());
        for (name, compared) in parts {
            let plain =
                |name: &'a Ident, shape| Part { name: name.unraw().to_string(), ident: name, shape, is_read: true };
            let (is_label, part) = match compared {
                Compared::Dims(dims) => (false, plain(name, self.input_shape(decl, dims))),
                Compared::Label(classes) => {
                    let count = self.consts.evaluate(classes, self.errors);
                    if count == Some(0) {
                        // size_c5: sizes are at least 1.
                        self.errors.at(classes, format!("`{name}` is one of 0 classes, but there must be at least 1"));
                    }
                    (true, plain(name, count.filter(|count| *count > 0).map(|count| vec![count])))
                }
                Compared::Outputs(ty) => {
                    let outputs = self.outputs_of(decl, name, ty);
                    compares.outputs = outputs.is_some().then(|| ty.clone());
                    found.extend(outputs.unwrap_or_else(|| lost(decl, name)));
                    compares.count = found.len();
                    continue;
                }
            };
            // loss_c6: targets are tuples of at most eight.
            if compares.labels.len() == MAX_PARTS {
                self.errors.at(name, format!("a target has at most {MAX_PARTS} parts; join some of one shape"));
            }
            if found.is_empty() {
                compares.count = 1;
            } else {
                compares.labels.push(is_label);
            }
            found.push(part);
        }
        (found, compares)
    }

    /// Each output of a struct with several: `out.mean`. Nothing after an error.
    fn outputs_of(&mut self, decl: &'a Struct, name: &'a Ident, ty: &Ident) -> Option<Vec<Part<'a>>> {
        let text = ty.unraw().to_string();
        let index = text.strip_suffix(OUTPUT).and_then(|name| self.names.get(name)).copied();
        let index = index.filter(|index| !self.input.structs[*index].is_loss());
        let Some(index) = index else {
            let outputs = self.input.structs.iter().filter(|decl| decl.outputs.len() > 1);
            let outputs = Vec::from_iter(outputs.map(|decl| format!("{}{OUTPUT}", decl.name.unraw())));
            let cure = match (nearest(&text, outputs.iter().map(String::as_str)).as_slice(), outputs.as_slice()) {
                ([near, ..], _) => format!("did you mean `{near}`?"),
                ([], [first, ..]) => format!("write its shape, as in `{name}: [10]`, or `{name}: {first}`"),
                ([], []) => format!("write its shape, as in `{name}: [10]`"),
            };
            // loss_c2: the output is one of a struct in the same `network!`.
            self.errors.at(ty, format!("no struct of this `network!` gives a `{ty}`; {cure}"));
            return None;
        };
        self.network(index);
        let network = self.networks[index].as_ref();
        let outputs = network.map(|network| &network.outputs[..]).unwrap_or_default();
        if let [only] = outputs {
            let shape = only.shape.as_deref().map_or_else(|| "[10]".to_owned(), |shape| format!("{shape:?}"));
            let struct_name = &self.input.structs[index].name;
            self.errors.at(ty, format!("`{struct_name}` has one output; write its shape: `{name}: {shape}`"));
            return None;
        }
        let read = mentions(decl, name);
        // An error about a part that is not there tells those that are.
        let is_wrong = read.iter().any(|field| outputs.iter().all(|port| port.name != *field));
        let part = |port: &Port| Part {
            name: format!("{}.{}", name.unraw(), port.name),
            ident: name,
            shape: port.shape.clone(),
            is_read: is_wrong || read.contains(&port.name),
        };
        Some(outputs.iter().map(part).collect())
    }

    /// Checks what a loss gives.
    pub(super) fn loss(&mut self, decl: &Struct, network: &Network) {
        if let InputShape::Compared(parts) = &decl.input
            && let Some((name, Compared::Outputs(_))) = parts.first()
            && code(decl).is_some()
            && mentions(decl, name).is_empty()
        {
            // value_c3: each value is read.
            self.errors.at(name, format!("nothing reads `{name}`; a loss depends on the output"));
            return;
        }
        let Some(shape) = network.output.as_deref().filter(|shape| product(shape) != 1) else { return };
        let Some(code) = code(decl) else { return };
        // loss_c3: a loss is one number for each sample.
        let message = format!(
            "`{}` is one number for each sample, but this is {shape:?}; write `sum` or `mean` of it",
            decl.name
        );
        self.errors.at(code.result.place(), message);
    }
}

/// What stands in the braces of a loss; nothing after an error.
fn code(decl: &Struct) -> Option<&Code> {
    match decl.body.stack.nodes.first().map(|node| &node.body) {
        Some(Body::Expression(code)) => Some(code),
        _ => None,
    }
}

/// The parts of `name` that a loss mentions before a `let` gives another value that name; an empty one where it mentions the whole.
fn mentions(decl: &Struct, name: &Ident) -> Vec<String> {
    let mut fields = Vec::new();
    let Some(code) = code(decl) else { return fields };
    let lets = code.lets.iter().map(|(bound, value)| (Some(bound), value));
    for (bound, expr) in lets.chain([(None, &code.result)]) {
        expr.walk(&mut |part| match part {
            Expr::Field(base, field) if base.unraw() == name.unraw() => fields.push(field.unraw().to_string()),
            Expr::Name(whole) if whole.unraw() == name.unraw() => fields.push(String::new()),
            _ => {}
        });
        if bound.is_some_and(|bound| bound.unraw() == name.unraw()) {
            break;
        }
    }
    fields
}

/// What a loss mentions of an output that an error, reported already, made unknown. No expression says anything of it.
fn lost<'a>(decl: &Struct, ident: &'a Ident) -> Vec<Part<'a>> {
    let name = |field: String| match field.as_str() {
        "" => ident.unraw().to_string(),
        field => format!("{}.{field}", ident.unraw()),
    };
    let part = |field| Part { name: name(field), ident, shape: None, is_read: true };
    mentions(decl, ident).into_iter().map(part).collect()
}
