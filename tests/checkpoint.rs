//! A resumed run ends with the same bits as one that never stopped.

use loom::optim::{Optimizer, OptimizerState, Schedule};
use loom::prelude::*;
use loom::shaders::Kernel;
use loom::{EarlyStopping, Error, Fingerprint, History};
use safetensors::SafeTensors;
use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

network! {
    struct Net { Dense<3, 17> -> Tanh -> Dropout<0.25> -> Dense<17, 5> }
}

type Data = Dataset<[f32; 3], u8>;

/// 23 samples, so that batches of 5 end with one of 3.
fn data() -> Data {
    let value = |i: usize, k: usize| ((i * 7 + k * 13) % 11) as f32 / 5.0 - 1.0;
    let inputs = (0..23).map(|i| [value(i, 0), value(i, 1), value(i, 2)]).collect();
    Dataset::new(inputs, (0..23).map(|i| (i * i % 5) as u8).collect()).expect("the data is good")
}

fn trainer<O: Optimizer>(optimizer: O) -> Trainer<O, CrossEntropy> {
    let schedule = Schedule::warmup(3).then(3, Schedule::cosine(20));
    Trainer::new(optimizer, CrossEntropy).batch(5).epochs(4).seed(Seed(7)).schedule(schedule).clip(Clip::Norm(0.5))
}

/// An optimizer that ends the program, as far as the trainer can see, at its step number `left + 1`.
#[derive(Debug, Clone)]
struct Crash<O> {
    optimizer: O,
    left: u64,
}

impl<O: Optimizer> Optimizer for Crash<O> {
    fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    fn check(&self) -> Result<(), Error> {
        self.optimizer.check()
    }

    fn settings(&self) -> String {
        self.optimizer.settings()
    }

    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.optimizer.state(len)
    }

    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        self.left = self.left.checked_sub(1).expect("crash");
        self.optimizer.scalars(learning_rate)
    }

    fn shader(&self) -> Option<&'static Kernel> {
        self.optimizer.shader()
    }

    fn step(&mut self, cpu: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        self.left = self.left.checked_sub(1).expect("crash");
        self.optimizer.step(cpu, learning_rate, weights, gradients);
    }
}

/// A folder of this test run, and the path of a checkpoint in it.
fn checkpoint() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("run.safetensors");
    (folder, file)
}

/// Trains with a checkpoint after each step, and crashes after `steps`.
fn crash<O: Optimizer>(
    trainer: impl Fn(Crash<O>) -> Trainer<Crash<O>, CrossEntropy>,
    optimizer: O,
    steps: u64,
    file: &Path,
) {
    let trainer = trainer(Crash { optimizer, left: steps }).checkpoint(file, 1);
    let fit = || trainer.fit_validated(&mut Net::new(Seed(1)), &data(), &data());
    assert!(catch_unwind(AssertUnwindSafe(fit)).is_err(), "the run crashes");
}

/// All that training gives, but for the durations.
fn outcome(fingerprint: Fingerprint, history: &History) -> impl PartialEq + Debug {
    let scores: Vec<_> = history
        .epochs
        .iter()
        .map(|epoch| (epoch.training.clone(), epoch.validation.clone(), epoch.learning_rate))
        .collect();
    (fingerprint, scores, history.stopped_early)
}

/// Crashes after each of the 20 steps, and resumes in a network of another seed.
fn check<O: Optimizer>(optimizer: O) {
    let (_folder, file) = checkpoint();
    let mut whole = Net::new(Seed(1));
    let history = trainer(optimizer.clone()).fit_validated(&mut whole, &data(), &data()).expect("it trains");
    for steps in 1..20 {
        crash(trainer, optimizer.clone(), steps, &file);
        let mut resumed = Net::new(Seed(2));
        let trainer = trainer(optimizer.clone()).resume(&file);
        let resumed_history = trainer.fit_validated(&mut resumed, &data(), &data()).expect("it resumes");
        assert_eq!(
            outcome(resumed.fingerprint(), &resumed_history),
            outcome(whole.fingerprint(), &history),
            "{optimizer:?} after {steps} steps"
        );
    }
}

#[test]
fn every_optimizer_resumes_after_every_step() {
    check(Sgd::new(0.1));
    check(Sgd::new(0.1).momentum(0.9).weight_decay(0.01));
    check(Sgd::new(0.1).nesterov(0.9));
    check(Adam::new(0.02));
    check(AdamW::new(0.02).weight_decay(0.1));
    check(RmsProp::new(0.01).momentum(0.5));
}

#[test]
fn early_stopping_resumes() {
    let (_folder, file) = checkpoint();
    let early = EarlyStopping { min_delta: 0.05, ..EarlyStopping::new(1) };
    fn stopping<O: Optimizer>(optimizer: O, early: EarlyStopping) -> Trainer<O, CrossEntropy> {
        trainer(optimizer).epochs(30).early_stopping(early)
    }
    let mut whole = Net::new(Seed(1));
    let history = stopping(Adam::new(0.02), early).fit_validated(&mut whole, &data(), &data()).expect("it trains");
    let steps = 5 * history.epochs.len() as u64;
    assert!(history.stopped_early && history.epochs.len() > 2, "{} epochs", history.epochs.len());
    for steps in 1..steps {
        crash(|optimizer| stopping(optimizer, early), Adam::new(0.02), steps, &file);
        let mut resumed = Net::new(Seed(2));
        let trainer = stopping(Adam::new(0.02), early).resume(&file);
        let resumed_history = trainer.fit_validated(&mut resumed, &data(), &data()).expect("it resumes");
        assert_eq!(
            outcome(resumed.fingerprint(), &resumed_history),
            outcome(whole.fingerprint(), &history),
            "after {steps} steps"
        );
    }
}

network! {
    struct Linear { Dense<4, 64> -> Dense<64, 5> }
}

/// A validation loss that is NaN is not taken for none.
#[test]
fn a_history_with_nan_resumes() {
    let (_folder, file) = checkpoint();
    let small = Dataset::new(vec![[0.5; 4], [-0.5; 4]], vec![0_u8, 1]).expect("the data is finite");
    // Some of the hidden values are infinite, of either sign.
    let large = Dataset::new(vec![[f32::MAX; 4]], vec![0_u8]).expect("the data is finite");
    let fit = |trainer: Trainer<Adam, CrossEntropy>| {
        let mut net = Linear::new(Seed(1));
        let history = trainer.fit_validated(&mut net, &small, &large).expect("it trains");
        format!("{:?}", outcome(net.fingerprint(), &history))
    };
    let whole = fit(trainer(Adam::new(0.02)).epochs(3));
    assert!(whole.contains("Some(Score { loss: NaN, "), "{whole}");
    fit(trainer(Adam::new(0.02)).epochs(2).checkpoint(&file, 1000));
    assert_eq!(fit(trainer(Adam::new(0.02)).epochs(3).resume(&file)), whole);
}

/// What is left when training ends can be trained on, and opens as a network.
#[test]
fn a_finished_run_goes_on() {
    let (_folder, file) = checkpoint();
    let mut whole = Net::new(Seed(1));
    trainer(Adam::new(0.02)).epochs(6).fit(&mut whole, &data()).expect("it trains");
    let mut net = Net::new(Seed(1));
    trainer(Adam::new(0.02)).epochs(4).checkpoint(&file, 1000).fit(&mut net, &data()).expect("it trains");
    assert_eq!(Net::load(&file).expect("a checkpoint opens as a network").fingerprint(), net.fingerprint());

    let mut same = Net::new(Seed(2));
    let history = trainer(Adam::new(0.02)).epochs(4).resume(&file).fit(&mut same, &data()).expect("it resumes");
    assert_eq!((same.fingerprint(), history.epochs.len()), (net.fingerprint(), 4), "nothing is left to do");
    trainer(Adam::new(0.02)).epochs(6).resume(&file).fit(&mut net, &data()).expect("it resumes");
    assert_eq!(net.fingerprint(), whole.fingerprint());
}

#[test]
fn what_cannot_be_resumed_is_said() {
    let (folder, file) = checkpoint();
    let mut net = Net::new(Seed(1));
    trainer(Adam::new(0.02)).checkpoint(&file, 7).fit(&mut net, &data()).expect("it trains");
    let before = net.fingerprint();
    let refuse = |what: &str, result: Result<History, Error>| {
        let text = result.expect_err("it is refused").to_string();
        assert_eq!(text, format!("cannot resume from `{}`: {what}", file.display()));
    };
    let resumed = |trainer: Trainer<Adam, CrossEntropy>| trainer.resume(&file).fit(&mut Net::new(Seed(3)), &data());
    refuse("it was made with batch 5, but the trainer has 6", resumed(trainer(Adam::new(0.02)).batch(6)));
    refuse("it was made with seed 7, but the trainer has 8", resumed(trainer(Adam::new(0.02)).seed(Seed(8))));
    refuse(
        "it was made with optimizer Adam Settings { learning_rate: 0.02, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0 }, \
         but the trainer has Sgd { learning_rate: 0.02, momentum: 0.0, nesterov: false, weight_decay: 0.0 }",
        trainer(Sgd::new(0.02)).resume(&file).fit(&mut net, &data()),
    );
    assert_eq!(net.fingerprint(), before, "a refused checkpoint changes nothing");

    let weights = folder.path().join("weights.safetensors");
    net.save(&weights).expect("weights are saved");
    let error =
        trainer(Adam::new(0.02)).resume(&weights).fit(&mut net, &data()).expect_err("weights are no checkpoint");
    assert_eq!(
        error.to_string(),
        format!("cannot resume from `{}`: it does not say its network; it is no checkpoint", weights.display())
    );
    let error = trainer(Adam::new(0.02)).checkpoint(&file, 0).fit(&mut net, &data()).expect_err("0 steps are refused");
    assert_eq!(error.to_string(), "`checkpoint steps` is 0, but must be at least 1");
}

/// A checkpoint of another version of plans, and one from before plans had a version.
#[test]
fn another_version_is_refused() {
    let (_folder, file) = checkpoint();
    let mut net = Net::new(Seed(1));
    trainer(Adam::new(0.02)).checkpoint(&file, 7).fit(&mut net, &data()).expect("it trains");
    let good = fs::read(&file).expect("the checkpoint is there");
    let cases = [
        ("\"loom.plan version\":\"3\"", Some("3"), "it is of plan version 3"),
        ("\"some.plan version\":\"4\"", None, "it is of an older Loom, whose plans have no version"),
    ];
    for (text, says, what) in cases {
        let version = b"\"loom.plan version\":\"4\"";
        let at = good.windows(version.len()).position(|bytes| bytes == version).expect("the file says its version");
        let mut bytes = good.clone();
        bytes[at..][..text.len()].copy_from_slice(text.as_bytes());
        fs::write(&file, bytes).expect("the file is written");
        let error = trainer(Adam::new(0.02)).resume(&file).fit(&mut net, &data()).expect_err("it is refused");
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot resume from `{}`: {what}, but", file.display())), "{text}");
        assert!(matches!(&error, Error::CheckpointVersion { found, expected: 4, .. } if found.as_deref() == says));
    }
}

/// Every byte of a checkpoint damaged in turn: an error, or a run whose numbers moved, but never a panic.
#[test]
fn damaged_checkpoints_do_not_panic() {
    let (folder, file) = checkpoint();
    let mut net = Net::new(Seed(1));
    trainer(Adam::new(0.02)).checkpoint(&file, 7).fit(&mut net, &data()).expect("it trains");
    let good = fs::read(&file).expect("the checkpoint is there");
    let damaged = folder.path().join("damaged.safetensors");
    let trainer = trainer(Adam::new(0.02)).resume(&damaged);
    for i in (0..good.len()).filter(|i| *i < 2048 || i % 17 == 0) {
        let mut bytes = good.clone();
        bytes[i] ^= 0xff;
        fs::write(&damaged, bytes).expect("the damaged file is written");
        let _ = trainer.fit(&mut net, &data());
    }
    for len in (0..good.len()).step_by(97) {
        fs::write(&damaged, &good[..len]).expect("the damaged file is written");
        assert!(trainer.fit(&mut net, &data()).is_err(), "{len} of {} bytes", good.len());
    }
}

/// Each word of the place in the data, which comes from a file like all else.
#[test]
fn a_place_that_cannot_be_is_refused() {
    let (folder, file) = checkpoint();
    let mut net = Net::new(Seed(1));
    trainer(Adam::new(0.02)).checkpoint(&file, 7).fit(&mut net, &data()).expect("it trains");
    let good = fs::read(&file).expect("the checkpoint is there");
    // 4 epochs of 5 batches are done: epoch 5, batch 0, step 20, not stopped; no rows, none correct.
    let words = [("loom.place", &[5_u64, 0, 20, 0][..]), ("loom.counts", &[0, 0][..])];
    let damaged = folder.path().join("damaged.safetensors");
    for (name, words) in words {
        let at = {
            let file = SafeTensors::deserialize(&good).expect("a safetensors file");
            let bytes = file.tensor(name).expect("the checkpoint has it").data();
            assert_eq!(bytes, words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>(), "{name}");
            bytes.as_ptr() as usize - good.as_ptr() as usize
        };
        for word in 0..words.len() {
            for value in [1, 2, 6, 1 << 40, u64::MAX] {
                let mut bytes = good.clone();
                bytes[at + word * 8..][..8].copy_from_slice(&value.to_le_bytes());
                if bytes == good || (name, word, value) == ("loom.place", 3, 1) {
                    continue;
                }
                fs::write(&damaged, bytes).expect("the damaged file is written");
                let error =
                    trainer(Adam::new(0.02)).resume(&damaged).fit(&mut net, &data()).expect_err("it is refused");
                assert!(error.to_string().contains("its place ["), "word {word} of {name} as {value}: {error}");
            }
        }
    }
}

/// A program that saves without end is killed at any moment: the file is always a whole one.
#[test]
fn a_kill_during_a_save_leaves_a_whole_file() {
    const SAVER: &str = "LOOM_TEST_SAVES_TO";
    if let Some(file) = std::env::var_os(SAVER) {
        let net = Net::new(Seed(1));
        loop {
            net.save(&file).expect("weights are saved");
        }
    }
    let (folder, file) = checkpoint();
    for pause_ms in [5, 20, 50, 90, 130] {
        let mut saver = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--exact", "a_kill_during_a_save_leaves_a_whole_file"])
            .env(SAVER, &file)
            .spawn()
            .expect("this test runs again");
        while !file.exists() {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(pause_ms));
        saver.kill().expect("it is killed");
        saver.wait().expect("it has ended");
        assert_eq!(Net::load(&file).expect("the file is whole").fingerprint(), Net::new(Seed(1)).fingerprint());
    }
    drop(folder);
}

network! {
    /// Large enough for a kill to come while its checkpoint is written.
    struct Wide { Dense<3, 200> -> Tanh -> Dropout<0.25> -> Dense<200, 200> -> Relu -> Dense<200, 5> }
}

/// A training run that is killed again and again, at any moment of a step or of a checkpoint, and resumed each time, goes on from
/// the last checkpoint, ends with the bits of one that ran through, and leaves nothing but its file.
#[test]
#[cfg(unix)]
fn a_training_that_is_killed_loses_nothing() {
    const TRAINS_TO: &str = "LOOM_TEST_TRAINS_TO";
    fn trainer() -> Trainer<Adam, CrossEntropy> {
        let early = EarlyStopping { min_delta: 0.05, ..EarlyStopping::new(100) };
        self::trainer(Adam::new(0.002)).epochs(30).early_stopping(early)
    }
    fn finish(trainer: &Trainer<Adam, CrossEntropy>, seed: u64) -> String {
        let mut net = Wide::new(Seed(seed));
        let history = trainer.fit_validated(&mut net, &data(), &data()).expect("it trains");
        format!("outcome: {:?}", outcome(net.fingerprint(), &history))
    }
    if let Some(file) = std::env::var_os(TRAINS_TO).map(PathBuf::from) {
        let trainer = trainer().checkpoint(&file, 1);
        // A first one has no file yet; later ones are networks of another seed.
        let (trainer, seed) = if file.exists() { (trainer.resume(&file), 2) } else { (trainer, 1) };
        return println!("{}", finish(&trainer, seed));
    }
    let (folder, file) = checkpoint();
    // The file is another after each checkpoint.
    use std::os::unix::fs::MetadataExt;
    let state = || fs::metadata(&file).ok().map(|metadata| (metadata.ino(), metadata.modified().expect("a time")));
    let mut random = 1_u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) % bound
    };
    let (mut kills, mut left) = (0, 0);
    let said = loop {
        let mut child = Command::new(std::env::current_exe().expect("this test has a path"))
            .args(["--exact", "a_training_that_is_killed_loses_nothing", "--nocapture"])
            .env(TRAINS_TO, &file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test runs again");
        // After a few checkpoints, so that each run gets on, and some time more.
        let (mut checkpoints, mut last) = (1 + below(8), state());
        while checkpoints > 0 && child.try_wait().expect("it is ours").is_none() {
            let now = state();
            checkpoints -= u64::from(now != last);
            last = now;
        }
        std::thread::sleep(Duration::from_micros(below(3000)));
        let has_ended = child.try_wait().expect("it is ours").is_some();
        child.kill().expect("it is ours");
        let output = child.wait_with_output().expect("it has ended");
        if has_ended {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            break String::from_utf8(output.stdout).expect("it prints text");
        }
        kills += 1;
        left += fs::read_dir(folder.path()).expect("the folder is there").count() - 1;
        Wide::load(&file).expect("the checkpoint is whole");
    };
    println!("{kills} kills, {left} of them while a checkpoint was written");
    assert!(kills >= 5, "{kills} kills came while it trained");
    let whole = finish(&trainer(), 1);
    assert!(said.lines().any(|line| line.ends_with(&whole)), "{said} is not {whole}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder is there").count(), 1, "nothing is left behind");
}
