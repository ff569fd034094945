//! Resumed runs: they go on or are refused, and stopping once more on the way changes nothing.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use loom_fuzz::networks::runs_of;
use loom_fuzz::{files, safetensors};

/// Epochs to the stop, and in all.
const EPOCHS: [usize; 2] = [2, 3];

fuzz_target!(|data: &[u8]| {
    let (input, stop) = (files::write("input", data), files::path("stop"));
    for run in runs_of(data) {
        let whole = match run(Some(&input), None, EPOCHS[1]) {
            Ok(outcome) => outcome,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        assert!(whole.history.stopped_early || whole.history.epochs.len() >= EPOCHS[1]);
        // A run whose loss is not finite at the stop leaves no checkpoint.
        if run(Some(&input), Some(&stop), EPOCHS[0]).is_ok() {
            let resumed = run(Some(&stop), None, EPOCHS[1]).expect("a checkpoint that was written can be read");
            assert_eq!(resumed.scores(), whole.scores());
            assert_eq!(resumed.fingerprint, whole.fingerprint);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    safetensors::mutate(data, size, max_size, seed, fuzzer_mutate)
});
