//! `Relu`, `LeakyRelu<slope = 0.01>`, `Sigmoid`, `Tanh`, `Silu`, `Gelu`, `GeluTanh`

use std::rc::Rc;

use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const RELU: Entry = entry("Relu", |_| Rc::new(Activation(ir::Activation::Relu)));
pub(super) const SIGMOID: Entry = entry("Sigmoid", |_| Rc::new(Activation(ir::Activation::Sigmoid)));
pub(super) const TANH: Entry = entry("Tanh", |_| Rc::new(Activation(ir::Activation::Tanh)));
pub(super) const SILU: Entry = entry("Silu", |_| Rc::new(Activation(ir::Activation::Silu)));
pub(super) const GELU: Entry = entry("Gelu", |_| Rc::new(Activation(ir::Activation::Gelu)));
pub(super) const GELU_TANH: Entry = entry("GeluTanh", |_| Rc::new(Activation(ir::Activation::GeluTanh)));
pub(super) const LEAKY_RELU: Entry = Entry::new("LeakyRelu", &[], &[("slope", "0.01")], read_leaky);

const fn entry(name: &'static str, read: fn(&mut Args<'_>) -> Rc<dyn LayerSpec>) -> Entry {
    Entry::new(name, &[], &[], read)
}

struct Activation(ir::Activation);

fn read_leaky(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let mut slope = 0.01;
    if let Some(value) = args.option("slope") {
        // leaky_relu_c1: the slope is at least 0 and finite, so that the sign of the output tells the input's.
        let range: (fn(f32) -> bool, _) = (|slope| slope.is_finite() && slope >= 0.0, "finite and at least 0.0");
        let meant = |slope: f32| if slope.is_finite() { -slope } else { 0.01 };
        slope = args.float("slope", value, range, |slope| format!("slope = {:?}", meant(slope)));
    }
    Rc::new(Activation(ir::Activation::LeakyRelu { slope }))
}

impl LayerSpec for Activation {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        vec![Part::only(ir::Elementwise { len: product(input), activation: self.0 })]
    }
}
