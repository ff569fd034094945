//! `Relu`, `LeakyRelu<slope = 0.01>`, `Sigmoid`, `Tanh`, `Silu`, `Gelu`, `GeluTanh`

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{Args, Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const RELU: Entry = entry("Relu");
pub(super) const SIGMOID: Entry = entry("Sigmoid");
pub(super) const TANH: Entry = entry("Tanh");
pub(super) const SILU: Entry = entry("Silu");
pub(super) const GELU: Entry = entry("Gelu");
pub(super) const GELU_TANH: Entry = entry("GeluTanh");
pub(super) const LEAKY_RELU: Entry = Entry { options: &[("slope", "0.01")], read: read_leaky, ..entry("LeakyRelu") };

/// The activations whose derivative follows from their output, so that the layer before them needs to keep nothing else.
const FUSED: &[&str] = &["Relu", "LeakyRelu", "Sigmoid", "Tanh"];

/// The activations by the numbers that `activation.wgsl` gives them.
const NUMBERS: &[&str] = &["Identity", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Silu", "Gelu", "GeluTanh"];

const fn entry(name: &'static str) -> Entry {
    Entry { name, positional: &[], variadic: false, options: &[], read }
}

struct Activation {
    /// The variant of `loom::layers::Activation`.
    name: String,
    /// The slope of `LeakyRelu`.
    slope: Option<f32>,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    Rc::new(Activation { name: args.call.name.to_string(), slope: None })
}

fn read_leaky(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let mut slope = 0.01;
    if let Some(value) = args.option("slope") {
        // leaky_relu_c1: the slope is at least 0 and finite, so that the sign of the output tells the input's.
        let range: (fn(f32) -> bool, _) = (|slope| slope.is_finite() && slope >= 0.0, "finite and at least 0.0");
        let meant = |slope: f32| if slope.is_finite() { -slope } else { 0.01 };
        slope = args.float("slope", value, range, |slope| format!("slope = {:?}", meant(slope)));
    }
    Rc::new(Activation { name: args.call.name.to_string(), slope: Some(slope) })
}

impl Activation {
    /// The value of `loom::layers::Activation`.
    fn value(&self, cx: &Emit<'_>) -> TokenStream {
        let (krate, variant) = (cx.krate, cx.ident(&self.name));
        let slope = self.slope.map(|slope| quote!({ slope: #slope }));
        quote!(#krate::layers::Activation::#variant #slope)
    }
}

impl LayerSpec for Activation {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn is_epilogue(&self) -> bool {
        FUSED.contains(&self.name.as_str())
    }

    fn epilogue(&self, cx: &Emit<'_>) -> Option<TokenStream> {
        Some(self.value(cx))
    }

    fn activation_constants(&self) -> Option<(usize, f32)> {
        let number = NUMBERS.iter().position(|name| *name == self.name)?;
        Some((number, self.slope.unwrap_or(0.0)))
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        let header = Header::new("ELEMENTWISE").sizes([("LEN", product(cx.input))]);
        cx.with_activation(header)
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let krate = cx.krate;
        let (len, activation) = (number(product(cx.input)), self.value(cx));
        let step = quote!(#krate::layers::Elementwise { len: #len, activation: #activation });
        quote!(#krate::layers::Layer::Elementwise(#step))
    }
}
