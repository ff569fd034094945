//! The constants that specialise a layer's WGSL kernels.

use loom_ir::Constants;

/// The name of a layer's list of kernels in `loom::shaders`, and the header of constants that they share.
pub(super) struct Header {
    pub(super) kernels: &'static str,
    /// The names under which kernels know the parameters and tables, each with its offset in the flat buffer: they are apart, since
    /// the buffer may be laid out otherwise.
    pub(super) params: Vec<(&'static str, usize)>,
    pub(super) text: String,
}

impl Header {
    /// A header for these kernels, without constants yet.
    pub(super) fn new(kernels: &'static str) -> Self {
        Self { kernels, params: Vec::new(), text: String::new() }
    }

    fn line(&mut self, name: &str, kind: &str, value: core::fmt::Arguments<'_>) {
        self.text += &format!("const {name}: {kind} = {value};\n");
    }
}

impl Constants for Header {
    fn size(&mut self, name: &'static str, value: usize) {
        self.line(name, "u32", format_args!("{value}u"));
    }

    /// Its text is the shortest that rounds to it.
    fn number(&mut self, name: &'static str, value: f32) {
        self.line(name, "f32", format_args!("{value:?}f"));
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        self.line(name, "bool", format_args!("{value}"));
    }

    fn param(&mut self, name: &'static str, offset: usize) {
        self.params.push((name, offset));
    }
}
