//! Checkpoints: what is read, and trained to the end of the first epoch where it is not over, is written, and is the same after
//! it is read and written once more.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use loom_fuzz::networks::runs_of;
use loom_fuzz::{files, safetensors};

fuzz_target!(|data: &[u8]| {
    let input = files::write("input", data);
    let (one, two) = (files::path("one"), files::path("two"));
    for run in runs_of(data) {
        match run(Some(&input), Some(&one), 1) {
            Ok(outcome) => {
                let again = run(Some(&one), Some(&two), 1).expect("a checkpoint that was written can be read");
                assert_eq!(again.scores(), outcome.scores());
                assert_eq!(again.fingerprint, outcome.fingerprint);
                assert!(files::read(&one) == files::read(&two), "a checkpoint changes by being read and written");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    safetensors::mutate(data, size, max_size, seed, fuzzer_mutate)
});
