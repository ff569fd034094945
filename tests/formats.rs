//! Files of all thirteen formats: what is saved comes back to the bit, and what is damaged is a typed error.
//!
//! The sentences are written out here so that a change of one is read. `DIR` stands for the folder of the test.

mod common;
#[path = "common/sentences.rs"]
mod sentences;

use common::{Random, assert_same_bits};
use loom::Error;
use loom::dtype::{DType, EncodingError, F32, Format, Visitor};
use loom::prelude::*;
use sentences::Sentences;
use serde_json::{Map, Value, json};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use tempfile::TempDir;

network! {
    /// Rows of 9, 5, 45, 17 and 3 columns, one of 1; tensors without a bias; names of blocks within blocks.
    struct Odd: [1, 5, 7] {
        conv: Conv2d<1, 5, 3> -> Relu -> point: Conv2d<5, 3, 1, bias = false> -> Flatten -> Dense<45, 17> -> Tanh
            -> Block * 2 -> Residual { Dense<17, 17> -> Gelu } -> fc: Dense<17, 1, bias = false> -> last: Dense<1, 1>
    }
    struct Block: [17] { Residual { up: Dense<17, 3> -> Relu -> Dense<3, 17, bias = false> } }
    struct One { Dense<1, 1> }
    struct Small { fc1: Dense<2, 3> -> Tanh -> fc2: Dense<3, 2, bias = false> }
    struct Tied: [3] { tokens: Embedding<5, 33> -> Tanh -> head: Dense<33, 5, tied = tokens> -> Dense<5, 33> -> head }
}

/// Whether a format stores codes of matrices with scales, and leaves vectors as F32.
fn is_scaled(format: Format) -> bool {
    !matches!(format, Format::F64 | Format::F32 | Format::F16 | Format::BF16)
}

fn is_unsigned(format: Format) -> bool {
    matches!(format, Format::U64 | Format::U32 | Format::U16 | Format::U8)
}

/// A tensor of a file.
#[derive(Debug, Clone)]
struct Tensor {
    name: String,
    dtype: String,
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// A file, taken apart as the format's specification has it.
#[derive(Debug, Clone)]
struct Parsed {
    metadata: Map<String, Value>,
    tensors: Vec<Tensor>,
}

impl Parsed {
    fn of(bytes: &[u8]) -> Parsed {
        let (length, rest) = bytes.split_first_chunk::<8>().expect("a length");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let mut header: Map<String, Value> = serde_json::from_slice(header).expect("the header is JSON");
        let metadata = header.remove("__metadata__").expect("there is metadata");
        let number = |value: &Value| value.as_u64().expect("a number") as usize;
        let tensors = header.into_iter().map(|(name, entry)| {
            let offsets = &entry["data_offsets"];
            Tensor {
                name,
                dtype: entry["dtype"].as_str().expect("a string").to_owned(),
                shape: entry["shape"].as_array().expect("an array").iter().map(number).collect(),
                data: data[number(&offsets[0])..number(&offsets[1])].to_vec(),
            }
        });
        Parsed { metadata: metadata.as_object().expect("an object").clone(), tensors: tensors.collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut header, mut bytes) = (Map::new(), Vec::new());
        header.insert("__metadata__".to_owned(), Value::Object(self.metadata.clone()));
        for tensor in &self.tensors {
            let start = bytes.len();
            bytes.extend(&tensor.data);
            let entry = json!({
                "dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, bytes.len()]
            });
            header.insert(tensor.name.clone(), entry);
        }
        with_header(&Value::Object(header).to_string(), &bytes)
    }

    fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors.iter_mut().find(|tensor| tensor.name == name).expect("the tensor is there")
    }

    fn remove(&mut self, name: &str) {
        self.tensor(name);
        self.tensors.retain(|tensor| tensor.name != name);
    }

    fn add(&mut self, name: &str, dtype: &str, shape: &[usize], data: Vec<u8>) {
        self.tensors.push(Tensor { name: name.to_owned(), dtype: dtype.to_owned(), shape: shape.to_vec(), data });
    }

    /// Replaces a value of a tensor.
    fn set(&mut self, name: &str, index: usize, value: &[u8]) {
        self.tensor(name).data[index * value.len()..][..value.len()].copy_from_slice(value);
    }
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// Weights of which none is 0 and every row has both signs.
fn small() -> Small {
    let mut net = Small::new(Seed(1));
    for (i, value) in net.weights_mut().values_mut().iter_mut().enumerate() {
        *value = if i % 2 == 0 { 1.0 } else { -0.75 } + i as f32 / 64.0;
    }
    // This has set the padding too, which has to stay 0.
    let values = net.weights().clone();
    let mut sound = Small::new(Seed(1));
    for (param, values) in values.tensors() {
        sound.weights_mut().set(param, values.iter().copied()).expect("the weights are finite");
    }
    sound
}

struct Save<'a, N> {
    net: &'a N,
    path: &'a Path,
}

impl<N: Network<Precision = F32>> Visitor for Save<'_, N> {
    type Output = Vec<u8>;

    fn visit<D: DType>(self) -> Vec<u8> {
        let net = self.net.quantize::<D>().expect("the weights are finite");
        net.save(self.path).expect("the file can be written");
        fs::read(self.path).expect("the file was written")
    }
}

/// The file of `small` in a format.
fn small_file(format: Format) -> Vec<u8> {
    let dir = TempDir::new().expect("a temporary folder");
    format.visit(Save { net: &small(), path: &dir.path().join("w") })
}

/// Loads `Small`; what succeeds is finite, and survives another save.
struct Load<'a>(&'a Path);

impl Visitor for Load<'_> {
    type Output = Result<(), Error>;

    fn visit<D: DType>(self) -> Result<(), Error> {
        let net = Small::load_as::<D>(self.0)?;
        assert!(
            net.weights().tensors().all(|(_, values)| values.iter().all(|value| value.is_finite())),
            "{} is finite",
            D::NAME
        );
        net.save(self.0).expect("the file can be written");
        let again = Small::load_as::<D>(self.0).expect("what was saved is sound");
        assert!(again.weights() == net.weights(), "{} comes back", D::NAME);
        Ok(())
    }
}

/// Loads `Small`, as [`Load`] does, and saves nothing.
struct LoadOnly<'a>(&'a Path);

impl Visitor for LoadOnly<'_> {
    type Output = Result<(), Error>;

    fn visit<D: DType>(self) -> Result<(), Error> {
        let net = Small::load_as::<D>(self.0)?;
        assert!(
            net.weights().tensors().all(|(_, values)| values.iter().all(|value| value.is_finite())),
            "{} is finite",
            D::NAME
        );
        Ok(())
    }
}

/// What loading says.
impl Sentences {
    /// Loads bytes as `Small` in a format.
    fn load(&mut self, case: &str, format: Format, bytes: &[u8], expected: &str) {
        let path = self.path().join("w");
        fs::write(&path, bytes).expect("the file can be written");
        self.expect(&format!("{format}, {case}"), format.visit(Load(&path)), expected);
    }

    /// Loads a file of `small` that was changed.
    fn changed(&mut self, case: &str, format: Format, change: impl FnOnce(&mut Parsed), expected: &str) {
        let mut parsed = Parsed::of(&small_file(format));
        change(&mut parsed);
        self.load(case, format, &parsed.bytes(), expected);
    }
}

struct RoundTrip<'a, N> {
    net: &'a N,
    dir: &'a Path,
}

impl<N: Network<Precision = F32>> Visitor for RoundTrip<'_, N> {
    type Output = ();

    fn visit<D: DType>(self) {
        let what = || format!("{} in {}", N::PLAN.name, D::NAME);
        let path = self.dir.join("w");
        let net = self.net.quantize::<D>().expect("the weights are finite");
        net.save(&path).expect("the file can be written");
        let loaded = N::load_as::<D>(&path).expect("the file is sound");
        assert!(loaded.weights() == net.weights(), "{}: weights", what());
        assert_eq!(loaded.fingerprint(), net.fingerprint(), "{}", what());
        assert_eq!(loaded.weights().bits_per_weight(), net.weights().bits_per_weight(), "{}", what());
        let inputs: Vec<N::Input> = Random(7).samples(3, -1.0, 1.0);
        let [expected, found] = [net.forward_batch(&inputs), loaded.forward_batch(&inputs)];
        assert_same_bits(what, &expected, &found);

        // What is decoded and encoded again has the same bits.
        let mut decoded = self.net.clone();
        for (param, values) in net.weights().tensors() {
            decoded.weights_mut().set(param, values.iter().copied()).expect("the weights are finite");
        }
        let again = decoded.quantize::<D>().expect("the weights are finite");
        assert!(again.weights() == net.weights(), "{}: encoded again", what());

        let parsed = Parsed::of(&fs::read(&path).expect("the file was written"));
        check_tensors::<N, D>(&parsed);
    }
}

/// The names, formats, shapes and metadata that the documentation of `loom::dtype` gives.
fn check_tensors<N: Network, D: DType>(parsed: &Parsed) {
    let (mut wanted, mut metadata) = (Vec::new(), Map::new());
    metadata.insert("format".to_owned(), json!("pt"));
    let mut want = |name: String, dtype: &str, shape: Vec<usize>| wanted.push((name, dtype.to_owned(), shape));
    for param in N::PLAN.params {
        let (name, shape) = (param.name, param.shape.to_vec());
        let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
        if !is_scaled(D::FORMAT) {
            want(name.to_owned(), D::NAME, shape);
        } else if name.ends_with(".bias") {
            want(name.to_owned(), "F32", shape);
        } else if D::FORMAT == Format::F4 {
            metadata.insert(format!("loom.shape.{name}"), json!(format!("{shape:?}")));
            want(name.to_owned(), "F4", vec![rows, columns + columns % 2]);
            want(format!("{name}_scale"), "F8_E4M3", vec![rows, columns.div_ceil(16)]);
            want(format!("{name}_scale_2"), "F32", vec![1]);
        } else {
            want(name.to_owned(), D::NAME, shape);
            want(format!("{name}_scale"), "F32", vec![rows, 1]);
            if is_unsigned(D::FORMAT) {
                want(format!("{name}_zero_point"), D::NAME, vec![rows, 1]);
            }
        }
    }
    let found = parsed.tensors.iter().map(|tensor| (tensor.name.clone(), tensor.dtype.clone(), tensor.shape.clone()));
    let mut found: Vec<_> = found.collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted, "{}", D::NAME);
    assert_eq!(parsed.metadata, metadata, "{}", D::NAME);
}

#[test]
fn what_is_saved_comes_back() {
    fn check<N: Network<Precision = F32>>(net: &N) {
        let dir = TempDir::new().expect("a temporary folder");
        for format in Format::ALL {
            format.visit(RoundTrip { net, dir: dir.path() });
        }
    }
    assert_eq!(Format::ALL.len(), 13);
    for seed in 0..3 {
        check(&Odd::new(Seed(seed)));
        check(&One::new(Seed(seed)));
    }
    check(&small());
    let names: Vec<_> = Odd::PLAN.params.iter().map(|param| param.name).collect();
    assert!(names.contains(&"conv.weight") && names.iter().any(|name| name.contains(".up.")), "{names:?}");
    // Weights of all magnitudes, and a network of zeros.
    let (mut net, mut random) = (Odd::new(Seed(9)), Random(9));
    for param in Odd::PLAN.params {
        let values: Vec<f32> = (0..param.len())
            .map(|_| random.between(-40.0, 40.0).exp2() as f32 * random.between(-1.0, 1.0) as f32)
            .collect();
        net.weights_mut().set(param, values.into_iter()).expect("the weights are finite");
    }
    check(&net);
    net.weights_mut().values_mut().fill(0.0);
    check(&net);
}

/// As often as it takes a randomly ordered map to show itself.
#[test]
fn the_same_weights_give_the_same_file() {
    let dir = TempDir::new().expect("a temporary folder");
    let (net, path) = (Odd::new(Seed(3)), dir.path().join("w"));
    let save = |format: &Format| format.visit(Save { net: &net, path: &path });
    let differ = |format: &&Format| {
        let first = save(format);
        (0..8).any(|_| save(format) != first)
    };
    let differ: Vec<_> = Format::ALL.iter().filter(differ).collect();
    assert!(differ.is_empty(), "files differ from save to save in {differ:?}");
}

/// What loading a file of one format as another says.
fn crossed(written: Format, read: Format) -> Error {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    fs::write(&path, small_file(written)).expect("the file can be written");
    read.visit(Load(&path)).expect_err("a file of another format is refused")
}

fn pairs() -> impl Iterator<Item = (Format, Format)> {
    let all = Format::ALL.iter().copied();
    all.clone().flat_map(move |written| all.clone().map(move |read| (written, read))).filter(|(a, b)| a != b)
}

/// The tensor and both formats are named, whatever tensors the formats keep beside a weight.
#[test]
fn files_of_another_format_name_both() {
    let mut wrong = Vec::new();
    for (written, read) in pairs() {
        let error = crossed(written, read);
        let named = matches!(&error, Error::DType { tensor, found, wanted, .. }
            if tensor == "fc1.weight" && *found == written.name() && *wanted == read.name());
        if !named {
            let said = error.to_string();
            wrong.push(format!("{written} as {read}: {}", said.split_once("w`").map_or(&*said, |(_, rest)| rest)));
        }
    }
    assert!(wrong.is_empty(), "{} of 156 pairs:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn scales_and_zero_points_that_do_not_fit() {
    let mut s = Sentences::new();
    for &format in Format::ALL.iter().filter(|&&format| is_scaled(format) && format != Format::F4) {
        let missing = "`DIR/w` has no tensor `fc1.weight_scale`, which `Small` wants with shape [3, 1]";
        s.changed("no scales", format, |file| file.remove("fc1.weight_scale"), missing);
        let shape = "tensor `fc1.weight_scale` has shape [3] in `DIR/w`, but `Small` wants [3, 1]";
        s.changed("flat scales", format, |file| file.tensor("fc1.weight_scale").shape = vec![3], shape);
        let shape = "tensor `fc1.weight_scale` has shape [2, 1] in `DIR/w`, but `Small` wants [3, 1]";
        let shorten = |file: &mut Parsed| {
            let scale = file.tensor("fc1.weight_scale");
            scale.shape = vec![2, 1];
            scale.data.truncate(8);
        };
        s.changed("few scales", format, shorten, shape);
        let dtype = "tensor `fc2.weight_scale` is I32 in `DIR/w`, but `Small` wants F32";
        s.changed("integer scales", format, |file| file.tensor("fc2.weight_scale").dtype = "I32".to_owned(), dtype);
        let unknown = "`DIR/w` has a tensor `fc1.bias_scale`, which `Small` does not know";
        s.changed("more scales", format, |file| file.add("fc1.bias_scale", "F32", &[3, 1], vec![0; 12]), unknown);
        let bias = format!("tensor `fc1.bias` is {} in `DIR/w`, but `Small` wants F32", format.name());
        let encode_bias = |file: &mut Parsed| {
            let tensor = file.tensor("fc1.bias");
            tensor.dtype = format.name().to_owned();
            tensor.data = vec![0; 3 * format.bits() / 8];
        };
        s.changed("an encoded bias", format, encode_bias, &bias);
        let bytes = format.bits() / 8;
        if is_unsigned(format) {
            let missing = "`DIR/w` has no tensor `fc2.weight_zero_point`, which `Small` wants with shape [2, 1]";
            s.changed("no zero points", format, |file| file.remove("fc2.weight_zero_point"), missing);
            let shape = "tensor `fc2.weight_zero_point` has shape [1, 2] in `DIR/w`, but `Small` wants [2, 1]";
            s.changed("a row", format, |file| file.tensor("fc2.weight_zero_point").shape = vec![1, 2], shape);
            let signed = format.name().replace('U', "I");
            let dtype =
                format!("tensor `fc2.weight_zero_point` is {signed} in `DIR/w`, but `Small` wants {}", format.name());
            let sign = |file: &mut Parsed| file.tensor("fc2.weight_zero_point").dtype.clone_from(&signed);
            s.changed("signed zero points", format, sign, &dtype);
            for byte in [0, 0x7f, 0x80, 0xff] {
                let fill = |file: &mut Parsed| file.tensor("fc2.weight_zero_point").data.fill(byte);
                s.changed("any zero point", format, fill, "no error");
            }
        } else {
            let unknown = "`DIR/w` has a tensor `fc2.weight_zero_point`, which `Small` does not know";
            let add = |file: &mut Parsed| {
                file.add("fc2.weight_zero_point", format.name(), &[2, 1], vec![0; 2 * bytes]);
            };
            s.changed("zero points", format, add, unknown);
        }
    }
    let f4 = Format::F4;
    let missing = "`DIR/w` has no tensor `fc2.weight_scale`, which `Small` wants with shape [2, 1]";
    s.changed("no block scales", f4, |file| file.remove("fc2.weight_scale"), missing);
    let missing = "`DIR/w` has no tensor `fc1.weight_scale_2`, which `Small` wants with shape [1]";
    s.changed("no scale", f4, |file| file.remove("fc1.weight_scale_2"), missing);
    let shape = "tensor `fc1.weight_scale_2` has shape [] in `DIR/w`, but `Small` wants [1]";
    s.changed("a scalar", f4, |file| file.tensor("fc1.weight_scale_2").shape = vec![], shape);
    let shape = "tensor `fc1.weight_scale` has shape [1, 3] in `DIR/w`, but `Small` wants [3, 1]";
    s.changed("a row of scales", f4, |file| file.tensor("fc1.weight_scale").shape = vec![1, 3], shape);
    let dtype = "tensor `fc1.weight_scale` is U8 in `DIR/w`, but `Small` wants F8_E4M3";
    s.changed("bytes as scales", f4, |file| file.tensor("fc1.weight_scale").dtype = "U8".to_owned(), dtype);
    let shape = "tensor `fc2.weight` has shape [4, 2] in `DIR/w`, but `Small` wants [2, 4]";
    s.changed("transposed", f4, |file| file.tensor("fc2.weight").shape = vec![4, 2], shape);
    let unknown = "`DIR/w` has a tensor `fc1.weight_zero_point`, which `Small` does not know";
    s.changed("zero points", f4, |file| file.add("fc1.weight_zero_point", "U8", &[3, 1], vec![0; 3]), unknown);
    for &format in Format::ALL.iter().filter(|&&format| !is_scaled(format)) {
        let unknown = "`DIR/w` has a tensor `fc1.weight_scale`, which `Small` does not know";
        s.changed("scales", format, |file| file.add("fc1.weight_scale", "F32", &[3, 1], vec![0; 12]), unknown);
    }
    s.finish();
}

#[test]
fn damaged_scales() {
    let mut s = Sentences::new();
    let subnormal = f32::from_bits(0x007f_ffff);
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, -1.0, subnormal, f32::from_bits(1)];
    for &format in Format::ALL.iter().filter(|&&format| is_scaled(format)) {
        let (name, index) = if format == Format::F4 { ("fc1.weight_scale_2", 0) } else { ("fc1.weight_scale", 1) };
        for value in values {
            let expected = format!(
                "tensor `fc1.weight` in `DIR/w`: scale {index} is {value}, but a scale is positive, finite and \
                 at least 2^-126"
            );
            s.changed("a scale", format, |file| file.set(name, index, &value.to_le_bytes()), &expected);
        }
        for value in [f32::MIN_POSITIVE, 1.0] {
            s.changed("a scale", format, |file| file.set(name, index, &value.to_le_bytes()), "no error");
        }
        let mut parsed = Parsed::of(&small_file(format));
        parsed.set(name, index, &f32::MAX.to_le_bytes());
        let path = s.path().join("w");
        fs::write(&path, parsed.bytes()).expect("the file can be written");
        let error = format.visit(Load(&path)).expect_err("the weights are infinite");
        let infinite =
            |source: &EncodingError| matches!(source, EncodingError::Value { value, .. } if value.is_infinite());
        assert!(matches!(&error, Error::Encoding { source, .. } if infinite(source)), "{format}: {error}");
    }
    for (pattern, value) in [(0x7f, "NaN"), (0xff, "NaN"), (0x80, "-0"), (0x81, "-0.001953125"), (0xfe, "-448")] {
        let expected = format!(
            "tensor `fc1.weight` in `DIR/w`: the scale of block 0 in row 2 is {value}, but a block's scale is \
             0 or positive"
        );
        s.changed("a block", Format::F4, |file| file.set("fc1.weight_scale", 2, &[pattern]), &expected);
    }
    for pattern in [0x00, 0x01, 0x07, 0x08, 0x7e] {
        s.changed("a block", Format::F4, |file| file.set("fc1.weight_scale", 2, &[pattern]), "no error");
    }
    s.finish();
}

#[test]
fn damaged_shapes_of_f4() {
    let mut s = Sentences::new();
    let key = "loom.shape.fc2.weight";
    let set = |text: &'static str| move |file: &mut Parsed| drop(file.metadata.insert(key.to_owned(), json!(text)));
    for (text, found) in [("[3, 2]", "[3, 2]"), ("[2, 4]", "[2, 4]"), ("[6]", "[6]"), ("[2, 3, 1]", "[2, 3, 1]")] {
        let expected =
            format!("`DIR/w` gives the shape of tensor `fc2.weight` as `{found}`, but `Small` wants `[2, 3]`");
        s.changed(text, Format::F4, set(text), &expected);
    }
    s.changed("right", Format::F4, set("[2, 3]"), "no error");
    let mut parsed = Parsed::of(&small_file(Format::F4));
    parsed.metadata.insert(key.to_owned(), json!([2, 3]));
    fs::write(s.path().join("w"), parsed.bytes()).expect("the file can be written");
    let error = Format::F4.visit(Load(&s.path().join("w"))).expect_err("metadata is text");
    assert!(matches!(error, Error::NotSafetensors { .. }), "{error}");

    for text in
        ["", "[]", "[2, 3", "[2, x]", "[-2, 3]", "[2, 99999999999999999999]", "two by three", "\u{0}", "[2, 3]]"]
    {
        let mut parsed = Parsed::of(&small_file(Format::F4));
        set(text)(&mut parsed);
        fs::write(s.path().join("w"), parsed.bytes()).expect("the file can be written");
        let error = Format::F4.visit(Load(&s.path().join("w"))).expect_err("a damaged shape is refused");
        assert!(matches!(&error, Error::ShapeText { tensor, .. } if tensor == "fc2.weight"), "{text:?}: {error}");
    }
    let mut parsed = Parsed::of(&small_file(Format::F4));
    parsed.metadata.remove(key);
    fs::write(s.path().join("w"), parsed.bytes()).expect("the file can be written");
    let error = Format::F4.visit(Load(&s.path().join("w"))).expect_err("a missing shape is refused");
    assert!(matches!(&error, Error::ShapeText { tensor, .. } if tensor == "fc2.weight"), "{error}");
    s.finish();
}

/// The file of a `Tied` in a format.
struct SaveTied;

impl Visitor for SaveTied {
    type Output = Vec<u8>;

    fn visit<D: DType>(self) -> Vec<u8> {
        Tied::new(Seed(1)).quantize::<D>().and_then(|net| net.to_bytes()).expect("the weights are finite")
    }
}

/// A file as a `Tied`, saved again.
struct LoadTied<'a>(&'a Parsed);

impl Visitor for LoadTied<'_> {
    type Output = Result<Vec<u8>, Error>;

    fn visit<D: DType>(self) -> Result<Vec<u8>, Error> {
        Tied::from_bytes_as::<D>(&self.0.bytes())?.to_bytes()
    }
}

/// PyTorch saves a tied weight under the names of both layers, or under one of them.
#[test]
fn tied_weights_have_two_names() {
    let mut s = Sentences::new();
    const SHAPE: &str = "loom.shape.tokens.weight";
    for &format in Format::ALL {
        let bytes = format.visit(SaveTied);
        let own = Parsed::of(&bytes);
        let mut other = own.clone();
        other.tensors.retain(|tensor| tensor.name.starts_with("tokens."));
        other.tensors.iter_mut().for_each(|tensor| tensor.name = tensor.name.replace("tokens", "head"));
        let mut both = own.clone();
        both.tensors.extend(other.tensors.clone());
        if let Some(shape) = own.metadata.get(SHAPE) {
            both.metadata.insert(SHAPE.replace("tokens", "head"), shape.clone());
        }
        let mut later = both.clone();
        later.tensors.retain(|tensor| !tensor.name.starts_with("tokens."));
        for (case, file) in [("both names", &both), ("the later name", &later)] {
            let saved = format.visit(LoadTied(file)).unwrap_or_else(|error| panic!("{format}, {case}: {error}"));
            assert!(saved == bytes, "{format}, {case}");
        }
        let mut expect = |case: &str, change: &dyn Fn(&mut Parsed), expected: &str| {
            let mut file = both.clone();
            change(&mut file);
            s.expect(&format!("{format}, {case}"), format.visit(LoadTied(&file)), expected);
        };
        for Tensor { name, .. } in &other.tensors {
            let says = "tensors `tokens.weight` and `head.weight` differ in `<bytes>`, but are one weight of `Tied`; leave out \
                        `tied` for two";
            expect(name, &|file| *file.tensor(name).data.last_mut().expect("it is not empty") ^= 1, says);
        }
        let columns = if format == Format::F4 { 34 } else { 33 };
        let says =
            format!("tensor `head.weight` has shape [{columns}, 5] in `<bytes>`, but `Tied` wants [5, {columns}]");
        expect("another shape", &|file| file.tensor("head.weight").shape.reverse(), &says);
        if is_scaled(format) {
            let says = "`<bytes>` has a tensor `head.weight_scale`, which `Tied` does not know";
            expect("scales without codes", &|file| file.remove("head.weight"), says);
        }
    }
    s.finish();
}

/// No sentence says that a shape is what it should be.
#[test]
fn a_shape_of_f4_that_is_refused_differs() {
    for text in ["[2,3]", " [2, 3]", "2, 3", "[2, 3", "[[2, 3]]", "[+2, 3]", "[02, 3]"] {
        let dir = TempDir::new().expect("a temporary folder");
        let mut parsed = Parsed::of(&small_file(Format::F4));
        parsed.metadata.insert("loom.shape.fc2.weight".to_owned(), json!(text));
        fs::write(dir.path().join("w"), parsed.bytes()).expect("the file can be written");
        if let Err(error) = Format::F4.visit(Load(&dir.path().join("w"))) {
            let differs = !matches!(&error, Error::Shape { found, wanted, .. } if found == wanted);
            assert!(differs, "{text:?}: {error}");
        }
    }
}

#[test]
fn weights_that_are_not_finite() {
    let mut s = Sentences::new();
    /// Bytes, and what they decode to.
    type Value<'a> = (&'a [u8], &'a str);
    let cases: [(Format, &[Value<'_>]); 3] = [
        (
            Format::F16,
            &[(&[0x00, 0x7c], "inf"), (&[0x00, 0xfc], "-inf"), (&[0x00, 0x7e], "NaN"), (&[0x01, 0x7c], "NaN")],
        ),
        (
            Format::BF16,
            &[(&[0x80, 0x7f], "inf"), (&[0x80, 0xff], "-inf"), (&[0xc0, 0xff], "NaN"), (&[0x81, 0x7f], "NaN")],
        ),
        (
            Format::F64,
            &[
                (&[0, 0, 0, 0, 0, 0, 0xf0, 0x7f], "inf"),
                (&[1, 0, 0, 0, 0, 0, 0xf0, 0x7f], "NaN"),
                (&[0, 0, 0, 0, 0, 0, 0xf8, 0xff], "NaN"),
                (&[0, 0, 0, 0, 0, 0, 0xe0, 0x7f], "inf"),
                (&[0, 0, 0, 0xf0, 0xff, 0xff, 0xef, 0xc7], "-inf"),
            ],
        ),
    ];
    for (format, values) in cases {
        for (bytes, value) in values {
            for (name, index) in [("fc1.weight", 4), ("fc1.bias", 2)] {
                let expected = format!("tensor `{name}` in `DIR/w`: the weight at index {index} decodes to {value}");
                s.changed(&format!("{bytes:x?}"), format, |file| file.set(name, index, bytes), &expected);
            }
        }
    }
    // Biases under scaled formats, and all of F32.
    for &format in Format::ALL.iter().filter(|&&format| is_scaled(format) || format == Format::F32) {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let expected = format!("tensor `fc1.bias` has {value} at index 1");
            s.changed("a bias", format, |file| file.set("fc1.bias", 1, &value.to_le_bytes()), &expected);
        }
    }
    s.finish();
}

struct Quantize<'a>(&'a Small);

impl Visitor for Quantize<'_> {
    type Output = Result<(), Error>;

    fn visit<D: DType>(self) -> Result<(), Error> {
        self.0.quantize::<D>().map(drop)
    }
}

#[test]
fn networks_that_are_not_finite() {
    let mut s = Sentences::new();
    for &format in Format::ALL {
        for value in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for (param, index) in Small::PLAN.params.iter().zip([5, 2, 1]) {
                let mut net = small();
                net.weights_mut().values_mut()[param.offset + index] = value;
                let expected = format!("tensor `{}` has {value} at index {index}", param.name);
                s.expect(&format!("{format}"), format.visit(Quantize(&net)), &expected);
            }
        }
        let mut net = small();
        net.weights_mut().values_mut()[0] = f32::MAX;
        net.weights_mut().values_mut()[1] = f32::MIN;
        s.expect(&format!("{format}, the greatest"), format.visit(Quantize(&net)), "no error");
    }
    s.finish();
}

#[test]
fn truncated_files() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    for &format in Format::ALL {
        let sound = small_file(format);
        for len in 0..sound.len() {
            fs::write(&path, &sound[..len]).expect("the file can be written");
            let error = format.visit(Load(&path)).expect_err("a truncated file is refused");
            assert!(matches!(error, Error::NotSafetensors { .. }), "{format} cut to {len} bytes: {error}");
        }
        fs::write(&path, [&sound[..], &[0]].concat()).expect("the file can be written");
        let error = format.visit(Load(&path)).expect_err("a file with a byte too many is refused");
        assert!(matches!(error, Error::NotSafetensors { .. }), "{format}: {error}");
    }
}

#[test]
fn hostile_headers() {
    let mut s = Sentences::new();
    let not = |reason: &str| format!("`DIR/w` is not a safetensors file: {reason}");
    let entry = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
    };
    for &format in Format::ALL {
        let mut ten_gigabytes = small_file(format);
        ten_gigabytes[..8].copy_from_slice(&10_000_000_000_u64.to_le_bytes());
        s.load("a header of 10 GB", format, &ten_gigabytes, &not("header too large"));
        ten_gigabytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        s.load("a header of 2^64 bytes", format, &ten_gigabytes, &not("header too large"));
        ten_gigabytes[..8].copy_from_slice(&99_999_999_u64.to_le_bytes());
        s.load("a header beyond the file", format, &ten_gigabytes, &not("invalid header length"));

        let [a, b] = ["[0,16]", "[8,24]"].map(|offsets| entry("U8", "[16]", offsets));
        let overlap = with_header(&format!(r#"{{"a":{a},"b":{b}}}"#), &[0; 24]);
        s.load("overlapping", format, &overlap, &not("invalid offset for tensor `b`"));
        let gap = with_header(&format!(r#"{{"a":{a},"b":{}}}"#, entry("U8", "[8]", "[17,25]")), &[0; 25]);
        s.load("a gap", format, &gap, &not("invalid offset for tensor `b`"));
        let beyond = with_header(&format!(r#"{{"a":{a}}}"#), &[0; 15]);
        s.load("beyond the file", format, &beyond, &not("incomplete metadata, file not fully covered"));
        let backwards = with_header(&format!(r#"{{"a":{}}}"#, entry("U8", "[0]", "[8,0]")), &[0; 8]);
        s.load("backwards", format, &backwards, &not("invalid offset for tensor `a`"));
        let shape = with_header(&format!(r#"{{"a":{}}}"#, entry("U8", "[1000000000000]", "[0,16]")), &[0; 16]);
        s.load("a great shape", format, &shape, &not("invalid shape, data type, or offset for tensor"));
        let far = entry("U8", "[2000000000000000000]", "[0,2000000000000000000]");
        let far = with_header(&format!(r#"{{"a":{far}}}"#), &[]);
        s.load("offsets far away", format, &far, &not("incomplete metadata, file not fully covered"));
        let overflow = entry("F64", "[4294967296,4294967296]", "[0,16]");
        let overflow = with_header(&format!(r#"{{"a":{overflow}}}"#), &[0; 16]);
        let reason = "overflow computing buffer size from shape and/or element type";
        s.load("a shape of 2^64", format, &overflow, &not(reason));
        let twice = with_header(&format!(r#"{{"a":{a},"a":{}}}"#, entry("U8", "[8]", "[16,24]")), &[0; 24]);
        s.load("the same name, another place", format, &twice, &not("two tensors are named `a`"));
        let deep = with_header(&"[".repeat(100_000), &[]);
        fs::write(s.path().join("w"), deep).expect("the file can be written");
        let error = format.visit(Load(&s.path().join("w")));
        assert!(matches!(error, Err(Error::NotSafetensors { .. })), "{error:?}");
    }
    s.finish();
}

/// The sizes of nine tensors add up to 2^64 - 1, to which no header's length can be added.
#[test]
fn offsets_that_overflow() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    let (step, mut at, mut header) = ((1_u64 << 61) - 1, 0_u64, Map::new());
    for i in 0..8 {
        header.insert(format!("loom.{i}"), json!({ "dtype": "U8", "shape": [step], "data_offsets": [at, at + step] }));
        at += step;
    }
    let rest = u64::MAX - at;
    header.insert("loom.8".to_owned(), json!({ "dtype": "U8", "shape": [rest], "data_offsets": [at, u64::MAX] }));
    fs::write(&path, with_header(&Value::Object(header).to_string(), &[])).expect("the file can be written");
    let error = catch_unwind(|| Small::load(&path)).expect("no panic").expect_err("the file is too short");
    assert!(matches!(error, Error::NotSafetensors { .. }), "{error}");
}

/// JSON readers disagree on which of two entries of a name counts, so a file with two is refused.
#[test]
fn duplicate_names() {
    for &format in Format::ALL {
        let dir = TempDir::new().expect("a temporary folder");
        let path = dir.path().join("w");
        let sound = small_file(format);
        let (length, rest) = sound.split_first_chunk::<8>().expect("a length");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let header = std::str::from_utf8(header).expect("the header is UTF-8").trim_end();
        let first = Value::Object(serde_json::from_str(header).expect("the header is JSON"))["fc1.weight"].to_string();
        let twice = format!(r#"{{"fc1.weight":{first},{}"#, &header[1..]);
        fs::write(&path, with_header(&twice, data)).expect("the file can be written");
        let loaded = format.visit(Load(&path));
        assert!(matches!(loaded, Err(Error::NotSafetensors { .. })), "{format}: {loaded:?}");
    }
}

/// One of the ways in which a file goes wrong.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let header = u64::from_le_bytes(*bytes.first_chunk().expect("a length")) as usize;
    let in_header = 8 + random.below(header.min(bytes.len() - 9));
    match random.below(8) {
        0 => bytes[in_header] ^= 1 << random.below(8),
        1 => bytes[in_header] = b"0123456789[]{},:\" -eEFIU"[random.below(24)],
        2 => {
            let at = random.below(bytes.len());
            bytes[at] = random.word() as u8;
        }
        3 => {
            let at = random.below(bytes.len());
            bytes[at] = [0, 0x7f, 0x80, 0xff][random.below(4)];
        }
        // Swaps places.
        4 => {
            let (a, b) = (random.below(bytes.len()), random.below(bytes.len()));
            bytes.swap(a, b);
        }
        // Makes a number of the header longer, the header's length included.
        5 => {
            let at = (in_header..bytes.len()).find(|&at| bytes[at].is_ascii_digit());
            if let Some(at) = at {
                let digits = random.below(20);
                bytes.splice(at..at, std::iter::repeat_n(b'9', digits));
                bytes[..8].copy_from_slice(&((header + digits) as u64).to_le_bytes());
            }
        }
        // Removes a byte from the header, the header's length included.
        6 => {
            bytes.remove(in_header);
            bytes[..8].copy_from_slice(&(header as u64).saturating_sub(1).to_le_bytes());
        }
        // Damages a value of four bytes near the end, where scales and values are.
        _ => {
            let data = 8 + header.min(bytes.len() - 12);
            let at = data + random.below(bytes.len() - data - 3);
            let values = [f32::NAN, f32::INFINITY, -1.0, 0.0, f32::MIN_POSITIVE, f32::MAX, 1e-40];
            bytes[at..at + 4].copy_from_slice(&values[random.below(values.len())].to_le_bytes());
        }
    }
}

/// Whatever is damaged, loading says so or gives finite weights.
#[test]
fn mutated_files() {
    const MUTATIONS: usize = 2000;
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    let mut random = Random(0xf0);
    let (mut loaded, mut failed) = (0, 0);
    for &format in Format::ALL {
        let sound = small_file(format);
        for number in 0..MUTATIONS {
            let mut bytes = sound.clone();
            mutate(&mut bytes, &mut random);
            while bytes.len() > 32 && random.below(4) == 0 && bytes[4..8] == [0; 4] {
                mutate(&mut bytes, &mut random);
            }
            fs::write(&path, &bytes).expect("the file can be written");
            match catch_unwind(|| format.visit(LoadOnly(&path))) {
                Ok(Ok(())) => loaded += 1,
                Ok(Err(error)) => {
                    assert!(!error.to_string().is_empty());
                    failed += 1;
                }
                Err(_) => panic!("{format}, mutation {number} panics: {}", String::from_utf8_lossy(&bytes)),
            }
        }
    }
    assert!(loaded > MUTATIONS && failed > MUTATIONS, "{loaded} loaded, {failed} failed");
}
