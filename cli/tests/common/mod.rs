//! What the tests of the tool share: running it, and files for it.
#![allow(dead_code, reason = "each test file uses a part")]

use loom::dtype::{DType, Format, Visitor};
use loom::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

network! {
    /// A convolution, rows of odd lengths, a last block of F4 that is short, whole blocks, and running means.
    pub struct Net: [3, 7, 9] {
        conv: Conv2d<3, 5, 3> -> norm: BatchNorm2d<5> -> Relu -> Flatten
            -> Dense<175, 32> -> Tanh -> fc: Dense<32, 3, bias = false>
    }
}

/// What a run of the tool left.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the tool.
pub fn loom(arguments: &[impl AsRef<OsStr>]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_loom")).args(arguments).output().expect("the tool runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the tool writes UTF-8");
    Run { code: output.status.code().expect("it ends by itself"), out: text(output.stdout), err: text(output.stderr) }
}

/// Converts a file, which succeeds, and gives what was printed.
pub fn convert(input: &Path, output: &Path, options: &[&str]) -> String {
    let mut arguments: Vec<&OsStr> = vec!["convert".as_ref(), input.as_ref(), output.as_ref()];
    arguments.extend(options.iter().map(OsStr::new));
    let run = loom(&arguments);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{} {options:?}", input.display());
    run.out
}

/// Where the network lies in a format.
pub fn path(folder: &Path, format: Format) -> PathBuf {
    folder.join(format!("{format}.safetensors"))
}

/// Saves a network in every format.
pub fn save_all(net: &Net, folder: &Path) {
    struct Save<'a>(&'a Net, &'a Path);
    impl Visitor for Save<'_> {
        type Output = ();
        fn visit<D: DType>(self) {
            let net = self.0.quantize::<D>().expect("the weights are finite");
            net.save(path(self.1, D::FORMAT)).expect("the folder can be written");
        }
    }
    Format::ALL.iter().for_each(|format| format.visit(Save(net, folder)));
}

/// A tensor: name, type, shape and bytes.
pub type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// The tensors of a file, by name, and its metadata.
pub fn tensors(path: &Path) -> (Vec<Tensor>, HashMap<String, String>) {
    let bytes = std::fs::read(path).expect("the file can be read");
    let file = SafeTensors::deserialize(&bytes).expect("it is a safetensors file");
    let metadata = SafeTensors::read_metadata(&bytes).expect("it has a header").1.metadata().clone();
    let tensor =
        |(name, view): (String, TensorView<'_>)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec());
    let mut tensors: Vec<Tensor> = file.tensors().into_iter().map(tensor).collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    (tensors, metadata.unwrap_or_default())
}

/// Writes a file.
pub fn write(path: &Path, tensors: &[Tensor], metadata: &HashMap<String, String>) {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes are those of the shape"))
    });
    let bytes = safetensors::serialize(views, Some(metadata.clone())).expect("a file can be made of them");
    std::fs::write(path, bytes).expect("the file can be written");
}

/// The bytes of `f32` values.
pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values of an F32 tensor.
pub fn values(tensors: &[Tensor], name: &str) -> Vec<f32> {
    let (_, dtype, _, bytes) = tensors.iter().find(|tensor| tensor.0 == name).expect("there is that tensor");
    assert_eq!(*dtype, Dtype::F32, "{name}");
    bytes.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}
