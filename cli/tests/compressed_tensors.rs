//! Files as compressed-tensors writes and reads them: there and back to the bit, and against Python that decodes them
//! independently.
//!
//! Python needs numpy, ml_dtypes and safetensors: `python3`, or the one that `LOOM_PYTHON` names. Without it that test says
//! so and passes, unless `LOOM_REQUIRE_PYTHON` is set.

mod common;

use common::{Net, convert, loom, path, save_all, tensors};
use loom::dtype::Format;
use loom::prelude::*;
use safetensors::Dtype;
use std::path::Path;
use std::process::Command;

const FORM: [&str; 2] = ["--form", "compressed-tensors"];

#[test]
fn names_types_and_shapes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let output = folder.path().join("output");
    type Row = (&'static str, Dtype, &'static [usize]);
    let cases: [(Format, &[Row]); 3] = [
        (
            Format::I8,
            &[
                ("4.weight", Dtype::I8, &[32, 175]),
                ("4.weight_scale", Dtype::F32, &[32, 1]),
                ("fc.weight", Dtype::I8, &[3, 32]),
                ("fc.weight_scale", Dtype::F32, &[3, 1]),
            ],
        ),
        (
            Format::U8,
            &[
                ("4.weight", Dtype::I8, &[32, 175]),
                ("4.weight_scale", Dtype::F32, &[32, 1]),
                ("4.weight_zero_point", Dtype::I8, &[32, 1]),
                ("fc.weight", Dtype::I8, &[3, 32]),
                ("fc.weight_scale", Dtype::F32, &[3, 1]),
                ("fc.weight_zero_point", Dtype::I8, &[3, 1]),
            ],
        ),
        (
            // 175 columns are no whole blocks.
            Format::F4,
            &[
                ("4.weight", Dtype::F32, &[32, 175]),
                ("fc.weight_global_scale", Dtype::F32, &[1]),
                ("fc.weight_packed", Dtype::U8, &[3, 16]),
                ("fc.weight_scale", Dtype::F8_E4M3, &[3, 2]),
            ],
        ),
    ];
    for (format, expected) in cases {
        let report = convert(&path(folder.path(), Format::F32), &output, &[&["-d", format.name()], &FORM[..]].concat());
        let (found, _) = tensors(&output);
        let found = found.iter().filter(|tensor| tensor.0.starts_with("4.weight") || tensor.0.starts_with("fc."));
        let found: Vec<_> = found.map(|(name, dtype, shape, _)| (name.as_str(), *dtype, shape.as_slice())).collect();
        assert_eq!(found, expected, "{format}");
        let (_, conv) = tensors(&output).0.into_iter().map(|it| (it.0, it.1)).find(|it| it.0 == "conv.weight").unwrap();
        assert_eq!(conv, Dtype::F32, "{format}");

        let json = report.split("\"quantization_config\": ").nth(1).expect("it says what the configuration needs");
        let config: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
        let targets = if format == Format::F4 { vec!["fc"] } else { vec!["4", "fc"] };
        assert_eq!(config["config_groups"]["group_0"]["targets"], serde_json::json!(targets), "{format}");
        let form = if format == Format::F4 { "nvfp4-pack-quantized" } else { "int-quantized" };
        assert_eq!(config["format"], form, "{format}");
    }
}

/// From Loom's form to this one and back: codes, zero points and every scale have the bits that they had.
#[test]
fn there_and_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let (there, back) = (folder.path().join("there"), folder.path().join("back"));
    for format in [Format::I8, Format::U8, Format::F4] {
        let file = path(folder.path(), format);
        convert(&file, &there, &[&["-d", format.name()], &FORM[..]].concat());
        convert(&there, &back, &["-d", format.name()]);
        assert_eq!(tensors(&back), tensors(&file), "{format}");
        convert(&there, &there, &[&["-d", format.name()], &FORM[..]].concat());
        convert(&there, &there, &["-d", "F32"]);
        convert(&file, &back, &["-d", "F32"]);
        assert_eq!(tensors(&there), tensors(&back), "{format} as F32");
    }
}

/// Each format with each granularity in each form, from values and from codes that have the granularity already: refused, or a
/// file that can be listed, whose weights decode to what they were, and whose configuration names what shares their scales.
#[test]
fn every_format_granularity_and_form() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [full, encoded, output, back, expected] =
        ["full", "encoded", "output", "back", "expected"].map(|name| folder.path().join(name));
    Net::new(Seed(42)).save(&full).expect("the folder can be written");
    let mut written = 0;
    for &format in Format::ALL {
        for granularity in ["tensor", "channel", "block16", "block32"] {
            for form in ["loom", "compressed-tensors"] {
                let case = format!("{format} {granularity} {form}");
                let options = ["-d", format.name(), "--granularity", granularity, "--form", "loom"];
                let arguments = ["convert".as_ref(), full.as_os_str(), encoded.as_os_str()];
                let run = loom(&[&arguments[..], &options.map(std::ffi::OsStr::new)].concat());
                // F32 is what everything else is kept in, so that it takes any option.
                let is_refused = ["F64", "F16", "BF16"].contains(&format.name());
                assert_eq!(run.code == 0, !is_refused, "{case}: {}", run.err);
                if is_refused || format == Format::F32 {
                    continue;
                }
                // What has the format already keeps its granularity.
                let options = ["-d", format.name(), "--form", form];
                let arguments = ["convert".as_ref(), encoded.as_os_str(), output.as_os_str()];
                let run = loom(&[&arguments[..], &options.map(std::ffi::OsStr::new)].concat());
                let has_form = form == "loom" || ["I8", "U8", "F4"].contains(&format.name());
                assert_eq!(run.code, if has_form { 0 } else { 2 }, "{case}: {}", run.err);
                if !has_form {
                    continue;
                }
                written += 1;
                let listed = loom(&["inspect".as_ref(), output.as_os_str()]);
                assert_eq!((listed.code, listed.err.as_str()), (0, ""), "{case}");
                convert(&output, &back, &["-d", "F32"]);
                convert(&encoded, &expected, &["-d", "F32"]);
                assert_eq!(tensors(&back).0, tensors(&expected).0, "{case}");
                let direct = folder.path().join("direct");
                let report =
                    convert(&full, &direct, &["-d", format.name(), "--granularity", granularity, "--form", form]);
                let of_layer = |path: &Path| {
                    let (tensors, _) = tensors(path);
                    tensors.into_iter().filter(|tensor| tensor.0.starts_with("fc.")).collect::<Vec<_>>()
                };
                assert_eq!(of_layer(&direct), of_layer(&output), "{case}: in one step");
                if form == "loom" {
                    assert_eq!(tensors(&output), tensors(&encoded), "{case}: codes and scales stay");
                    continue;
                }
                let json =
                    report.split("\"quantization_config\": ").nth(1).expect("it says what the configuration needs");
                let config: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
                let weights = &config["config_groups"]["group_0"]["weights"];
                let strategy = match (format, granularity) {
                    (Format::F4, _) => ("tensor_group", Some(16)),
                    (_, "block16") => ("group", Some(16)),
                    (_, "block32") => ("group", Some(32)),
                    (_, granularity) => (granularity, None),
                };
                // The three rows of 32 columns are a group of 32 each: a channel.
                let found = (weights["strategy"].as_str().unwrap(), weights["group_size"].as_u64());
                let by_channel = granularity == "block32" && format != Format::F4;
                let wanted = if by_channel { ("channel", None) } else { strategy };
                assert_eq!(found, wanted, "{case}: {config}");
                assert_eq!(weights["symmetric"], format != Format::U8, "{case}");
                let shape = |name: &str| of_layer(&output).into_iter().find(|tensor| tensor.0 == name).map(|it| it.2);
                let scales = match (format, granularity) {
                    (Format::F4, _) | (_, "block16") => vec![3, 2],
                    (_, "tensor") => vec![1],
                    _ => vec![3, 1],
                };
                assert_eq!(shape("fc.weight_scale"), Some(scales), "{case}");
            }
        }
    }
    assert_eq!(written, 4 * (9 + 3));
}

/// Loom's files decoded by Python, and Python's by Loom.
#[test]
fn python_agrees() {
    let python = std::env::var_os("LOOM_PYTHON").unwrap_or_else(|| "python3".into());
    let modules = Command::new(&python).args(["-c", "import numpy, ml_dtypes, safetensors"]).output();
    if !modules.as_ref().is_ok_and(|output| output.status.success()) {
        let needs = "a Python with numpy, ml_dtypes and safetensors, named by LOOM_PYTHON";
        assert!(std::env::var_os("LOOM_REQUIRE_PYTHON").is_none(), "this test needs {needs}: {modules:?}");
        eprintln!("SKIPPED: this test needs {needs}");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/compressed_tensors.py");
    let run = |action: &str, expected: &str| {
        let output = Command::new(&python).arg(&script).arg(action).arg(folder.path()).output().expect("Python runs");
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains(expected), "{text}");
    };
    run("write", "5 files");
    for form in ["int8", "int8_zero_points", "nvfp4", "modelopt", "mxfp4"] {
        let input = folder.path().join(format!("{form}.safetensors"));
        assert_eq!(loom(&["inspect".as_ref(), input.as_os_str()]).code, 0, "{form}");
        convert(&input, &folder.path().join(format!("{form}.loom.safetensors")), &["-d", "F32"]);
    }
    save_all(&Net::new(Seed(42)), folder.path());
    for format in ["I8", "U8", "F4"] {
        let packed = folder.path().join(format!("{format}.packed.safetensors"));
        convert(&folder.path().join(format!("{format}.safetensors")), &packed, &[&["-d", format], &FORM[..]].concat());
        convert(&packed, &folder.path().join(format!("{format}.packed.loom.safetensors")), &["-d", "F32"]);
        for granularity in ["tensor", "block16", "block32"] {
            let [packed, back] =
                ["", ".loom"].map(|loom| folder.path().join(format!("{format}.{granularity}{loom}.safetensors")));
            let options = ["-d", format, "--granularity", granularity];
            convert(&path(folder.path(), Format::F32), &packed, &[&options, &FORM[..]].concat());
            convert(&packed, &back, &["-d", "F32"]);
        }
    }
    run("check", "17 files agree");
}
