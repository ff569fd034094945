//! Damaged files: the tool ends with 1, names the file and the tensor, and leaves the output as it was.

mod common;

use common::{Net, Tensor, bytes, loom, path, save_all, tensors, write};
use loom::dtype::Format;
use loom::prelude::*;
use safetensors::Dtype;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Runs the tool on a file and compares what it says, with the file's name as `FILE`.
fn refuses(case: &str, command: &str, file: &Path, expected: &str) {
    let folder = file.parent().expect("the file is in a folder");
    let output = folder.join("output");
    fs::write(&output, "as it was").expect("the folder can be written");
    let run = match command {
        "inspect" => loom(&[command.as_ref(), file.as_os_str()]),
        _ => loom(&[command.as_ref(), file.as_os_str(), output.as_os_str(), "--dtype".as_ref(), "BF16".as_ref()]),
    };
    let found = run.err.replace(&file.display().to_string(), "FILE");
    assert_eq!(found, format!("error: {expected}\n"), "{case}: {command}");
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{case}: {command}");
    assert_eq!(fs::read(&output).expect("it is there"), b"as it was", "{case}");
    let left: Vec<_> = fs::read_dir(folder).expect("the folder is there").map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{case}: {left:?}");
}

/// A file of one format, damaged.
struct Damage {
    tensors: Vec<Tensor>,
    metadata: HashMap<String, String>,
}

impl Damage {
    fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors.iter_mut().find(|tensor| tensor.0 == name).expect("there is that tensor")
    }

    /// Replaces the first bytes.
    fn put(&mut self, name: &str, bytes: &[u8]) {
        self.tensor(name).3[..bytes.len()].copy_from_slice(bytes);
    }

    fn remove(&mut self, name: &str) {
        self.tensors.retain(|tensor| tensor.0 != name);
    }

    /// Replaces the shape, and the bytes by zeros.
    fn reshape(&mut self, name: &str, shape: &[usize]) {
        let tensor = self.tensor(name);
        let each = tensor.1.bitsize() / 8;
        tensor.2 = shape.to_vec();
        tensor.3 = vec![0; shape.iter().product::<usize>() * each];
    }
}

#[test]
fn scales_zero_points_blocks_and_metadata() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    save_all(&Net::new(Seed(42)), folder.path());
    let refuses = |case: &str, format: Format, change: &dyn Fn(&mut Damage), expected: &str| {
        let (tensors, metadata) = tensors(&path(folder.path(), format));
        let mut damage = Damage { tensors, metadata };
        change(&mut damage);
        let file = folder.path().join("damaged.safetensors");
        write(&file, &damage.tensors, &damage.metadata);
        for command in ["inspect", "convert"] {
            refuses(case, command, &file, expected);
        }
    };
    for (value, text) in [
        (f32::NAN, "NaN"),
        (0.0, "0"),
        (-1.0, "-1"),
        (f32::INFINITY, "inf"),
        (1e-40, "0.0000000000000000000000000000000000000001"),
    ] {
        for (format, name, index) in [
            (Format::I8, "fc.weight_scale", 0),
            (Format::U64, "conv.weight_scale", 0),
            (Format::F4, "4.weight_scale_2", 0),
        ] {
            let weight = name.split("_scale").next().unwrap();
            refuses(
                "a scale",
                format,
                &|damage| damage.put(name, &value.to_le_bytes()),
                &format!(
                    "tensor `{weight}` in `FILE`: scale {index} is {text}, but a scale is positive, finite and at least 2^-126"
                ),
            );
        }
    }
    for (pattern, text) in [(0x7f, "NaN"), (0xff, "NaN"), (0xb8, "-1"), (0x80, "-0")] {
        refuses(
            "a block's scale",
            Format::F4,
            &|damage| damage.tensor("4.weight_scale").3[12] = pattern,
            &format!(
                "tensor `4.weight` in `FILE`: the scale of block 1 in row 1 is {text}, but a block's scale is 0 or positive"
            ),
        );
    }
    type Case<'a> = (&'a str, Format, &'a dyn Fn(&mut Damage), &'a str);
    let cases: [Case<'_>; 13] = [
        (
            "scales of another type",
            Format::I16,
            &|damage| {
                damage.tensor("fc.weight_scale").1 = Dtype::F64;
                damage.reshape("fc.weight_scale", &[3, 1]);
            },
            "`fc.weight_scale` is F64, but the codes need F32, F16, BF16",
        ),
        (
            "too few scales",
            Format::I32,
            &|damage| damage.reshape("fc.weight_scale", &[2, 1]),
            "`fc.weight_scale` has shape [2, 1], but the codes need [3, 1], or [1] for all rows",
        ),
        (
            "no zero points",
            Format::U8,
            &|damage| damage.remove("fc.weight_zero_point"),
            "its codes need a tensor `fc.weight_zero_point`, which the file lacks",
        ),
        (
            "zero points of another type",
            Format::U16,
            &|damage| damage.tensor("fc.weight_zero_point").1 = Dtype::I16,
            "`fc.weight_zero_point` is I16, but the codes need U16",
        ),
        (
            "too many zero points",
            Format::U32,
            &|damage| damage.reshape("fc.weight_zero_point", &[4, 1]),
            "`fc.weight_zero_point` has shape [4, 1], but the codes need [3, 1], or [1] for all rows",
        ),
        (
            "zero points of signed codes",
            Format::I16,
            &|damage| damage.tensors.push(("fc.weight_zero_point".to_owned(), Dtype::I16, vec![3, 1], vec![0; 6])),
            "`fc.weight_zero_point` is I16, but the codes need none, as I16 has no zero points",
        ),
        (
            "no scales of blocks",
            Format::F4,
            &|damage| damage.remove("fc.weight_scale"),
            "its codes need a tensor `fc.weight_scale`, which the file lacks",
        ),
        (
            "no scale of the weight",
            Format::F4,
            &|damage| damage.remove("fc.weight_scale_2"),
            "its codes need a tensor `fc.weight_scale_2`, which the file lacks",
        ),
        (
            "blocks of another size",
            Format::F4,
            &|damage| damage.reshape("fc.weight_scale", &[3, 4]),
            "`fc.weight_scale` has shape [3, 4], but the codes need [3, 2]",
        ),
        (
            "two scales of the weight",
            Format::F4,
            &|damage| damage.reshape("fc.weight_scale_2", &[2]),
            "`fc.weight_scale_2` has shape [2], but the codes need [1]",
        ),
        (
            "no shape",
            Format::F4,
            &|damage| drop(damage.metadata.remove("loom.shape.fc.weight")),
            "the metadata has nothing as `loom.shape.fc.weight`, but the codes need a shape of 3 rows of 31 or 32 columns",
        ),
        (
            "another shape",
            Format::F4,
            &|damage| drop(damage.metadata.insert("loom.shape.fc.weight".to_owned(), "[3, 30]".to_owned())),
            "the metadata has `[3, 30]` as `loom.shape.fc.weight`, but the codes need a shape of 3 rows of 31 or 32 columns",
        ),
        (
            "a shape beyond all numbers",
            Format::F4,
            &|damage| {
                let shape = "[3, 9223372036854775807, 9223372036854775807]".to_owned();
                drop(damage.metadata.insert("loom.shape.fc.weight".to_owned(), shape));
            },
            "the metadata has `[3, 9223372036854775807, 9223372036854775807]` as `loom.shape.fc.weight`, \
             but the codes need a shape of 3 rows of 31 or 32 columns",
        ),
    ];
    for (case, format, change, expected) in cases {
        refuses(case, format, change, &format!("tensor `fc.weight` in `FILE`: {expected}"));
    }
}

/// Values that no format has are no damage until they are converted.
#[test]
fn values_that_are_not_finite() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("damaged.safetensors");
    let mask = bytes(&[0.0, 1.0, f32::NEG_INFINITY, 2.0]);
    write(&file, &[("mask".to_owned(), Dtype::F32, vec![2, 2], mask)], &HashMap::new());
    refuses("a mask", "convert", &file, "tensor `mask` in `FILE`: the weight at index 2 decodes to -inf");
    assert_eq!(loom(&["inspect".as_ref(), file.as_os_str()]).code, 0);
}

#[test]
fn compressed_tensors() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("damaged.safetensors");
    let nvfp4 = |global_scale: &[f32]| {
        vec![
            ("fc.weight_packed".to_owned(), Dtype::U8, vec![2, 8], vec![0x21; 16]),
            ("fc.weight_scale".to_owned(), Dtype::F8_E4M3, vec![2, 1], vec![0x38; 2]),
            ("fc.weight_global_scale".to_owned(), Dtype::F32, vec![global_scale.len()], bytes(global_scale)),
        ]
    };
    let mxfp4 = vec![
        ("fc.weight_packed".to_owned(), Dtype::U8, vec![2, 16], vec![0x21; 32]),
        ("fc.weight_scale".to_owned(), Dtype::U8, vec![2, 1], vec![127, 255]),
    ];
    let mut flat = nvfp4(&[1.0]);
    flat[0].2 = vec![16];
    let mut twice = nvfp4(&[1.0]);
    twice.push(("fc.weight".to_owned(), Dtype::F32, vec![1, 1], bytes(&[1.0])));
    let global =
        |value: &str| format!("the global scale is {value}, but it is positive and finite, and so is its reciprocal");
    for (case, tensors, expected) in [
        ("zero", nvfp4(&[0.0]), global("0")),
        ("negative", nvfp4(&[-4.0]), global("-4")),
        ("NaN", nvfp4(&[f32::NAN]), global("NaN")),
        ("infinite", nvfp4(&[f32::INFINITY]), global("inf")),
        ("two", nvfp4(&[1.0, 1.0]), "`fc.weight_global_scale` has shape [2], but the codes need [1]".to_owned()),
        (
            "none",
            nvfp4(&[1.0])[..2].to_vec(),
            "its codes need a tensor `fc.weight_global_scale`, which the file lacks".to_owned(),
        ),
        ("flat", flat, "`fc.weight_packed` has shape [16], but the codes need two dimensions".to_owned()),
        ("exponent", mxfp4, "the scale of block 0 in row 1 is NaN, but a block's scale is 0 or positive".to_owned()),
    ] {
        write(&file, &tensors, &HashMap::new());
        for command in ["inspect", "convert"] {
            refuses(case, command, &file, &format!("tensor `fc.weight` in `FILE`: {expected}"));
        }
    }
    write(&file, &twice, &HashMap::new());
    let expected = "the file has a tensor of its own with the name `fc.weight`, which the codes would take";
    refuses("two of a name", "convert", &file, &format!("tensor `fc.weight` in `FILE`: {expected}"));
}

#[test]
fn what_is_no_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sound = folder.path().join("sound.safetensors");
    Net::new(Seed(42)).save(&sound).expect("the folder can be written");
    let contents = fs::read(&sound).expect("it is there");
    let file = folder.path().join("damaged.pt");
    let cure = "; load it in Python with `torch.load` and write it with `safetensors.torch.save_file`";
    for (case, contents, expected) in [
        ("empty", &[][..], "it is empty"),
        ("cut", &contents[..contents.len() - 1], "incomplete metadata, file not fully covered"),
        ("cut in the header", &contents[..100], "invalid header length"),
        (
            "of torch.save",
            b"PK\x03\x04\x00\x00\x08\x08\x00\x00",
            &format!("it is a zip archive, as `torch.save` writes{cure}"),
        ),
        ("a pickle", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", &format!("it is a pickle{cure}")),
    ] {
        fs::write(&file, contents).expect("the folder can be written");
        for command in ["inspect", "convert"] {
            refuses(case, command, &file, &format!("`FILE` is not a safetensors file: {expected}"));
        }
    }
    refuses(
        "missing",
        "inspect",
        &folder.path().join("missing"),
        "cannot read `FILE`: No such file or directory (os error 2)",
    );
    let inner = folder.path().join("folder");
    fs::create_dir(&inner).expect("the folder can be written");
    refuses("a folder", "convert", &inner, "`FILE` is not a safetensors file: it is a folder");

    for (output, expected) in [
        (inner.clone(), "it is a folder, not a regular file"),
        (inner.join("nowhere/net"), "No such file or directory (os error 2)"),
    ] {
        let run = loom(&["convert".as_ref(), sound.as_os_str(), output.as_os_str(), "-dF16".as_ref()]);
        assert_eq!(run.code, 1);
        assert_eq!(run.err, format!("error: cannot write `{}`: {expected}\n", output.display()));
        assert_eq!(fs::read_dir(&inner).expect("it is there").count(), 0);
    }
}

/// What would be written and could not be read again, or only as something else, is not written.
#[test]
fn names_that_codes_would_take() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (input, output) = (folder.path().join("input"), folder.path().join("output"));
    fs::write(&output, "as it was").expect("the folder can be written");
    let weight = || ("fc.weight".to_owned(), Dtype::F32, vec![2, 16], bytes(&[0.5; 32]));
    let other = |name: &str, dtype: Dtype, shape: &[usize]| {
        let bytes = vec![0x38; shape.iter().product::<usize>() * dtype.bitsize() / 8];
        (name.to_owned(), dtype, shape.to_vec(), bytes)
    };
    for (dtype, form, own) in [
        ("I8", "loom", other("fc.weight_zero_point", Dtype::I8, &[2, 1])),
        ("I8", "loom", other("fc.weight_zero_point", Dtype::I32, &[7])),
        ("I8", "loom", other("fc.weight_scale_2", Dtype::BOOL, &[1])),
        ("I8", "compressed-tensors", other("fc.weight_g_idx", Dtype::I32, &[16])),
        ("F4", "loom", other("fc.weight_scale", Dtype::F8_E4M3, &[2, 1])),
        ("F4", "compressed-tensors", other("fc.weight_global_scale", Dtype::U8, &[4])),
        ("F4", "compressed-tensors", other("fc.weight_packed", Dtype::I32, &[2, 2])),
        ("U8", "loom", other("fc.weight_shape", Dtype::I64, &[2])),
    ] {
        let part = own.0.clone();
        write(&input, &[weight(), own], &HashMap::new());
        let arguments = ["convert".as_ref(), input.as_os_str(), output.as_os_str(), "-d".as_ref(), dtype.as_ref()];
        let run = loom(&[&arguments[..], &["--form".as_ref(), form.as_ref()]].concat());
        let message = format!("the file has a tensor of its own with the name `{part}`, which the codes would take");
        assert!(run.code == 1 && run.err.contains(&message), "{dtype} {form} {part}: {}", run.err);
        assert_eq!(fs::read(&output).expect("it is there"), b"as it was", "{part}");
    }
    // A name that ends as those of codes do.
    write(&input, &[("fc_packed".to_owned(), Dtype::F32, vec![2, 16], bytes(&[0.5; 32]))], &HashMap::new());
    for dtype in ["I8", "U8", "F4", "F16"] {
        let run = loom(&["convert".as_ref(), input.as_os_str(), output.as_os_str(), "-d".as_ref(), dtype.as_ref()]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{dtype}");
        let run = loom(&["inspect", "--json", &output.display().to_string()]);
        assert!(run.out.contains(&format!("\"dtype\": \"{dtype}\"")), "{dtype}: {}", run.out);
    }
}

/// A header of 8 MB is listed in forty times as much memory, which the tool's own program and its text are a part of.
#[test]
#[cfg(target_os = "linux")]
fn dense_headers_in_little_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dense.safetensors");
    let many = |of: &dyn Fn(usize) -> String| {
        let mut header = String::from("{");
        for i in 0.. {
            header += &of(i);
            if header.len() > 8 << 20 {
                break;
            }
            header.push(',');
        }
        header + "}"
    };
    let array = format!(r#"{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":[{}1]}}}}"#, "1,".repeat(4 << 20));
    let metadata = format!(r#"{{"__metadata__":{}}}"#, many(&|i| format!(r#""{i:x}":"""#)));
    let tensors = many(&|i| format!(r#""{i:x}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#));
    for (case, header) in [("an array", array), ("metadata", metadata), ("tensors", tensors)] {
        fs::write(&file, [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat())
            .expect("it can be written");
        for json in ["", "--json"] {
            let run = r#"ulimit -v 340000; exec "$0" inspect $2 "$1" >/dev/null"#;
            let tool = std::process::Command::new("sh");
            let output = { tool }.args(["-c", run, env!("CARGO_BIN_EXE_loom")]).arg(&file).arg(json).output();
            let output = output.expect("a shell starts");
            assert!(output.status.success(), "{case} {json}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// One name of 4 MB among 60,000 short ones, in the middle of their order, costs no more than its length: in time, though every
/// search comes by it, and in memory, though names are a column.
#[test]
#[cfg(target_os = "linux")]
fn one_long_name_among_many() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("long.safetensors");
    let tensors = (0..60_000).map(|i| {
        let name = if i == 30_000 { format!("{i:05}{}\\n", "x".repeat(4 << 20)) } else { format!("{i:05}_scale") };
        format!(r#""{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#)
    });
    let header = format!("{{{}}}", tensors.collect::<Vec<_>>().join(","));
    fs::write(&file, [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat()).expect("it can be written");
    for command in ["inspect $1", "inspect --json $1", "convert $1 $1.out -dF16"] {
        let start = std::time::Instant::now();
        let run = format!("ulimit -v 500000; exec \"$0\" {command} >/dev/null");
        let tool = std::process::Command::new("sh").args(["-c", &run, env!("CARGO_BIN_EXE_loom")]).arg(&file).output();
        let output = tool.expect("a shell starts");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let seconds = start.elapsed().as_secs_f64();
        println!("{command}: {seconds:.2} s");
        assert!(seconds < 10.0, "{command}: {seconds} s");
    }
    let run = loom(&["inspect".as_ref(), file.as_os_str()]);
    let widths = run.out.lines().map(|line| line.chars().count());
    let wide = widths.filter(|&width| width > 200).count();
    assert_eq!(wide, 1, "other rows are as narrow as they were");
}
