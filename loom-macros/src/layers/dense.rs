//! `Dense<IN, OUT, bias = true>`

use std::rc::Rc;

use loom_ir::Layer;
use loom_ir::layers as ir;

use crate::entry::{Args, Entry, LayerSpec, ParamSpec, Places, Shape, Site, Start, count, product};

pub(super) const DENSE: Entry =
    Entry { name: "Dense", positional: &["IN", "OUT"], variadic: false, options: &[("bias", "true")], read };

pub(super) struct Dense {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) bias: bool,
    /// Names of the weight and of the bias, and what they begin with.
    pub(super) params: [(&'static str, Start); 2],
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    Rc::new(Dense::new(args.size(0), args.size(1), args.flag("bias", true)))
}

impl Dense {
    /// One with PyTorch's names and start.
    pub(super) fn new(inputs: usize, outputs: usize, bias: bool) -> Self {
        Self { inputs, outputs, bias, params: [("weight", Start::FanIn), ("bias", Start::FanIn)] }
    }

    /// The same, with other names of the weight and of the bias.
    pub(super) fn named(self, [weight, bias]: [&'static str; 2]) -> Self {
        Self { params: [(weight, Start::FanIn), (bias, Start::FanIn)], ..self }
    }
}

impl LayerSpec for Dense {
    fn fixed_input(&self) -> Option<Shape> {
        Some(vec![self.inputs])
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        let (last, rows) = input.split_last()?;
        // dense_c1: the last dimension of the input is IN.
        if *last == self.inputs {
            return Some([rows, &[self.outputs]].concat());
        }
        let call = site.call;
        let complaint = format!("`{call}` takes {}, but {}", count(self.inputs, "input"), site.found());
        if product(input) == self.inputs {
            site.error(&call.name, complaint, "insert `Flatten ->` before it");
            return None;
        }
        let narrow = call.with(0, last);
        if rows.len() > 1 {
            let flat = call.with(0, product(input));
            let cure = format!("write `Flatten -> {flat}`, or `{narrow}` for the last dimension");
            site.error(&call.positional[0], complaint, cure);
            return None;
        }
        site.error(&call.positional[0], complaint, format!("write `{narrow}`"));
        Some([rows, &[self.outputs]].concat())
    }

    fn width_argument(&self) -> Option<usize> {
        Some(1)
    }

    fn params(&self, _: &[usize]) -> Vec<ParamSpec> {
        let shape = vec![self.outputs, self.inputs];
        let params = ParamSpec::weight_and_bias(shape, self.inputs, self.outputs, self.bias);
        params.into_iter().zip(self.params).map(|(param, (name, start))| ParamSpec { name, start, ..param }).collect()
    }

    fn fuses(&self) -> bool {
        true
    }

    fn layer(&self, cx: &Places<'_>) -> Option<Layer> {
        let rows = product(cx.input) / self.inputs;
        let Dense { inputs, outputs, .. } = *self;
        let (weight, bias) = cx.weight_and_bias();
        Some(ir::Dense { rows, inputs, outputs, weight, bias, activation: cx.activation }.into())
    }
}
