//! What Loom says of damaged files, wrong data and wrong settings: each an error, none a panic, each a sentence.
//!
//! The sentences are written out here so that a change of one is read. `DIR` stands for the folder of the test.

mod common;
#[path = "common/sentences.rs"]
mod sentences;

use common::networks::stacks::Digits;
use flate2::Compression;
use flate2::write::GzEncoder;
use harness::mnist;
use loom::data::Target;
use loom::loss::Accuracy;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{Error, History};
use sentences::Sentences;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

network! {
    struct Small { fc1: Dense<2, 3> -> Tanh -> fc2: Dense<3, 2, bias = false> }
}

/// A tensor of a file: name, number format, shape and bytes.
type Tensor = (&'static str, &'static str, Vec<usize>, Vec<u8>);

/// A safetensors file as the format's specification has it: the header's length, the header, the bytes.
fn file_of(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut bytes) = (serde_json::Map::new(), Vec::new());
    for (name, dtype, shape, data) in tensors {
        let start = bytes.len();
        bytes.extend(data);
        let entry = serde_json::json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, bytes.len()] });
        header.insert((*name).to_owned(), entry);
    }
    let header = serde_json::Value::Object(header).to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat()
}

/// The tensors that `Small` wants.
fn small_tensors() -> Vec<Tensor> {
    let tensor = |name, shape: [usize; 2], len: usize| {
        let shape = shape.into_iter().filter(|&size| size > 0).collect();
        (name, "F32", shape, (0..len).flat_map(|i| (i as f32 - 1.5).to_le_bytes()).collect())
    };
    vec![tensor("fc1.weight", [3, 2], 6), tensor("fc1.bias", [3, 0], 3), tensor("fc2.weight", [2, 3], 6)]
}

#[test]
fn files_that_are_not_the_networks() {
    let mut sentences = Sentences::new();
    let path = sentences.path().join("small.safetensors");
    let mut load = |case: &str, tensors: &[Tensor], expected: &str| {
        fs::write(&path, file_of(tensors)).expect("the file can be written");
        sentences.expect(case, Small::load(&path), expected);
    };

    load("sound", &small_tensors(), "no error");
    load("in another order", &small_tensors().into_iter().rev().collect::<Vec<_>>(), "no error");

    let changed = |index: usize, change: fn(&mut Tensor)| {
        let mut tensors = small_tensors();
        change(&mut tensors[index]);
        tensors
    };
    load(
        "transposed",
        &changed(0, |tensor| tensor.2 = vec![2, 3]),
        "tensor `fc1.weight` has shape [2, 3] in `DIR/small.safetensors`, but `Small` wants [3, 2]",
    );
    load(
        "flat",
        &changed(2, |tensor| tensor.2 = vec![6]),
        "tensor `fc2.weight` has shape [6] in `DIR/small.safetensors`, but `Small` wants [2, 3]",
    );
    load(
        "no tensors",
        &[],
        "`DIR/small.safetensors` has no tensor `fc1.weight`, which `Small` wants with shape [3, 2]",
    );
    load(
        "one too few",
        &small_tensors()[..2],
        "`DIR/small.safetensors` has no tensor `fc2.weight`, which `Small` wants with shape [2, 3]",
    );
    let mut more = small_tensors();
    more.push(("fc2.bias", "F32", vec![2], vec![0; 8]));
    load("one too many", &more, "`DIR/small.safetensors` has a tensor `fc2.bias`, which `Small` does not know");
    load(
        "another name",
        &changed(1, |tensor| tensor.0 = "fc1.b"),
        "`DIR/small.safetensors` has a tensor `fc1.b`, which `Small` does not know",
    );
    load(
        "half precision",
        &changed(1, |tensor| {
            tensor.1 = "F16";
            tensor.3.truncate(6);
        }),
        "tensor `fc1.bias` is F16 in `DIR/small.safetensors`, but `Small` wants F32",
    );
    load(
        "integers of the same size",
        &changed(1, |tensor| tensor.1 = "I32"),
        "tensor `fc1.bias` is I32 in `DIR/small.safetensors`, but `Small` wants F32",
    );
    load(
        "not a number",
        &changed(2, |tensor| tensor.3[16..20].copy_from_slice(&f32::NAN.to_le_bytes())),
        "tensor `fc2.weight` has NaN at index 4",
    );
    load(
        "infinite",
        &changed(0, |tensor| tensor.3[..4].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes())),
        "tensor `fc1.weight` has -inf at index 0",
    );
    sentences.finish();
}

#[test]
fn files_that_are_not_safetensors() {
    let mut sentences = Sentences::new();
    let path = sentences.path().join("w");
    let mut random = common::Random(1);
    let noise: Vec<u8> = (0..4096).map(|_| random.word() as u8).collect();
    let header = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let ten_gigabytes = [&10_000_000_000_u64.to_le_bytes()[..], b"{}"].concat();
    let cases: [(&str, &[u8], &str); 8] = [
        ("empty", &[], "it is empty"),
        ("three bytes", &[1, 2, 3], "header too small"),
        ("noise", &noise, "header too large"),
        ("a header of 10 GB", &ten_gigabytes, "header too large"),
        ("a header longer than the file", &[9, 0, 0, 0, 0, 0, 0, 0, b'{'], "invalid header length"),
        ("a header of text", &header("weights"), "invalid JSON in header: expected value at line 1 column 1"),
        (
            "a header of no UTF-8",
            &[2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe],
            "invalid UTF-8 in header: invalid utf-8 sequence of 1 bytes from index 0",
        ),
        (
            "a tensor beyond the file",
            &header(r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
            "incomplete metadata, file not fully covered",
        ),
    ];
    for (case, bytes, reason) in cases {
        fs::write(&path, bytes).expect("the file can be written");
        sentences.expect(case, Small::load(&path), &format!("`DIR/w` is not a safetensors file: {reason}"));
    }
    sentences.expect(
        "no file",
        Small::load(sentences.path().join("none")),
        "cannot read `DIR/none`: No such file or directory (os error 2)",
    );
    sentences.expect("a folder", Small::load(sentences.path()), "`DIR` is not a safetensors file: it is a folder");
    sentences.finish();
}

/// A file of another kind is told by its name, and what to do about it.
#[test]
fn files_of_other_kinds() {
    let mut sentences = Sentences::new();
    let path = sentences.path().join("w");
    let zip = |name: &str| [b"PK\x03\x04", &[0; 22][..], &[name.len() as u8, 0, 0, 0], name.as_bytes()].concat();
    let gzipped = gzip(&vec![7; 1 << 20]);
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let cases: [(&str, Vec<u8>, &str); 12] = [
        ("Git LFS", lfs.to_vec(), "it is a pointer of Git LFS; fetch the file itself with `git lfs pull`"),
        ("HTML", b"\n<!DOCTYPE html><html>".to_vec(), "it is a web page, as a download leaves that went wrong"),
        ("HTML", b"<html><head>".to_vec(), "it is a web page, as a download leaves that went wrong"),
        (
            "JSON",
            br#"{"metadata": {"total_size": 5}, "weight_map": {}}"#.to_vec(),
            "it is JSON; an index of files names those that have the weights",
        ),
        (
            "a pickle",
            b"\x80\x04\x95\x10\0\0\0\0\0\0\0}".to_vec(),
            "it is a pickle; load it in Python with `torch.load` and write it with `safetensors.torch.save_file`",
        ),
        (
            "torch.save",
            zip("archive/data.pkl"),
            "it is a zip archive, as `torch.save` writes; load it in Python with `torch.load` and write it with \
             `safetensors.torch.save_file`",
        ),
        (
            "NumPy",
            zip("weight.npy"),
            "it is an archive of NumPy (`.npz`); write it in Python with `safetensors.numpy.save_file`",
        ),
        ("gzip", gzipped, "it is compressed with gzip; decompress it first, for example with `gunzip --keep`"),
        (
            "gzip without a time",
            [b"\x1f\x8b\x08\0\0\0\0\0\x02\xff".as_slice(), &[0xee; 600_000]].concat(),
            "it is compressed with gzip; decompress it first, for example with `gunzip --keep`",
        ),
        ("GGUF", b"GGUF\x03\0\0\0\0\0\0\0".to_vec(), "it is a GGUF file, as llama.cpp reads"),
        ("ONNX", b"\x08\x07\x12\x07pytorch\x1a\x052.1.0".to_vec(), "it is a model of ONNX"),
        (
            "HDF5",
            b"\x89HDF\r\n\x1a\n\0\0".to_vec(),
            "it is an HDF5 file, as Keras writes; write its weights with `safetensors.numpy.save_file`",
        ),
    ];
    for (case, bytes, reason) in cases {
        fs::write(&path, &bytes).expect("the file can be written");
        sentences.expect(case, Small::load(&path), &format!("`DIR/w` is not a safetensors file: {reason}"));
        sentences.expect(case, Small::from_bytes(&bytes), &format!("`<bytes>` is not a safetensors file: {reason}"));
    }
    // What has a header keeps its own reason.
    let sound = Small::new(Seed(1)).to_bytes().expect("the weights are finite");
    let cut = Small::from_bytes(&sound[..100]);
    sentences.expect("cut", cut, "`<bytes>` is not a safetensors file: invalid header length");
    sentences.finish();
}

/// A file in another format names what loads it, and that does.
#[test]
fn files_in_other_formats() {
    use loom::dtype::{BF16, F16, I8, Matrices, Mixed, Precision};
    network! { struct Image: [1, 4, 4] { conv: Conv2d<1, 2, 3> -> Flatten -> LayerNorm -> fc: Dense<8, 3> } }
    fn check<P: Precision>(name: &str) {
        let small: Image<P> = Image::new(Seed(1)).quantize().expect("the weights are finite");
        let bytes = small.to_bytes().expect("the weights are finite");
        let error = Image::from_bytes(&bytes).expect_err("it is in another format").to_string();
        assert!(
            error.ends_with(&format!("but `Image` wants F32; load it with `from_bytes_as::<{name}>`")),
            "{name}: {error}"
        );
        assert_eq!(Image::from_bytes_as::<P>(&bytes).expect("as it says").weights(), small.weights(), "{name}");
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("w");
        small.save(&path).expect("the file can be written");
        let error = Image::load(&path).expect_err("it is in another format").to_string();
        assert!(error.ends_with(&format!("but `Image` wants F32; load it with `load_as::<{name}>`")), "{error}");
        assert_eq!(Image::load_as::<P>(&path).expect("as it says").weights(), small.weights(), "{name}");
    }
    check::<F16>("F16");
    check::<I8>("I8");
    check::<Matrices<F16>>("Matrices<F16>");
    check::<Matrices<BF16>>("Matrices<BF16>");
    check::<Mixed<I8, F16>>("Mixed<I8, F16>");
}

/// The bytes are those of the file, from any address, and are checked as files are.
#[test]
fn weights_in_memory() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    let net = Small::new(Seed(1));
    net.save(&path).expect("the file can be written");
    let bytes = net.to_bytes().expect("the weights are finite");
    assert_eq!(fs::read(&path).expect("the file was written"), bytes);
    for offset in 0..9 {
        let moved = [vec![0; offset], bytes.clone()].concat();
        let loaded = Small::from_bytes(&moved[offset..]).expect("the bytes are sound");
        assert_eq!(loaded.fingerprint(), net.fingerprint(), "{offset} bytes on");
    }
    // What is refused in a file is refused in memory, for the same reason.
    for bit in (0..8 * bytes.len()).step_by(5) {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &damaged).expect("the file can be written");
        let said = |result: Result<Small, Error>, path: &str| match result {
            Ok(net) => net.fingerprint().to_string(),
            Err(error) => error.to_string().replace(path, "PATH"),
        };
        let expected = said(Small::load(&path), &path.display().to_string());
        assert_eq!(said(Small::from_bytes(&damaged), "<bytes>"), expected, "bit {bit} flipped");
    }
    let mut net = net;
    net.weights_mut().values_mut()[1] = f32::NAN;
    assert!(matches!(net.to_bytes(), Err(Error::Weight { index: 1, .. })));
}

/// Names that are parts of each other, `a`, `a_scale`, `a_scale_scale` and so on, take no longer to list than others.
#[test]
fn chains_of_names() {
    let dir = TempDir::new().expect("a temporary folder");
    let listed = |ending: &str| {
        let tensor = |i| format!(r#""a{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, ending.repeat(i));
        let header = format!("{{{}}}", (0..2300).map(tensor).collect::<Vec<_>>().join(","));
        let path = dir.path().join(ending);
        fs::write(&path, [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat())
            .expect("it can be written");
        let start = std::time::Instant::now();
        let listing = loom::archive::inspect(&path).expect("the file is sound");
        (start.elapsed(), listing.tensors.len())
    };
    let ((plain, tensors), (chain, one)) = (listed("_other"), listed("_scale"));
    assert_eq!((tensors, one), (2300, 1));
    // At a quadratic cost it is two hundred times as long.
    assert!(chain.as_secs_f64() < 20.0 * plain.as_secs_f64() + 1.0, "{chain:?} against {plain:?}");
}

/// Whatever is cut off or flipped, loading says so or gives finite weights.
#[test]
fn damaged_files() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    Small::new(Seed(1)).save(&path).expect("the file can be written");
    let sound = fs::read(&path).expect("the file was written");
    for len in (0..sound.len()).step_by(16).chain([sound.len() - 1]) {
        fs::write(&path, &sound[..len]).expect("the file can be written");
        let error = Small::load(&path).expect_err("a truncated file is refused");
        assert!(matches!(error, Error::NotSafetensors { .. }), "cut to {len} bytes: {error}");
    }
    fs::write(&path, [&sound[..], &[0]].concat()).expect("the file can be written");
    assert!(matches!(Small::load(&path), Err(Error::NotSafetensors { .. })), "a byte too many");
    // A step of 7 comes to every bit of a byte, one byte after the other.
    for bit in (0..8 * sound.len()).step_by(7) {
        let mut damaged = sound.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &damaged).expect("the file can be written");
        if let Ok(net) = Small::load(&path) {
            assert!(net.weights().values().iter().all(|w| w.is_finite()), "bit {bit} flipped");
        }
    }
}

/// Files under a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("the tests write names in UTF-8");
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("the folder can be read"))).collect();
    names.sort();
    names
}

#[test]
fn unwritable_paths() {
    let mut sentences = Sentences::new();
    let net = Small::new(Seed(1));
    let dir = sentences.path().to_owned();
    let folder = dir.join("folder");
    fs::create_dir(&folder).expect("the folder can be made");
    fs::write(folder.join("kept"), "kept").expect("the file can be written");
    fs::write(dir.join("file"), "kept").expect("the file can be written");
    let long = "n".repeat(300);
    let cases = [
        (dir.join("none/w"), "cannot write `DIR/none/w`: No such file or directory (os error 2)".to_owned()),
        (folder.clone(), "cannot write `DIR/folder`: it is a folder, not a regular file".to_owned()),
        (dir.join("file/w"), "cannot write `DIR/file/w`: Not a directory (os error 20)".to_owned()),
        (dir.join(&long), format!("cannot write `DIR/{long}`: File name too long (os error 36)")),
    ];
    for (path, sentence) in cases {
        sentences.expect("save", net.save(&path), &sentence);
    }
    assert_eq!(names(&dir), ["file", "folder"], "nothing is left behind");
    assert_eq!(fs::read(dir.join("file")).expect("the file is there"), b"kept");
    assert_eq!(names(&folder), ["kept"]);
    sentences.finish();
}

const FULL_DISK: &str = "LOOM_TEST_FULL_DISK";

/// Runs `saves_to_a_full_disk` in a process that may write no byte to any file.
#[test]
#[cfg(unix)]
fn a_failed_save_keeps_the_old_file() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    Small::new(Seed(1)).save(&path).expect("the file can be written");
    let old = fs::read(&path).expect("the file was written");

    let run = r#"trap "" XFSZ; ulimit -f 0; exec "$0" --exact saves_to_a_full_disk --nocapture"#;
    let test = std::env::current_exe().expect("this test has a path");
    let child = Command::new("sh").args(["-c", run]).arg(test).env(FULL_DISK, &path).output().expect("a shell starts");
    let text = String::from_utf8_lossy(&child.stdout).replace(&dir.path().display().to_string(), "DIR");
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert!(text.contains("save says: cannot write `DIR/w`: File too large (os error 27)\n"), "{text}");
    assert_eq!(fs::read(&path).expect("the old file is there"), old);
    assert_eq!(names(dir.path()), ["w"], "nothing is left behind");
}

/// Does its work only when `a_failed_save_keeps_the_old_file` runs it.
#[test]
fn saves_to_a_full_disk() {
    let Some(path) = std::env::var_os(FULL_DISK) else { return };
    println!("save says: {}", Small::new(Seed(2)).save(path).expect_err("the disk is full"));
}

#[test]
fn saved_files() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("small.safetensors");
    let net = Small::new(Seed(1));
    net.save(&path).expect("the file can be written");
    let bytes = fs::read(&path).expect("the file was written");

    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let (header, data) = rest.split_at(length);
    let header: serde_json::Value = serde_json::from_slice(header).expect("the header is JSON");
    let tensors = header.as_object().expect("the header is an object").keys().filter(|name| *name != "__metadata__");
    assert_eq!(tensors.count(), 3);
    for (name, shape) in [("fc1.weight", vec![3, 2]), ("fc1.bias", vec![3]), ("fc2.weight", vec![2, 3])] {
        let entry = &header[name];
        assert_eq!((entry["dtype"].as_str(), &entry["shape"]), (Some("F32"), &serde_json::json!(shape)), "{name}");
        let [start, end] = [0, 1].map(|i| entry["data_offsets"][i].as_u64().expect("an offset") as usize);
        let (values, _) = data[start..end].as_chunks::<4>();
        let values: Vec<f32> = values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        assert_eq!(Some(&values[..]), net.weights().get(name).as_deref(), "{name}");
    }

    assert_eq!(Small::load(&path).expect("the file is sound").fingerprint(), net.fingerprint());
    net.save(&path).expect("a file may be replaced");
    assert_eq!(fs::read(&path).expect("the file was written"), bytes, "the same weights give the same file");
    assert_eq!(names(dir.path()), ["small.safetensors"], "nothing is left behind");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("the file is there").permissions().mode();
        let other = dir.path().join("other");
        fs::write(&other, "").expect("the file can be written");
        assert_eq!(mode(&path), mode(&other), "permissions follow the umask");
    }
}

#[test]
fn data_sets() {
    let mut sentences = Sentences::new();
    let none: Vec<[f32; 2]> = Vec::new();
    sentences.expect("empty", Dataset::new(none.clone(), Vec::<u8>::new()), "the data set is empty");
    let unpaired = "the data set has 2 inputs but 1 targets";
    sentences.expect("unpaired", Dataset::new(vec![[0.0_f32; 2]; 2], vec![0_u8]), unpaired);
    sentences.expect("no inputs", Dataset::new(none, vec![0_u8]), "the data set has 0 inputs but 1 targets");
    for (value, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let mut inputs = vec![[[0.0_f32; 3]; 2]; 4];
        inputs[2][1][0] = value;
        let expected = format!("input 2 of the data set has {name} at index 3");
        sentences.expect(name, Dataset::new(inputs, vec![0_u8; 4]), &expected);
    }
    let data = Dataset::new(vec![[0.0_f32; 2]; 3], vec![0_u8; 3]).expect("the data are sound");
    sentences.expect("scale", data.clone().scaled(f32::NAN), "`scale` is NaN, but must be finite");
    let mut inputs = vec![[0.0_f32, 1.0]; 3];
    inputs[1][0] = -1e10;
    let scaled = |inputs, scale| Dataset::new(inputs, vec![0_u8; 3]).and_then(|data| data.scaled(scale));
    sentences.expect("a scale", scaled(inputs.clone(), 1e28), "no error");
    let expected =
        "input 1 of the data set has -10000000000 at index 0, which is infinite in 32 bits when it is scaled by ";
    sentences.expect("a great scale", scaled(inputs, -4e28), &format!("{expected}-4e28"));
    let bytes = Dataset::new(vec![[0_u8, 200]; 3], vec![0_u8; 3]).and_then(|data| data.scaled(f32::MAX));
    assert!(matches!(bytes, Err(Error::ScaledInput { sample: 0, index: 1, value: 200.0, .. })), "{bytes:?}");
    sentences.expect("split at 0", data.clone().split_at(0), "the data set is empty");
    sentences.expect("split at the end", data.split_at(3), "the data set is empty");
    sentences.finish();
}

#[test]
fn tokens() {
    network! { struct Text: [3] { Embedding<5, 2> -> Flatten -> Dense<6, 2> } }
    let mut sentences = Sentences::new();
    let trainer = Trainer::new(Sgd::new(0.1), CrossEntropy);
    let token =
        |value: &str| format!("input 1 of the data set has {value} at index 2, but the network has tokens 0 to 4");
    let sound = Dataset::new(vec![[0_u8, 4, 1]; 2], vec![0_u8, 1]).expect("the data are sound");
    for last in [4_u8, 5, 255] {
        let data = Dataset::new(vec![[0, 4, 1], [1, 2, last]], vec![0_u8, 1]).expect("the data are sound");
        let expected = if last == 4 { "no error".to_owned() } else { token(&last.to_string()) };
        let (mut net, case) = (Text::new(Seed(1)), format!("{last}"));
        sentences.expect(&case, trainer.fit_validated(&mut net, &sound, &data), &expected);
        sentences.expect(&case, trainer.evaluate(&net, &data), &expected);
        sentences.expect(&case, trainer.fit(&mut net, &data), &expected);
    }
    for (last, scale, value) in [(-1.0, 1.0, "-1"), (0.5, 1.0, "0.5"), (5.0, 1.0, "5"), (1.0, 0.25, "0.25")] {
        let data =
            Dataset::new(vec![[0.0_f32, 4.0, 0.0], [0.0, 4.0, last]], vec![0_u8, 1]).expect("the data are sound");
        let data = data.scaled(scale).expect("the scale is finite");
        sentences.expect(value, trainer.fit(&mut Text::new(Seed(1)), &data), &token(value));
    }
    // A layer in front that computes nothing changes nothing.
    network! { struct Behind: [3, 1] { Transpose -> Flatten -> Embedding<5, 2> -> Flatten -> Dense<6, 2> } }
    let data = Dataset::new(vec![[[0_u8], [4], [1]], [[1], [2], [5]]], vec![0_u8, 1]).expect("the data are sound");
    sentences.expect("behind views", trainer.fit(&mut Behind::new(Seed(1)), &data), &token("5"));
    // What an expression looks up is a token too: here, the last column.
    network! {
        struct Column: [2, 2] {
            let last = input -> Slice<1, 1, 2> -> Flatten;
            sum(one_hot(last, 5), axis = 0) -> Dense<5, 2>
        }
        struct Index(x: [5], at: [3]) { gather(x, at, axis = 0) -> Dense<3, 2> }
    }
    let data = Dataset::new(vec![[[-0.5, 4.0], [9.0, 1.0]], [[0.5, 0.0], [9.0, 5.0]]], vec![0_u8, 1]);
    let data = data.expect("the data are sound");
    let column = "input 1 of the data set has 5 at index 3, but the network has tokens 0 to 4";
    sentences.expect("a column", trainer.fit(&mut Column::new(Seed(1)), &data), column);
    let input = |last| IndexInput { x: [-0.5; 5], at: [0.0, 4.0, last] };
    let data = Dataset::new(vec![input(1.0), input(5.0)], vec![0_u8, 1]).expect("the data are sound");
    let index = "input 1 of the data set has 5 at index 7, but the network has tokens 0 to 4";
    sentences.expect("an index", trainer.fit(&mut Index::new(Seed(1)), &data), index);
    // Of two vocabularies, the smaller one counts.
    network! {
        struct Two: [3] {
            let wide = Embedding<9, 2>;
            let narrow = Embedding<5, 2>;
            Sum { wide | narrow } -> Flatten -> Dense<6, 2>
        }
    }
    let data = Dataset::new(vec![[0_u8, 4, 1], [1, 2, 5]], vec![0_u8, 1]).expect("the data are sound");
    sentences.expect("two vocabularies", trainer.fit(&mut Two::new(Seed(1)), &data), &token("5"));
    sentences.finish();
}

/// Trains on inputs of zeros; where that fails, so does everything else that takes the loss and the targets.
fn fit<L: Loss<[f32; 2], Y>, Y: Target>(loss: L, targets: Vec<Y>) -> Result<History, Error> {
    let data = Dataset::new(vec![[0.0_f32; 2]; targets.len()], targets)?;
    let (mut net, trainer) = (Small::new(Seed(1)), Trainer::new(Sgd::new(0.1), loss.clone()));
    let untrained = net.fingerprint();
    let result = trainer.fit(&mut net, &data);
    if let Err(error) = &result {
        assert_eq!(net.fingerprint(), untrained, "nothing is trained before the data are checked");
        let mut tape = Tape::new(net.clone(), &Cpu::new());
        tape.forward(data.inputs(), Mode::Inference).expect("there is memory");
        let others = [trainer.evaluate(&net, &data).map(|_| ()), tape.loss(&loss, data.targets())];
        for other in others {
            assert_eq!(other.expect_err("the same data").to_string(), error.to_string());
        }
    }
    result
}

#[test]
fn targets() {
    let mut sentences = Sentences::new();
    let label = |label: &str| format!("target 1 of the data set is class {label}, but the network has classes 0 to 1");
    sentences.expect("greatest label", fit(CrossEntropy, vec![0_u8, 1]), "no error");
    sentences.expect("u8", fit(CrossEntropy, vec![0_u8, 2]), &label("2"));
    sentences.expect("u16", fit(CrossEntropy, vec![1_u16, u16::MAX]), &label("65535"));
    sentences.expect("u32", fit(CrossEntropy, vec![1_u32, u32::MAX]), &label("4294967295"));
    // Beyond 32 bits a label counts as the greatest, but is told as it is.
    sentences.expect("usize", fit(CrossEntropy, vec![1_usize, 1 << 32]), &label("4294967296"));
    sentences.expect("u64", fit(CrossEntropy, vec![1, u64::MAX]), &label("18446744073709551615"));
    sentences.expect("no label", fit(CrossEntropy, vec![1, -1_i64 as u64]), &label("18446744073709551615"));
    let later =
        fit(CrossEntropy, vec![1_u64, 1, 0, 1 << 40, 1 << 41]).map(drop).expect_err("no such class").to_string();
    assert!(later.starts_with("target 3 of the data set is class 1099511627776,"), "{later}");
    let mut labels = vec![1_u8; 3000];
    labels[2999] = 7;
    let last = "target 2999 of the data set is class 7, but the network has classes 0 to 1";
    sentences.expect("the last of many", fit(CrossEntropy, labels), last);

    let target = |value: &str, takes: &str| format!("target 1 of the data set has {value} at index 1; {takes}");
    let pair = |value: f32| vec![[0.0, 1.0], [0.5, value]];
    for (value, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        sentences.expect("mse", fit(Mse, pair(value)), &target(name, "Mse takes finite values"));
        sentences.expect("huber", fit(Huber::default(), pair(value)), &target(name, "Huber takes finite values"));
        let takes = "BinaryCrossEntropy takes values from 0 to 1";
        sentences.expect("binary", fit(BinaryCrossEntropy, pair(value)), &target(name, takes));
        let takes = "CrossEntropy takes probabilities, from 0 to 1";
        sentences.expect("cross-entropy", fit(CrossEntropy, pair(value)), &target(name, takes));
    }
    let takes = "BinaryCrossEntropy takes values from 0 to 1";
    sentences.expect("binary", fit(BinaryCrossEntropy, pair(1.5)), &target("1.5", takes));
    let takes = "CrossEntropy takes probabilities, from 0 to 1";
    sentences.expect("cross-entropy", fit(CrossEntropy, pair(-0.25)), &target("-0.25", takes));
    for (delta, name) in [(0.0, "0"), (-1.0, "-1"), (f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let expected = format!("`delta` is {name}, but must be finite and above 0");
        sentences.expect("delta", fit(Huber { delta }, pair(1.0)), &expected);
    }
    sentences.finish();
}

/// Trains with settings, which are refused before anything else.
fn fit_with<O: Optimizer>(trainer: Trainer<O, Mse>) -> Result<History, Error> {
    let data = Dataset::new(vec![[0.5_f32; 2]; 4], vec![[0.5_f32; 2]; 4])?;
    let mut net = Small::new(Seed(1));
    let untrained = net.fingerprint();
    let result = trainer.fit(&mut net, &data);
    assert!(result.is_ok() || net.fingerprint() == untrained, "nothing is trained before the settings are checked");
    result
}

#[test]
fn settings() {
    let mut sentences = Sentences::new();
    let sgd = |rate: f64| Trainer::new(Sgd::new(rate), Mse);
    let mut refuse = |found: Result<History, Error>, expected: &str| sentences.expect("settings", found, expected);

    refuse(fit_with(sgd(0.1).batch(0)), "`batch` is 0, but must be at least 1");
    refuse(fit_with(sgd(0.1).epochs(0)), "`epochs` is 0, but must be at least 1");
    refuse(fit_with(sgd(0.1).batch(usize::MAX)), "no error");
    for (rate, name) in [(-0.1, "-0.1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let expected = format!("`learning_rate` is {name}, but must be finite and at least 0");
        refuse(fit_with(sgd(rate)), &expected);
        refuse(fit_with(Trainer::new(Adam::new(rate), Mse)), &expected);
        refuse(fit_with(Trainer::new(AdamW::new(rate), Mse)), &expected);
        refuse(fit_with(Trainer::new(RmsProp::new(rate), Mse)), &expected);
    }
    let decay = "`weight_decay` is -1, but must be finite and at least 0";
    refuse(fit_with(Trainer::new(Sgd::new(0.1).weight_decay(-1.0), Mse)), decay);
    refuse(fit_with(Trainer::new(AdamW::new(0.1).weight_decay(-1.0), Mse)), decay);
    refuse(fit_with(Trainer::new(RmsProp::new(0.1).weight_decay(-1.0), Mse)), decay);
    for (share, name) in [(1.0, "1"), (-0.5, "-0.5"), (f64::NAN, "NaN"), (1.5, "1.5")] {
        let expected = |setting: &str| format!("`{setting}` is {name}, but must be at least 0 and below 1");
        refuse(fit_with(Trainer::new(Sgd::new(0.1).momentum(share), Mse)), &expected("momentum"));
        refuse(fit_with(Trainer::new(Sgd::new(0.1).nesterov(share), Mse)), &expected("momentum"));
        refuse(fit_with(Trainer::new(Adam::new(0.1).betas(share, 0.9), Mse)), &expected("beta1"));
        refuse(fit_with(Trainer::new(AdamW::new(0.1).betas(0.9, share), Mse)), &expected("beta2"));
        refuse(fit_with(Trainer::new(RmsProp::new(0.1).alpha(share), Mse)), &expected("alpha"));
        refuse(fit_with(Trainer::new(RmsProp::new(0.1).momentum(share), Mse)), &expected("momentum"));
    }
    let epsilon = "`epsilon` is 0, but must be at least 1e-21 and finite in binary32";
    refuse(fit_with(Trainer::new(Adam::new(0.1).epsilon(0.0), Mse)), epsilon);
    refuse(fit_with(Trainer::new(RmsProp::new(0.1).epsilon(0.0), Mse)), epsilon);
    let epsilon = "`epsilon` is 9e-22, but must be at least 1e-21 and finite in binary32";
    refuse(fit_with(Trainer::new(AdamW::new(0.1).epsilon(9e-22), Mse)), epsilon);
    refuse(fit_with(Trainer::new(RmsProp::new(0.1).epsilon(1e-21), Mse)), "no error");
    refuse(fit_with(sgd(0.1).clip(Clip::Norm(0.0))), "`clip norm` is 0, but must be finite and above 0");
    refuse(fit_with(sgd(0.1).clip(Clip::Norm(f32::NAN))), "`clip norm` is NaN, but must be finite and above 0");
    refuse(fit_with(sgd(0.1).clip(Clip::Value(-2.0))), "`clip value` is -2, but must be finite and above 0");
    refuse(fit_with(sgd(0.1).schedule(Schedule::step(0, 0.5))), "`every` is 0, but must be at least 1");
    refuse(fit_with(sgd(0.1).schedule(Schedule::warmup(0))), "`warm-up steps` is 0, but must be at least 1");
    refuse(
        fit_with(sgd(0.1).schedule(Schedule::warmup(1).then(1, Schedule::exponential(f64::NAN)))),
        "`gamma` is NaN, but must be finite and at least 0",
    );
    refuse(
        fit_with(sgd(0.1).early_stopping(EarlyStopping::new(3))),
        "early stopping needs validation data: call `fit_validated`",
    );
    let data = Dataset::new(vec![[0.5_f32; 2]; 4], vec![[0.5_f32; 2]; 4]).expect("the data are sound");
    let evaluated = sgd(0.1).batch(0).evaluate(&Small::new(Seed(1)), &data);
    sentences.expect("evaluate", evaluated, "`batch` is 0, but must be at least 1");
    sentences.finish();
}

/// Trains eight samples of values up to `reach` as one batch.
fn train_at(reach: f64, rate: f64, epochs: usize) -> (Small, Result<History, Error>) {
    let mut random = common::Random(1);
    let data = Dataset::new(random.samples::<[f32; 2]>(8, -reach, reach), random.samples::<[f32; 2]>(8, -reach, reach));
    let trainer = Trainer::new(Sgd::new(rate), Mse).batch(8).epochs(epochs);
    let mut net = Small::new(Seed(1));
    let result = trainer.fit(&mut net, &data.expect("the data are sound"));
    (net, result)
}

#[test]
fn divergence() {
    let mut sentences = Sentences::new();
    let cure = "try a smaller learning rate or gradient clipping";
    let cases = [
        ("slowly", 30.0, 1000, format!("training diverged in epoch 13, with loss inf; {cure}")),
        ("fast", 1e10, 9, format!("training diverged in epoch 3, with loss inf; {cure}")),
        ("at once", 1e30, 9, format!("training diverged in epoch 2, with loss inf; {cure}")),
    ];
    for (case, rate, epochs, expected) in cases {
        sentences.expect(case, train_at(1.0, rate, epochs).1, &expected);
    }
    sentences.finish();
}

/// What training calls a success can be saved and loaded.
#[test]
fn divergence_in_the_last_step() {
    let (net, result) = train_at(1000.0, 1e37, 1);
    let finite = net.weights().values().iter().all(|weight| weight.is_finite());
    assert!(finite || matches!(result, Err(Error::Diverged { epoch: 1, .. })), "{:?}", net.weights().values());
}

/// A gradient without a batch is nothing, and no panic.
#[test]
fn tapes_without_samples() {
    let mut sentences = Sentences::new();
    let mut tape = Tape::new(Small::new(Seed(1)), &Cpu::new());
    let none: [[f32; 2]; 0] = [];
    let early = "`Tape::loss` has nothing to go on from: call `forward` first";
    sentences.expect("before forward", tape.loss(&Mse, &none), early);
    sentences.expect("before forward", tape.loss(&Mse, &[[0.0; 2]]), early);
    assert!(tape.outputs().expect("the CPU has them").is_empty());
    tape.forward(&none, Mode::Inference).expect("there is memory");
    assert!(tape.outputs().expect("the CPU has them").is_empty());
    sentences.expect(
        "no samples",
        tape.loss(&Mse, &none),
        "`Tape::loss` has nothing to go on from: call `forward` with samples first",
    );
    tape.forward(&[[0.0; 2]; 3], Mode::Inference).expect("there is memory");
    let unpaired = "the last `forward` had 3 samples, but there are 2 targets";
    sentences.expect("too few targets", tape.loss(&Mse, &[[0.0; 2]; 2]), unpaired);
    sentences.finish();
}

/// A bound, a learning rate or an optimizer that a trainer refuses is refused by a tape, and changes nothing.
#[test]
fn tapes_check_what_they_are_given() {
    let mut sentences = Sentences::new();
    let mut tape = Tape::new(Small::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
    let early = |call: &str| format!("`Tape::{call}` has nothing to go on from: call `backward` first");
    sentences.expect("before forward", tape.clip(Clip::Norm(1.0)), &early("clip"));
    tape.forward(&[[0.5; 2]; 3], Mode::Inference).expect("there is memory");
    tape.loss(&Mse, &[[0.25; 2]; 3]).expect("there are outputs");
    sentences.expect("before backward", tape.clip(Clip::Value(1.0)), &early("clip"));
    sentences.expect("before backward", tape.step(), &early("step"));
    tape.backward().expect("there is a gradient of the outputs");
    let weights = tape.network().expect("the CPU has them").weights().values().to_vec();
    let gradients = tape.gradients().expect("the CPU has them").to_vec();
    for (bound, shown) in [(-1.0, "-1"), (0.0, "0"), (f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let expected = |name: &str| format!("`clip {name}` is {shown}, but must be finite and above 0");
        sentences.expect("a norm", tape.clip(Clip::Norm(bound)), &expected("norm"));
        sentences.expect("a value", tape.clip(Clip::Value(bound)), &expected("value"));
    }
    let rate = "`learning_rate` is -1, but must be finite and at least 0";
    sentences.expect("a rate", tape.step_with(-1.0), rate);
    let momentum = "`momentum` is 1.5, but must be at least 0 and below 1";
    assert_eq!(tape.network().expect("the CPU has them").weights().values(), weights);
    assert_eq!(tape.gradients().expect("the CPU has them"), gradients);
    let wanted = "`number of gradients` is 1, but must be as many as `gradients` has";
    sentences.expect("gradients of another length", tape.set_gradients(&[1.0]), wanted);
    let mut tape = Tape::new(Small::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1).momentum(1.5));
    tape.forward(&[[0.5; 2]; 3], Mode::Inference).expect("there is memory");
    tape.loss(&Mse, &[[0.25; 2]; 3]).expect("there are outputs");
    tape.backward().expect("there is a gradient of the outputs");
    sentences.expect("an optimizer", tape.step(), momentum);
    assert_eq!(tape.network().expect("the CPU has them").weights().values(), weights);
    sentences.finish();
}

/// Writes a sound set of MNIST files: the images of each part and their labels.
fn write_mnist(folder: &Path, labels: &[u8]) {
    for part in ["train", "t10k"] {
        let images = vec![7; labels.len() * 784];
        let sizes = [labels.len() as u32, 28, 28];
        write_idx(&folder.join(format!("{part}-images-idx3-ubyte")), &sizes, &images);
        write_idx(&folder.join(format!("{part}-labels-idx1-ubyte")), &sizes[..1], labels);
    }
}

fn write_idx(path: &Path, sizes: &[u32], values: &[u8]) {
    let sizes_bytes = sizes.iter().flat_map(|size| size.to_be_bytes());
    let bytes: Vec<u8> = [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes_bytes).chain(values.to_vec()).collect();
    fs::write(path, bytes).expect("the file can be written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

#[test]
fn mnist_files() {
    let mut sentences = Sentences::new();
    let folder = sentences.path().to_owned();
    let images = folder.join("train-images-idx3-ubyte");
    let labels = folder.join("t10k-labels-idx1-ubyte");
    let mut load = |case: &str, damage: &dyn Fn(), expected: &str| {
        write_mnist(&folder, &[0, 1, 9]);
        damage();
        sentences.expect(case, mnist::load(Some(&folder)), expected);
    };
    let cut = |path: &Path, len: usize| {
        let bytes = fs::read(path).expect("the file was written");
        fs::write(path, &bytes[..len]).expect("the file can be written");
    };
    let set = |path: &Path, at: usize, value: u8| {
        let mut bytes = fs::read(path).expect("the file was written");
        bytes[at] = value;
        fs::write(path, bytes).expect("the file can be written");
    };
    // Only the compressed file is left.
    let compress = |path: &Path, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let bytes = gzip(&fs::read(path).expect("the file was written"));
        fs::remove_file(path).expect("the file is there");
        fs::write(path.with_extension("gz"), change(bytes)).expect("the file can be written");
    };

    load("sound", &|| {}, "no error");
    load("compressed", &|| compress(&images, &|bytes| bytes), "no error");
    load(
        "cut in the values",
        &|| cut(&images, 2000),
        "`DIR/train-images-idx3-ubyte`: truncated data: the header promises 2352 bytes, 1984 follow it",
    );
    load(
        "cut in the header",
        &|| cut(&labels, 6),
        "`DIR/t10k-labels-idx1-ubyte`: truncated header: it takes 8 bytes, 6 are there",
    );
    load("empty", &|| cut(&labels, 0), "`DIR/t10k-labels-idx1-ubyte`: truncated header: it takes 4 bytes, 0 are there");
    load(
        "wrong magic",
        &|| set(&images, 0, 0x50),
        "`DIR/train-images-idx3-ubyte`: not an IDX file: it begins with [50, 00] in place of [00, 00]",
    );
    load(
        "wrong type",
        &|| set(&images, 2, 0x0d),
        "`DIR/train-images-idx3-ubyte`: element type code 0x0d is not supported, only 0x08 (u8) is",
    );
    load(
        "a gzip file without its ending",
        &|| fs::write(&labels, gzip(b"")).expect("the file can be written"),
        "`DIR/t10k-labels-idx1-ubyte`: compressed with gzip: decompress it first, for example with `gunzip --keep`",
    );
    load(
        "too many values",
        &|| set(&labels, 7, 2),
        "`DIR/t10k-labels-idx1-ubyte`: trailing bytes: 1 follow the data that the header promises",
    );
    load(
        "no images",
        &|| write_idx(&images, &[0, 28, 28], &[]),
        "`DIR/train-images-idx3-ubyte`: dimension 0 has size 0",
    );
    load(
        "smaller images",
        &|| write_idx(&images, &[3, 4, 4], &[0; 48]),
        "`DIR/train-images-idx3-ubyte`: an item of shape [4, 4] has 16 bytes, but the sample type \
         `[[[u8; 28]; 28]; 1]` has 784",
    );
    load(
        "fewer images than labels",
        &|| write_idx(&images, &[2, 28, 28], &[0; 2 * 784]),
        "`train` in `DIR`: the data set has 2 inputs but 3 targets",
    );
    load(
        "fewer labels than images",
        &|| write_idx(&labels, &[2], &[0; 2]),
        "`t10k` in `DIR`: the data set has 3 inputs but 2 targets",
    );
    let remove = |path: &Path| fs::remove_file(path).expect("the file is there");
    let missing =
        "cannot read `DIR/t10k-labels-idx1-ubyte.gz` (nor without `.gz`): No such file or directory (os error 2)";
    load("a missing file", &|| remove(&labels), missing);
    let gz = |reason: &str| format!("cannot read `DIR/t10k-labels-idx1-ubyte.gz` (nor without `.gz`): {reason}");
    load(
        "a cut gzip file",
        &|| compress(&labels, &|bytes| bytes[..bytes.len() - 9].to_vec()),
        &gz("incomplete deflate stream"),
    );
    load("a gzip file of zeros", &|| compress(&labels, &|bytes| vec![0; bytes.len()]), &gz("invalid gzip header"));
    let flip = |mut bytes: Vec<u8>| {
        let at = bytes.len() - 6;
        bytes[at] ^= 1;
        bytes
    };
    load(
        "a gzip file with a wrong checksum",
        &|| compress(&labels, &flip),
        &gz("corrupt gzip stream does not have a matching checksum"),
    );

    sentences.expect(
        "no folder",
        mnist::load(Some(&folder.join("none"))),
        "cannot read `DIR/none/train-images-idx3-ubyte.gz` (nor without `.gz`): No such file or directory (os error 2)",
    );
    sentences.finish();
}

/// The files do not know how many classes there are; the network does.
#[test]
fn mnist_labels_out_of_range() {
    let mut sentences = Sentences::new();
    write_mnist(sentences.path(), &[0, 10, 9]);
    let [training, test] = mnist::load(Some(sentences.path())).expect("the files are sound");
    let (mut net, trainer) = (Digits::new(Seed(1)), Trainer::new(Adam::new(1e-3), CrossEntropy));
    let expected = "target 1 of the data set is class 10, but the network has classes 0 to 9";
    sentences.expect("fit", trainer.fit(&mut net, &training), expected);
    sentences.expect("evaluate", trainer.evaluate(&net, &test), expected);
    sentences.finish();
}

/// What diverged is not written over what was good.
#[test]
fn a_diverged_network_replaces_no_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("net.safetensors");
    let mut net = network![Dense<2, 3> -> Dense<3, 1>];
    net.save(&file).expect("it is saved");
    let good = std::fs::read(&file).expect("the file is there");
    net.weights_mut().values_mut()[1] = f32::NAN;
    let error = net.save(&file).expect_err("a network that diverged is not saved");
    assert_eq!(error.to_string(), "tensor `0.weight` has NaN at index 1");

    let data = Dataset::new(vec![[1e3, 1.0]; 8], vec![[1.0]; 8]).expect("the data is good");
    let mut net = network![Dense<2, 3> -> Dense<3, 1>];
    let trainer = Trainer::new(Sgd::new(1e3), Mse).batch(1).epochs(9).checkpoint(&file, 1);
    assert!(matches!(trainer.fit(&mut net, &data), Err(Error::Diverged { epoch: 1, .. })));
    assert_ne!(std::fs::read(&file).expect("the file is there"), good, "the first steps were written");
    assert!(trainer.resume(&file).fit(&mut network![Dense<2, 3> -> Dense<3, 1>], &data).is_err());
}

/// An accuracy that the loss's targets do not have.
#[test]
fn accuracies() {
    let net = network![Dense<2, 2>];
    let inputs = vec![[0.5, 0.25], [-1.0, 2.0], [3.0, -1.0]];
    let classes: Vec<u8> = net.forward_batch(&inputs).iter().map(|y| u8::from(y[1] > y[0])).collect();
    let values = net.forward_batch(&inputs);
    let labelled = Dataset::new(inputs.clone(), classes).expect("the data is good");
    let valued = Dataset::new(inputs, values).expect("the data is good");
    let arg_max = Trainer::new(Sgd::new(0.1), Mse).accuracy(Accuracy::ArgMax);
    assert_eq!(arg_max.evaluate(&net, &valued).expect("it is scored").accuracy, Some(1.0));
    let threshold = Trainer::new(Sgd::new(0.1), CrossEntropy).accuracy(Accuracy::Threshold(0.5));
    assert_eq!(
        threshold.evaluate(&net, &labelled).expect_err("classes have no threshold").to_string(),
        "`accuracy threshold` is 0.5, but must be left out where targets are class indices"
    );
}
