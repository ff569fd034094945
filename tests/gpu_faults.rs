//! What goes wrong on a GPU is an error, and the network keeps the last weights that came back.

mod common;

use common::gpu::gpu;
use loom::prelude::*;
use loom::private::lose;
use loom::{Error, GpuError};
use std::thread;
use std::time::Duration;

network! {
    struct Net { Dense<3, 8> -> Tanh -> Dense<8, 1> }
    struct Wide { Dense<1, 16384> -> Relu -> Dense<16384, 1> }
}

fn data() -> Dataset<[f32; 3], [f32; 1]> {
    let inputs: Vec<_> = (0..40).map(|i| [i as f32 / 40.0, (i % 3) as f32, (i % 7) as f32 - 3.0]).collect();
    let targets = inputs.iter().map(|[a, b, c]| [a * b + c]).collect();
    Dataset::new(inputs, targets).expect("as many targets as inputs")
}

fn trainer() -> Trainer<Adam, Mse> {
    Trainer::new(Adam::new(0.01), Mse).batch(16)
}

#[track_caller]
fn assert_lost<T>(result: Result<T, Error>) {
    let error = result.err().expect("the device is lost");
    assert!(matches!(error, Error::Gpu(GpuError::Lost { .. })), "{error:?}");
    let sentence = error.to_string();
    assert!(sentence.starts_with("the GPU was lost: "), "{sentence}");
    assert!(sentence.ends_with("; open it again and resume from the last checkpoint"), "{sentence}");
}

#[test]
fn a_device_that_is_lost_while_training() {
    let (Some(gpu), folder) = (gpu(), tempfile::tempdir().expect("a temporary folder")) else { return };
    let file = folder.path().join("net.safetensors");
    let (written, lost) = (file.clone(), gpu.clone());
    let loser = thread::spawn(move || {
        while !written.exists() {
            thread::sleep(Duration::from_millis(1));
        }
        lose(&lost);
    });
    let (start, data) = (Net::new(Seed(1)), data());
    let mut net = start.clone();
    assert_lost(trainer().epochs(usize::MAX).checkpoint(&file, 2).on(&gpu).fit(&mut net, &data));
    loser.join().expect("the device is lost");
    assert_ne!(net.fingerprint(), start.fingerprint(), "the steps before were not for nothing");
    assert!(net.forward(&[0.5, 1.0, 2.0])[0].is_finite());
    assert_lost(net.on(&gpu).forward(&[0.5, 1.0, 2.0]));

    // The run goes on from the checkpoint, on a device that is opened anew, and ends like one that was never disturbed.
    let Ok(again) = Gpu::new() else { panic!("there is a GPU") };
    let saved = Net::load(&file).expect("a whole checkpoint");
    assert!(saved.forward(&[0.5, 1.0, 2.0])[0].is_finite());
    let mut resumed = start.clone();
    let history = trainer().epochs(300).resume(&file).on(&again).fit(&mut resumed, &data).expect("the GPU trains");
    let mut whole = start.clone();
    trainer().epochs(history.epochs.len()).on(&again).fit(&mut whole, &data).expect("the GPU trains");
    assert_eq!(resumed.fingerprint(), whole.fingerprint());
}

#[test]
fn a_device_that_was_lost_before() {
    let Some(gpu) = gpu() else { return };
    lose(&gpu);
    let start = Net::new(Seed(1));
    let mut net = start.clone();
    assert_lost(trainer().on(&gpu).fit(&mut net, &data()));
    assert_lost(trainer().on(&gpu).evaluate(&net, &data()));
    assert_lost(net.on(&gpu).forward(&[0.0; 3]));
    assert_eq!(net.fingerprint(), start.fingerprint());
}

#[test]
fn a_trainer_keeps_its_device() {
    let Some(gpu) = gpu() else { return };
    let flavour = gpu.flavour().expect("the adapter is exact");
    let (mut found, mut expected) = (Net::new(Seed(1)), Net::new(Seed(1)));
    let on_gpu = trainer().on(&gpu);
    drop(gpu);
    on_gpu.fit(&mut found, &data()).expect("the GPU trains");
    trainer().on(&Cpu::new().flavour(flavour)).fit(&mut expected, &data()).expect("the CPU trains");
    assert_eq!(found.fingerprint(), expected.fingerprint());
}

#[test]
fn a_batch_that_no_buffer_holds() {
    let Some(gpu) = gpu() else { return };
    let count = 80_000;
    let data = Dataset::new(vec![[1.0]; count], vec![[1.0]; count]).expect("as many targets as inputs");
    let start = Wide::new(Seed(1));
    let mut net = start.clone();
    let error = trainer().batch(count).on(&gpu).fit(&mut net, &data).expect_err("it is too large");
    let Error::Gpu(GpuError::TooLarge { what, bytes, limit }) = &error else { panic!("{error:?}") };
    assert!(what == "activations" && bytes > limit, "{error}");
    assert!(error.to_string().ends_with("in one buffer; try a smaller batch"), "{error}");
    assert_eq!(net.fingerprint(), start.fingerprint());
    trainer()
        .batch(8)
        .on(&gpu)
        .evaluate(&net, &Dataset::new(vec![[1.0]], vec![[1.0]]).expect("one of each"))
        .expect("the device still works");
}
