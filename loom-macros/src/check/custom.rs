//! Layers of the user's own.

use loom_ir::plan::Start;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::walk::{Result, Walk};
use crate::calculus::{CustomBuf, Id, What};
use crate::consts::Consts;
use crate::entry::Shape;
use crate::expr::{Function, Rule};
use crate::report::Reported;
use crate::size::{MAX, Size, values};

impl Walk<'_> {
    /// What a layer gives, for its sizes and arguments as far as they are known.
    pub(super) fn custom(
        &mut self,
        (function, rule): (&Function, &Rule),
        arguments: &[Id],
        mut consts: Consts,
        prefix: &str,
    ) -> Result<Id> {
        let mut sizes = Vec::from_iter(function.sizes.iter().map(|name| (name, consts.get(name).flatten())));
        let (mut inputs, mut of, mut is_unknown) = (Vec::new(), Vec::new(), false);
        for (param, &id) in function.values().zip(arguments) {
            let dims = param.shape.as_ref().ok_or(Reported)?;
            let own = (!self.graph.is_unknown(id)).then(|| self.graph.shape(id).to_vec());
            is_unknown |= own.is_none();
            if let Some(own) = own.as_ref().filter(|own| own.len() != dims.sizes.len()) {
                // layer_c2: a layer takes values with as many axes as it says.
                let (takes, given) = (dims.sizes.len(), own.len());
                let axes = if takes == 1 { "axis" } else { "axes" };
                let message = format!(
                    "`{}: [{}]` takes {takes} {axes}, but this has {given}; give it the shape by `reshape` or `Reshape`",
                    param.name,
                    list(&dims.sizes)
                );
                return self.error(&dims.group, message);
            }
            for (axis, size) in dims.sizes.iter().enumerate() {
                let own = own.as_ref().map(|own| own[axis]);
                if let Size::Const(name) = size
                    && consts.get(name).is_none()
                {
                    consts = consts.with([(name, own)].into_iter());
                    sizes.push((name, own));
                    continue;
                }
                let wanted = consts.evaluate(size, self.errors);
                if let (Some(own), Some(wanted)) = (own, wanted)
                    && own != wanted
                {
                    // layer_c3: a layer takes the shapes that it says.
                    let is = if size.to_string() == wanted.to_string() {
                        String::new()
                    } else {
                        format!(", which is {wanted} here")
                    };
                    let message = format!(
                        "`{}` takes `{size}` along axis {axis}{is}, but this has {own}; make it {wanted}",
                        param.name
                    );
                    return self.error(size, message);
                }
            }
            inputs.push((param.name.unraw().to_string(), own.unwrap_or_default()));
            of.push(id);
        }
        for param in &function.params {
            let Some((dims, start)) = &param.learned else { continue };
            let Some(shape) = self.learned_shape(&param.name, dims, &consts)? else {
                is_unknown = true;
                continue;
            };
            let name = format!("{prefix}{}", param.name.unraw());
            let what = What::Learned(name, Start::Value(*start as f32));
            of.push(self.part(param.name.to_token_stream(), what, shape.clone())?);
            inputs.push((param.name.unraw().to_string(), shape));
        }
        let output = rule.output.sizes.iter().map(|size| (size, consts.evaluate(size, self.errors)));
        let output = Vec::from_iter(output);
        if let Some((size, _)) = output.iter().find(|(_, number)| *number == Some(0)) {
            // size_c5: sizes are at least 1.
            return self
                .error(size, format!("a dimension of what `{}` gives is 0, but must be at least 1", function.name));
        }
        let output: Option<Shape> = output.into_iter().map(|(_, number)| number).collect();
        let Some(output) = output.filter(|_| !is_unknown) else { return Ok(self.graph.unknown()) };
        if values(&output).is_none() {
            return self.error(&rule.output.group, format!("`{}` gives more than {MAX} values", function.name));
        }
        let sizes = sizes.into_iter().filter_map(|(name, size)| Some((name.unraw().to_string(), size?)));
        let custom = CustomBuf {
            name: function.name.unraw().to_string(),
            sizes: sizes.collect(),
            inputs,
            output: output.clone(),
        };
        self.part(function.name.to_token_stream(), What::Custom(custom, of), output)
    }
}

fn list(sizes: &[Size]) -> String {
    Vec::from_iter(sizes.iter().map(Size::to_string)).join(", ")
}
