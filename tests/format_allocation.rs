//! Loading a file allocates what the network takes and a small multiple of the file, whatever the file claims.
//!
//! One test, because the counter counts every thread of the process.

mod common;

use common::Random;
use loom::Error;
use loom::archive::Conversion;
use loom::dtype::{DType, Format, Visitor};
use loom::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// The system's allocator, which counts the bytes that live.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::SeqCst) + bytes;
    PEAK.fetch_max(live, Ordering::SeqCst);
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// Counts both places, as if one were copied to the other.
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        add(len);
        LIVE.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.realloc(place, layout, len) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that live at once while `f` runs, those that lived before not counted.
fn peak<O>(f: impl FnOnce() -> O) -> (usize, O) {
    let before = LIVE.load(Ordering::SeqCst);
    PEAK.store(before, Ordering::SeqCst);
    let result = f();
    (PEAK.load(Ordering::SeqCst) - before, result)
}

network! {
    struct Small { fc1: Dense<2, 3> -> Tanh -> fc2: Dense<3, 2, bias = false> }
    struct Large { fc1: Dense<300, 200> -> Tanh -> fc2: Dense<200, 33> }
}

/// Live bytes for each byte of the data: what the network holds, and the tensor that is being read.
const PER_DATA_BYTE: usize = 2;
/// Live bytes for each byte of the header: its text, and an entry of 32 bytes for each tensor, which takes 50 of text at least, in a
/// vector that grows by doubling, the old one beside the new.
const PER_HEADER_BYTE: usize = 4;
/// The same of a listing, whose tensors have five places in memory each.
const PER_LISTED_BYTE: usize = 12;
/// The same of a conversion: a listing of what was done, and the tensors before and after, three in F4 for one of a value, with
/// the metadata of its shape.
const PER_CONVERTED_BYTE: usize = 24;
/// Live bytes of any load: names, paths, messages, maps.
const CONSTANT: usize = 16 << 10;

fn bound<N: Network>(format: Format, bytes: &[u8]) -> usize {
    let claimed = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    let header = usize::try_from(claimed).unwrap_or(usize::MAX).min(bytes.len());
    let data = bytes.len() - header;
    // In F32 there is room for all values from the start.
    let values = if format == Format::F32 { 4 * N::PLAN.weights_len } else { 0 };
    values + PER_DATA_BYTE * data + PER_HEADER_BYTE * header + CONSTANT
}

struct Save<'a, N>(&'a N, &'a Path);

impl<N: Network<Precision = loom::dtype::F32>> Visitor for Save<'_, N> {
    type Output = Vec<u8>;

    fn visit<D: DType>(self) -> Vec<u8> {
        self.0.quantize::<D>().expect("the weights are finite").save(self.1).expect("the file can be written");
        fs::read(self.1).expect("the file was written")
    }
}

struct Load<'a, N>(&'a Path, std::marker::PhantomData<N>);

impl<N: Network> Visitor for Load<'_, N> {
    type Output = (usize, Result<(), Error>);

    fn visit<D: DType>(self) -> Self::Output {
        peak(|| N::load_as::<D>(self.0).map(drop))
    }
}

fn load<N: Network>(format: Format, path: &Path, bytes: &[u8]) -> (usize, Result<(), Error>) {
    fs::write(path, bytes).expect("the file can be written");
    let (peak, result) = format.visit(Load::<N>(path, std::marker::PhantomData));
    let bound = bound::<N>(format, bytes);
    let said = result.as_ref().map_or_else(Error::to_string, |()| "no error".to_owned());
    assert!(peak <= bound, "{format}, {} bytes: {peak} bytes live, more than {bound}; {said}", bytes.len());
    (peak, result)
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn a_file_is_not_believed() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("w");
    let mut random = Random(5);
    let small = Small::new(Seed(1));
    let large = Large::new(Seed(1));
    for &format in Format::ALL {
        let sound = format.visit(Save(&large, &path));
        let (sound_peak, result) = load::<Large>(format, &path, &sound);
        result.expect("the file is sound");
        println!("{format}: {sound_peak} bytes for {} in the file", sound.len());

        let sound = format.visit(Save(&small, &path));
        let mut most = 0;
        for _ in 0..1000 {
            let mut bytes = sound.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(bytes.len());
                bytes[at] = match random.below(3) {
                    0 => b"0123456789[]{},:\" -eEFIU"[random.below(24)],
                    1 => bytes[at] ^ (1 << random.below(8)),
                    _ => random.word() as u8,
                };
            }
            most = most.max(load::<Small>(format, &path, &bytes).0);
        }
        println!("{format}: {most} bytes at most for mutations of {}", sound.len());

        // Claims of header lengths, shapes and offsets.
        for length in [99_999_999, 100_000_000, 100_000_001, 10_000_000_000, 1 << 40, u64::MAX - 8, u64::MAX] {
            let mut bytes = sound.clone();
            bytes[..8].copy_from_slice(&length.to_le_bytes());
            load::<Small>(format, &path, &bytes).1.expect_err("no such header");
        }
        for (shape, end) in [("1000000000", "1000000000"), ("1000000000,1000000000", "12"), ("3,2", "9999999999999")] {
            let name = format.name();
            let header = format!(r#"{{"fc1.weight":{{"dtype":"{name}","shape":[{shape}],"data_offsets":[0,{end}]}}}}"#);
            load::<Small>(format, &path, &with_header(&header, &[0; 64])).1.expect_err("no such tensor");
        }
    }
    // The densest headers: elements and tensors of the fewest bytes.
    let ones = "1,".repeat(1 << 20);
    let shape = format!(r#"{{"a":{{"dtype":"U8","shape":[{ones}1],"data_offsets":[0,1]}}}}"#);
    let names: Vec<String> =
        (0..20_000).map(|i| format!(r#""loom.{i}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#)).collect();
    let names = format!("{{{}}}", names.join(","));
    let arrays = format!(r#"{{"a":[{}[]]}}"#, "[],".repeat(1 << 19));
    let metadata: Vec<String> = (0..50_000).map(|i| format!(r#""{i}":"""#)).collect();
    let metadata = format!(r#"{{"__metadata__":{{{}}}}}"#, metadata.join(","));
    let keys: Vec<String> = (0..50_000).map(|i| format!(r#""{i}":0"#)).collect();
    let keys = format!(r#"{{"a":{{{}}}}}"#, keys.join(","));
    // An array, a string and an object that nothing is known of; names that are parts of each other.
    let skipped =
        format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{}1]}}}}"#, "1,".repeat(1 << 20));
    let chain: Vec<String> = (0..800)
        .map(|i| format!(r#""a{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, "_scale".repeat(i)))
        .collect();
    let chain = format!("{{{}}}", chain.join(","));
    let escaped = format!(r#"{{"{}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#, "\\n".repeat(1 << 19));
    // Weights of which a conversion makes three tensors each, a few more than 65,536, at which a list of them grows.
    let weights: Vec<String> = (0..22_000)
        .map(|i| format!(r#""{i:x}":{{"dtype":"F16","shape":[1,1],"data_offsets":[{},{}]}}"#, 2 * i, 2 * i + 2))
        .collect();
    let weights = format!("{{{}}}", weights.join(","));
    for (case, header, data) in [
        ("weights", weights, 2 * 22_000),
        ("ones", shape, 1),
        ("tensors", names, 0),
        ("arrays", arrays, 0),
        ("metadata", metadata, 0),
        ("keys", keys, 0),
        ("skipped", skipped, 1),
        ("chain", chain, 0),
        ("escaped", escaped, 1),
    ] {
        let bytes = with_header(&header, &vec![0; data]);
        let (loaded, _) = load::<Small>(Format::F32, &path, &bytes);
        let (in_memory, _) = peak(|| Small::from_bytes(&bytes).map(drop));
        assert!(in_memory <= loaded + CONSTANT, "{case}: {in_memory} bytes in memory");
        let (resumed, _) = peak(|| {
            let data = Dataset::new(vec![[0.0_f32; 2]; 2], vec![[0.0_f32; 2]; 2]).expect("the data are sound");
            Trainer::new(Sgd::new(0.1), Mse).resume(&path).fit(&mut Small::new(Seed(1)), &data).map(drop)
        });
        let (listed, _) = peak(|| loom::archive::inspect(&path).map(drop));
        let output = dir.path().join("output");
        let convert = |&format: &Format| peak(|| Conversion::new(format).convert(&path, &output).map(drop)).0;
        let formats = [Format::F16, Format::U8, Format::F4];
        let converted = formats.iter().map(convert).max().expect("there are formats");
        for (what, peak, times) in [
            ("load", loaded, PER_HEADER_BYTE),
            ("resume", resumed, PER_HEADER_BYTE),
            ("inspect", listed, PER_LISTED_BYTE),
            ("convert", converted, PER_CONVERTED_BYTE),
        ] {
            let bound = times * header.len() + 4 * CONSTANT;
            println!(
                "{case}: {what} {peak} bytes, {:.2} for each of {}",
                peak as f64 / header.len() as f64,
                header.len()
            );
            assert!(peak <= bound, "{case}: {what} takes {peak} bytes, more than {bound}");
        }
    }
}
