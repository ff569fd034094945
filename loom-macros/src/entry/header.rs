//! The constants that specialise a layer's WGSL kernels.

/// The name of a layer's list of kernels in `loom::shaders`, and the header of constants that they share.
#[derive(Default)]
pub(crate) struct Header {
    pub(crate) kernels: &'static str,
    /// The names under which kernels know the parameters and tables, each with its offset in the flat buffer.
    pub(crate) params: Vec<(&'static str, usize)>,
    pub(crate) text: String,
}

impl Header {
    /// A header for these kernels, without constants yet.
    pub(crate) fn new(kernels: &'static str) -> Self {
        Self { kernels, ..Self::default() }
    }

    /// Adds sizes, or offsets of activations.
    pub(crate) fn sizes<const N: usize>(self, constants: [(&str, usize); N]) -> Self {
        constants.into_iter().fold(self, |header, (name, value)| header.line(name, "u32", format_args!("{value}u")))
    }

    /// Adds a number. Its text is the shortest that rounds to it.
    pub(crate) fn float(self, name: &str, value: f32) -> Self {
        self.line(name, "f32", format_args!("{value:?}f"))
    }

    /// Adds a choice.
    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.line(name, "bool", format_args!("{value}"))
    }

    /// Adds the offsets of parameters and tables: they are apart, since the buffer may be laid out otherwise.
    pub(crate) fn params<const N: usize>(mut self, params: [(&'static str, usize); N]) -> Self {
        self.params.extend(params);
        self
    }

    /// Adds the offsets of a weight and of its bias, where there is one.
    pub(crate) fn weight_and_bias(self, params: &[usize]) -> Self {
        let bias = params.get(1);
        let header = self.params([("WEIGHT", params[0]), ("BIAS", bias.copied().unwrap_or(0))]);
        header.flag("HAS_BIAS", bias.is_some())
    }

    fn line(mut self, name: &str, kind: &str, value: core::fmt::Arguments<'_>) -> Self {
        self.text += &format!("const {name}: {kind} = {value};\n");
        self
    }
}
