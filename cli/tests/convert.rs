//! Every format to every other, PyTorch's files, what is no weight, and files converted in their place.

mod common;

use common::{Net, bytes, convert, loom, path, save_all, tensors, values, write};
use loom::dtype::{DType, F4, F16, Format, I8, U8, Visitor};
use loom::prelude::*;
use loom::quantize::{Granularity, Rounding, Search};
use safetensors::Dtype;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// A network of the values that a file in a format decodes to.
struct Decoded<'a>(&'a Path);

impl Visitor for Decoded<'_> {
    type Output = Net;

    fn visit<D: DType>(self) -> Net {
        let (mut net, loaded) = (Net::new(Seed(1)), Net::load_as::<D>(self.0).expect("the file is sound"));
        for (param, values) in loaded.weights().tensors() {
            net.weights_mut().set(param, values.iter().copied()).expect("the values are finite");
        }
        net
    }
}

struct SaveAs<'a>(&'a Net, &'a Path);

impl Visitor for SaveAs<'_> {
    type Output = ();

    fn visit<D: DType>(self) {
        self.0.quantize::<D>().expect("the weights are finite").save(self.1).expect("the folder can be written");
    }
}

/// What is written has the bytes of a network that was quantised and saved; in the same format, of the file itself.
#[test]
fn every_format_to_every_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let (output, expected) = (folder.path().join("output"), folder.path().join("expected"));
    for &from in Format::ALL {
        let input = path(folder.path(), from);
        let net = from.visit(Decoded(&input));
        for &to in Format::ALL {
            convert(&input, &output, &["--dtype", to.name()]);
            if from == to {
                fs::copy(&input, &expected).expect("the file can be copied");
            } else {
                to.visit(SaveAs(&net, &expected));
            }
            let (written, expected) =
                (fs::read(&output).expect("it is there"), fs::read(&expected).expect("it is there"));
            let differs = written.iter().zip(&expected).position(|(a, b)| a != b);
            assert!(
                written == expected,
                "{from} to {to}: byte {differs:?} of {} and {}",
                written.len(),
                expected.len()
            );
        }
    }
}

#[test]
fn a_file_in_its_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let net = Net::new(Seed(42));
    let file = folder.path().join("net.safetensors");
    net.save(&file).expect("the folder can be written");
    convert(&file, &file, &["-d", "f4"]);
    assert_eq!(Net::load_as::<F4>(&file).expect("it is an F4 file").weights(), net.quantize::<F4>().unwrap().weights());
    assert_eq!(fs::read_dir(&folder).expect("the folder is there").count(), 1, "temporary files are left");
}

/// Of convolutions alone: the others are those of a network in the other format.
#[test]
fn convolutions_have_a_format_of_their_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let output = folder.path().join("output");
    convert(&path(folder.path(), Format::F32), &output, &["--dtype", "F4", "--convolutions", "F16"]);
    let (mixed, metadata) = tensors(&output);
    let (small, _) = tensors(&path(folder.path(), Format::F4));
    let (half, _) = tensors(&path(folder.path(), Format::F16));
    let is_convolution = |name: &str| name.starts_with("conv.weight");
    let mut expected: Vec<_> = small.into_iter().filter(|tensor| !is_convolution(&tensor.0)).collect();
    expected.extend(half.into_iter().filter(|tensor| is_convolution(&tensor.0)));
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(mixed, expected);
    let shapes: Vec<&String> = metadata.keys().filter(|key| key.starts_with("loom.shape.")).collect();
    assert!(shapes.len() == 2 && !shapes.iter().any(|key| key.contains("conv")), "{shapes:?}");
}

/// What the options write is what a network with the same options saves; what has the format already is rounded anew.
#[test]
fn scales_and_calibration_as_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let net = Net::new(Seed(42));
    let [file, output, expected, seen] = ["file", "output", "expected", "seen"].map(|name| folder.path().join(name));
    net.save(&file).expect("the folder can be written");
    let check = |options: &[&str], small: Result<(), loom::Error>| {
        small.expect("the options fit");
        convert(&file, &output, options);
        assert_eq!(read(&output), read(&expected), "{options:?}");
    };
    let rounding = Rounding::new().granularity(Granularity::Block32).search(Search::LeastSquares);
    check(
        &["--dtype", "I8", "--granularity", "block32", "--scales", "least-squares"],
        net.quantize_with::<I8>(&rounding).and_then(|small| small.save(&expected)),
    );
    let listed = loom(&["inspect".as_ref(), output.as_os_str()]).out;
    assert!(listed.contains("block of 32"), "{listed}");
    let rounding = Rounding::new().granularity(Granularity::PerTensor);
    check(
        &["--dtype", "F4", "--granularity", "tensor"],
        net.quantize_with::<F4>(&rounding).and_then(|small| small.save(&expected)),
    );

    // The file's own weights, calibrated by inputs whose Hessians are saved.
    let inputs = vec![[[[0.5; 9]; 7]; 3], [[[-1.0; 9]; 7]; 3], std::array::from_fn(|c| [[c as f32; 9]; 7])];
    net.on(&Cpu::new()).calibration(&inputs, 1.0).and_then(|found| found.save(&seen)).expect("it can be saved");
    let options =
        |file: &Path| ["--dtype".to_owned(), "U8".to_owned(), "--calibrate".to_owned(), file.display().to_string()];
    let text = convert(&file, &output, &options(&seen).each_ref().map(String::as_str));
    assert!(text.contains("3 of them calibrated"), "{text}");
    let plain = tensors(&path_of_plain(&net, folder.path())).0;
    assert_ne!(tensors(&output).0, plain, "calibration rounds otherwise");
    Net::load_as::<U8>(&output).expect("it is a file of the network");

    for (arguments, code, words) in [
        (vec!["--dtype", "F16", "--granularity", "tensor"], 1, "F16"),
        (vec!["--dtype", "I32", "--scales", "greatest"], 1, "I32"),
        (vec!["--dtype", "I16", "--form", "compressed-tensors", "--granularity", "tensor"], 2, "compressed-tensors"),
        (vec!["--dtype", "I8", "--calibrate", "/nowhere"], 1, "/nowhere"),
        (vec!["--dtype", "I8", "--granularity", "block8"], 2, "block8"),
    ] {
        let before = read(&output);
        let mut all: Vec<&OsStr> = vec!["convert".as_ref(), file.as_ref(), output.as_ref()];
        all.extend(arguments.iter().map(OsStr::new));
        let run = loom(&all);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.err);
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
        assert_eq!(read(&output), before, "{arguments:?}: the file is as it was");
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file is there")
}

fn path_of_plain(net: &Net, folder: &Path) -> std::path::PathBuf {
    let path = folder.join("plain");
    net.quantize::<U8>().and_then(|small| small.save(&path)).expect("the folder can be written");
    path
}

/// The state dicts that PyTorch wrote: through F64 and back they are what they were, and what is no weight is untouched.
#[test]
fn files_of_pytorch() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let states = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pytorch/state");
    let (wide, output) = (folder.path().join("wide"), folder.path().join("output"));
    let mut seen = 0;
    for state in fs::read_dir(states).expect("the fixtures are there") {
        let state = state.expect("the folder can be read").path();
        assert_eq!(loom(&["inspect".as_ref(), state.as_os_str()]).code, 0, "{}", state.display());
        convert(&state, &wide, &["--dtype", "F64"]);
        convert(&wide, &output, &["--dtype", "F32"]);
        assert_eq!(tensors(&output).0, tensors(&state).0, "{}", state.display());
        convert(&state, &output, &["--dtype", "U8"]);
        seen += 1;
    }
    assert!(seen > 40, "{seen} files");
}

#[test]
fn what_is_no_weight_is_copied() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    let others = [
        ("bn.num_batches_tracked", Dtype::I64, vec![], vec![7; 8]),
        ("codes", Dtype::I8, vec![2, 2], vec![1, 2, 3, 4]),
        ("empty", Dtype::F32, vec![0, 3], vec![]),
        ("fc.input_global_scale", Dtype::F32, vec![1], bytes(&[1e9])),
        ("fp8", Dtype::F8_E4M3, vec![2, 2], vec![1, 2, 3, 4]),
        ("fp8_scale", Dtype::BF16, vec![2, 1], vec![1, 2, 3, 4]),
        ("huge", Dtype::I8, vec![0, 1 << 40, 1 << 40], vec![]),
        ("int4_packed", Dtype::I32, vec![1, 1], vec![1; 4]),
        ("int4_scale", Dtype::F32, vec![1, 1], bytes(&[0.5])),
        ("int4_shape", Dtype::I64, vec![2], vec![1; 16]),
        ("int4_shape_scale", Dtype::F32, vec![1], bytes(&[0.5])),
        ("loom.place", Dtype::F32, vec![2, 2], bytes(&[1.0; 4])),
        ("mask", Dtype::BOOL, vec![3], vec![0, 1, 1]),
    ];
    let others = others.map(|(name, dtype, shape, bytes)| (name.to_owned(), dtype, shape, bytes));
    let mut all = others.to_vec();
    all.push(("fc.weight".to_owned(), Dtype::F16, vec![1, 2], vec![0, 0x3c, 0, 0xbc]));
    // No scale of anything: a parameter of that name.
    all.push(("logit_scale".to_owned(), Dtype::F32, vec![], bytes(&[2.5])));
    let metadata =
        HashMap::from([("format".to_owned(), "np".to_owned()), ("author".to_owned(), "\u{1b}[2J".to_owned())]);
    write(&input, &all, &metadata);

    let report = convert(&input, &output, &["--dtype", "F64"]);
    let (found, found_metadata) = tensors(&output);
    assert_eq!(found_metadata, metadata);
    for other in &others {
        assert!(found.contains(other), "{}", other.0);
        assert!(report.contains(&format!("copied as it is: {}, {}", other.0, other.1)), "{report}");
    }
    assert_eq!(found.len(), all.len());
    let scale = found.iter().find(|tensor| tensor.0 == "logit_scale").expect("it is there");
    assert_eq!((scale.1, scale.3.as_slice()), (Dtype::F64, &2.5_f64.to_le_bytes()[..]));
    convert(&output, &output, &["--dtype", "F32"]);
    assert_eq!(values(&tensors(&output).0, "fc.weight"), [1.0, -1.0]);

    let listing = loom(&["inspect".as_ref(), input.as_os_str()]);
    assert!(listing.out.contains("metadata author: \\u{1b}[2J\n"), "{}", listing.out);
    assert!(!listing.out.contains('\u{1b}'));
}

#[test]
fn the_table_and_the_json() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let run = loom(&["inspect".as_ref(), path(folder.path(), Format::F4).as_os_str()]);
    let expected = "\
tensor             shape         dtype  scales               zero points  bits a weight  bytes
4.bias             [32]          F32                                               32.00    128
4.weight           [32, 175]     F4     352, one a block of 16                        4.53   3172
";
    assert_eq!(run.code, 0);
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in expected.lines() {
        assert!(run.out.lines().any(|found| squeeze(found).contains(&squeeze(line))), "{line}\n{}", run.out);
    }
    let file = path(folder.path(), Format::U8);
    let run = loom(&["inspect".as_ref(), "--json".as_ref(), file.as_os_str()]);
    let json: serde_json::Value = serde_json::from_str(&run.out).expect("it is JSON");
    let tensor = json["tensors"].as_array().expect("a list").iter().find(|tensor| tensor["name"] == "fc.weight");
    let expected = serde_json::json!({
        "name": "fc.weight", "shape": [3, 32], "dtype": "U8", "is_weight": true, "scales": { "count": 3, "per": "channel" },
        "zero_points": 3, "bits_per_weight": 8.0 * 111.0 / 96.0, "bytes": 111,
        "parts": ["fc.weight", "fc.weight_scale", "fc.weight_zero_point"],
    });
    assert_eq!(tensor, Some(&expected));
    assert_eq!(json["metadata"]["format"], "pt");
}

/// `loom inspect FILE | head -1` ends without a word.
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("net.safetensors");
    Net::new(Seed(42))
        .quantize::<F16>()
        .expect("the weights are finite")
        .save(&file)
        .expect("the folder can be written");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_loom"))
        .arg("inspect")
        .arg(&file)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the tool runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
