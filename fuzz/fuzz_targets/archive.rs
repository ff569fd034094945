//! Files without a network: what is accepted is converted to other formats and forms, the result can be listed, and converting
//! it again changes nothing.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use loom::archive::{Conversion, inspect};
use loom::dtype::{Format, Search};
use loom::quantize::{Granularity, Rounding};
use loom_fuzz::{files, safetensors};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let input = files::write("input", data);
    if let Ok(listing) = inspect(&input) {
        for tensor in listing.tensors {
            assert!(tensor.bytes <= data.len() && !tensor.parts.is_empty());
            tensor.bits_per_weight();
        }
    }
    // One format, one way to round and one form, by what the file holds.
    let pick = data.iter().fold(0_usize, |hash, &byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let granularities = [Granularity::PerTensor, Granularity::PerChannel, Granularity::Block16, Granularity::Block32];
    let mut rounding = Rounding::new().granularity(granularities[pick % 4]);
    if pick / 4 % 2 == 1 {
        rounding = rounding.search(Search::LeastSquares);
    }
    let conversion = Conversion::new(Format::ALL[pick / 8 % Format::ALL.len()]);
    check(&conversion, &input);
    check(&conversion.rounding(rounding), &input);
    let mut other = Conversion::new([Format::I8, Format::U8, Format::F4][pick / 8 % 3]);
    if pick / 64 % 2 == 1 {
        other = other.rounding(rounding);
    }
    check(&other.compressed_tensors().expect("there are forms for these formats"), &input);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    safetensors::mutate(data, size, max_size, seed, fuzzer_mutate)
});

fn check(conversion: &Conversion, input: &Path) {
    let (one, two) = (files::path("one"), files::path("two"));
    let summary = match conversion.convert(input, &one) {
        Ok(summary) => summary,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    inspect(&one).expect("a converted file can be listed");
    let again = conversion.convert(&one, &two).expect("a converted file can be converted");
    assert_eq!(again.converted, summary.converted);
    assert_eq!(again.bytes_before, summary.bytes_after);
    assert!(files::read(&one) == files::read(&two), "converting again with {conversion:?} changes the file");
}
