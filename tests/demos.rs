//! The demos as a user runs them: through their command lines, with the files that they write.

use harness::{DeviceChoice, Options};
use std::fs;
use std::path::Path;

#[path = "common/gpu.rs"]
mod gpu;
use gpu::gpu;

#[path = "../examples/conv2d_mnist.rs"]
#[allow(dead_code)]
mod conv2d_mnist;
#[path = "../examples/dense_xor.rs"]
#[allow(dead_code)]
mod dense_xor;

/// Runs a demo with its default seed; gives its JSON.
fn run(
    folder: &Path,
    [epochs, batch, threads]: [usize; 3],
    device: DeviceChoice,
    demo: impl FnOnce(Options) -> Result<(), harness::Failure>,
) -> serde_json::Value {
    let json = folder.join("report.json");
    let options = Options {
        seed: 42,
        epochs,
        batch,
        threads: Some(threads),
        device: Some(device),
        out: folder.join("weights.safetensors"),
        json: Some(json.clone()),
    };
    demo(options).expect("the demo runs");
    serde_json::from_slice(&fs::read(json).expect("the demo wrote its report")).expect("the report is JSON")
}

#[test]
fn dense_xor_gives_the_fingerprint_of_the_readme() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for threads in [1, 2, 5] {
        let report = run(folder.path(), [500, 4, threads], DeviceChoice::Cpu, |options| {
            dense_xor::demo(options, harness::NoArguments)
        });
        assert_eq!(report["demo"], "dense_xor");
        assert_eq!(report["parameters"], 105);
        assert_eq!(report["accuracy"], 1.0, "XOR is solved");
        let fingerprint = report["fingerprint"].as_str().expect("a fingerprint");
        assert!(include_str!("../README.md").contains(fingerprint), "{threads} threads give {fingerprint}");
    }
}

/// The whole run takes minutes in a debug build, so this one learns from 1,000 images.
#[test]
fn conv2d_mnist_gives_one_fingerprint_and_learns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_idx(folder.path(), "train", 1000);
    write_idx(folder.path(), "t10k", 333);
    let reports = [1, 2].map(|threads| {
        run(folder.path(), [2, 64, threads], DeviceChoice::Cpu, |options| {
            conv2d_mnist::demo(options, conv2d_mnist::Arguments { data: Some(folder.path().to_owned()) })
        })
    });
    assert_eq!(reports[0]["fingerprint"], reports[1]["fingerprint"]);
    assert_eq!(reports[0]["parameters"], 764_858);
    assert!(reports[0]["accuracy"].as_f64().expect("an accuracy") > 0.6, "{}", reports[0]["accuracy"]);
}

/// Trains on CPU and GPU, and asks that no value differs.
fn assert_parity(name: &str, report: &serde_json::Value) {
    let parity = &report["parity"];
    assert_eq!(parity["outputs_differing"], 0, "{name}: {parity}");
    assert_eq!(parity["weights_differing"], 0, "{name}: {parity}");
    assert_eq!(parity["cpu_fingerprint"], parity["gpu_fingerprint"], "{name}");
}

#[test]
fn demos_give_the_same_bits_on_cpu_and_gpu() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report =
        run(folder.path(), [30, 3, 1], DeviceChoice::Both, |options| dense_xor::demo(options, harness::NoArguments));
    assert_parity("dense_xor", &report);

    write_idx(folder.path(), "train", 150);
    write_idx(folder.path(), "t10k", 33);
    let report = run(folder.path(), [1, 64, 2], DeviceChoice::Both, |options| {
        conv2d_mnist::demo(options, conv2d_mnist::Arguments { data: Some(folder.path().to_owned()) })
    });
    assert_parity("conv2d_mnist", &report);
}

/// Writes the first images of one part of MNIST, with their labels, as plain IDX files.
fn write_idx(folder: &Path, part: &str, count: usize) {
    let data = harness::mnist::load(None).expect("MNIST lies in the repository");
    let data = &data[usize::from(part == "t10k")];
    let header = |code: u8, sizes: &[usize]| {
        let sizes = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
        [0, 0, 8, code].into_iter().chain(sizes).collect::<Vec<u8>>()
    };
    let images = bytemuck::cast_slice(&data.inputs()[..count]);
    let images = [&header(3, &[count, 28, 28]), images].concat();
    fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).expect("images are written");
    let labels = [&header(1, &[count]), &data.targets()[..count]].concat();
    fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).expect("labels are written");
}
