//! Python opens the files of all thirteen formats and reads the numbers that Loom computes with.
//!
//! It needs a Python with numpy, ml_dtypes and safetensors: `python3`, or the one that `LOOM_PYTHON` names. Without it the
//! test says so and passes, unless `LOOM_REQUIRE_PYTHON` is set.

use loom::dtype::{DType, Format, Visitor};
use loom::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::Path;
use std::process::Command;

network! {
    /// Rows of odd lengths, a last block of F4 that is short, a bias, and a row of zeros.
    struct Net: [3, 7, 9] {
        conv: Conv2d<3, 5, 3> -> Relu -> Flatten -> Dense<175, 17> -> Tanh -> fc: Dense<17, 3, bias = false>
    }
}

struct Save<'a> {
    net: &'a Net,
    folder: &'a Path,
}

impl Visitor for Save<'_> {
    type Output = ();

    fn visit<D: DType>(self) {
        let name = D::NAME.to_lowercase();
        let net = self.net.quantize::<D>().expect("the weights are finite");
        net.save(self.folder.join(format!("{name}.safetensors"))).expect("the weights are saved");
        let tensors: Vec<_> = net.weights().tensors().collect();
        let values = tensors.iter().map(|(param, values)| {
            let view = TensorView::new(Dtype::F32, param.shape.to_vec(), bytemuck::cast_slice(values));
            (param.name, view.expect("a tensor of its shape"))
        });
        let bytes = safetensors::serialize(values, None).expect("the values are written");
        std::fs::write(self.folder.join(format!("{name}.expected.safetensors")), bytes).expect("the values are saved");
    }
}

#[test]
fn python_reads_what_loom_computes_with() {
    let python = std::env::var_os("LOOM_PYTHON").unwrap_or_else(|| "python3".into());
    let modules = Command::new(&python).args(["-c", "import numpy, ml_dtypes, safetensors"]).output();
    if !modules.as_ref().is_ok_and(|output| output.status.success()) {
        let needs = "a Python with numpy, ml_dtypes and safetensors, named by LOOM_PYTHON";
        assert!(std::env::var_os("LOOM_REQUIRE_PYTHON").is_none(), "this test needs {needs}: {modules:?}");
        eprintln!("SKIPPED: this test needs {needs}");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut net = Net::new(Seed(42));
    let values: Vec<f32> = net.weights().get("conv.weight").expect("it has that tensor").to_vec();
    let zeroed = values.iter().enumerate().map(|(i, &value)| if i < 27 { 0.0 } else { value }).collect::<Vec<_>>();
    let param = Net::PLAN.params.iter().find(|param| param.name == "conv.weight").expect("it has that tensor");
    net.weights_mut().set(param, zeroed.into_iter()).expect("the weights are finite");
    for &format in Format::ALL {
        format.visit(Save { net: &net, folder: folder.path() });
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/check_formats.py");
    let output = Command::new(&python).arg(script).arg(folder.path()).output().expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("13 formats agree"), "{text}");
}
