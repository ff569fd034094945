//! Exported networks run in another WebGPU host, Node's, with the bits of the CPU.
//!
//! It needs Node and its package `webgpu`, in the folder of modules that `LOOM_NODE_MODULES` names. Without them the test says
//! so and passes, unless `LOOM_REQUIRE_NODE` is set.

#![cfg(unix)]

mod common;

use bytemuck::{cast_slice, pod_collect_to_vec};
use common::{Random, assert_same_bits, gpu::gpu, samples};
use loom::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

network! {
    struct Convolutional: [3, 11, 9] {
        conv1: Conv2d<3, 17, 3, padding = 1> -> Relu
            -> MaxPool2d<2>
            -> Residual { Conv2d<17, 17, (3, 1), padding = (1, 0)> -> GeluTanh }
            -> conv2: Conv2d<17, 5, 2, stride = 2, bias = false> -> Silu
            -> AvgPool2d<2, stride = 1>
            -> Flatten
            -> Dropout<0.5>
            -> fc: Dense<5, 13>
            -> Softmax
    }

    struct Stack: [257] {
        Dense<257, 64> -> Tanh -> Block * 3 -> LeakyRelu -> Dense<64, 1> -> Sigmoid
    }

    struct Block: [64] { Residual { Dense<64, 64> -> Gelu } }

    struct Sequence: [9, 5] {
        Dense<5, 12> -> SinusoidalPositions -> LearnedPositions
            -> Residual { MultiHeadAttention<12, 3, causal = true, rotary = true> }
            -> MultiHeadAttention<12, 2>
            -> Dense<12, 4>
    }

    struct Graph: [2, 3, 4] {
        let moved = Permute<2, 1, 0> -> Pad<1, 1, (0, 2), reflect = false>;
        let part = moved -> Slice<0, 1, 3> -> Pad<(0, 3), 0, 1, replicate = true>;
        Concat<axis = 0> { part | input -> Permute<2, 1, 0> -> Pad<(0, 1), (1, 1), (1, 3)> } -> Sum { | Tanh } -> Product { | }
    }

    struct Tokens: [9] {
        Embedding<7, 12> -> RmsNorm -> SwiGlu<12> -> LayerNorm -> Lstm<12, 5> -> Gru<5, 6> -> Rnn<6, 4>
            -> Transpose -> Conv1d<4, 3, 3> -> Reshape<3, 1, 7> -> BatchNorm2d<3> -> GlobalAvgPool
    }
}

/// The folder that holds Node's package `webgpu`, unless there is none.
fn node_modules() -> Option<PathBuf> {
    let needs = "Node and its package `webgpu`, in the folder that LOOM_NODE_MODULES names";
    let modules = std::env::var_os("LOOM_NODE_MODULES").map(PathBuf::from);
    let found = modules.filter(|folder| folder.join("webgpu").is_dir());
    if found.is_none() {
        assert!(std::env::var_os("LOOM_REQUIRE_NODE").is_none(), "this test needs {needs}");
        eprintln!("SKIPPED: this test needs {needs}");
    }
    found
}

/// Runs an exported network in Node, on inputs that take more than one call, the last of them short.
fn check<N: Network<Precision = loom::dtype::F32>>(modules: &Path, gpu: &Gpu) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let mut random = Random(11);
    let inputs: Vec<N::Input> = samples(67, || match random.below(20) {
        0 => -0.0,
        1 => 1e-30,
        2 => 1e10,
        _ => random.between(-2.0, 2.0) as f32,
    });
    let net = N::new(Seed(42));
    loom::export(&net, 32, at("net")).expect("the network is exported");
    fs::write(at("inputs"), cast_slice::<_, u8>(&inputs)).expect("the inputs are written");
    // Node looks for packages beside the script.
    std::os::unix::fs::symlink(modules, at("node_modules")).expect("the packages are linked");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/webgpu/run.mjs"), at("run.mjs")).expect("a script");
    let run = Command::new("node")
        .current_dir(folder.path())
        .args(["run.mjs", "net", "inputs", "outputs"])
        .output()
        .expect("Node runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let outputs: Vec<N::Output> = pod_collect_to_vec(&fs::read(at("outputs")).expect("outputs"));
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    assert_same_bits(
        || N::PLAN.name.to_owned(),
        &net.on(&cpu).forward_batch(&inputs).expect("there is memory"),
        &outputs,
    );
}

#[test]
fn another_host_gives_the_same_bits() {
    let (Some(modules), Some(gpu)) = (node_modules(), gpu()) else { return };
    check::<Convolutional>(&modules, &gpu);
    check::<Stack>(&modules, &gpu);
    check::<Sequence>(&modules, &gpu);
    check::<Tokens>(&modules, &gpu);
    check::<Graph>(&modules, &gpu);
}

/// Another host computes no sines: the tables of positions are tensors of the weights' file.
#[test]
fn tables_are_exported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    loom::export(&Sequence::new(Seed(42)), 1, folder.path()).expect("the network is exported");
    let read = |name| fs::read(folder.path().join(name)).expect("the file is there");
    let (manifest, weights) = (read("network.json"), read("weights.safetensors"));
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    let weights = safetensors::SafeTensors::deserialize(&weights).expect("a safetensors file");
    let parameters = manifest["parameters"].as_array().expect("a list");
    assert_eq!(parameters.len(), Sequence::PLAN.params.len() + 2);
    for (name, shape) in [("tables.0", [9, 12]), ("tables.1", [9, 4])] {
        let entry = parameters.iter().find(|entry| entry["name"] == name).expect("the manifest has the table");
        assert_eq!(entry["shape"], serde_json::json!(shape), "{name}");
        let tensor = weights.tensor(name).expect("the file has the table");
        assert_eq!(tensor.shape(), shape, "{name}");
        // sin 0, cos 0
        assert_eq!(tensor.data()[..8], *cast_slice::<f32, u8>(&[0.0, 1.0]), "{name}");
    }
}

#[test]
fn what_cannot_be_exported_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let net = Stack::new(Seed(1));
    assert_eq!(loom::export(&net, 0, folder.path()).unwrap_err().to_string(), "`batch` is 0, but must be at least 1");
    let error = loom::export(&net, usize::MAX, folder.path()).unwrap_err();
    assert!(matches!(error, loom::Error::Setting { name: "batch", .. }), "{error}");
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none(), "nothing is written");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let error = loom::export(&net, 1, &file).unwrap_err();
    assert!(matches!(&error, loom::Error::File { action: "write", .. }), "{error}");
}
