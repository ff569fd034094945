//! Samples and outputs of any size on threads of little stack, and sizes for which there is no memory.
//!
//! These tests are to be compiled as a user's debug build is, where nothing takes an array off the stack that the source puts
//! there. A stack that overflows ends the process.

mod common;

use common::gpu::gpu;
use common::{Random, assert_same_bits};
use loom::data::Idx;
use loom::dtype::{F4, F32};
use loom::prelude::*;
use loom::quantize::Rounding;
use loom::{Error, MAX_BY_VALUE, export};
use std::panic::{catch_unwind, resume_unwind};
use std::slice;
use std::thread;

/// The stack of a thread, unless it asks for another.
const THREAD: usize = 2 << 20;

/// The stack for what has no sample on it, of which each here is larger.
const LITTLE: usize = 256 << 10;

/// Calls `f` on a thread of so many bytes of stack.
fn on_stack(bytes: usize, f: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(bytes).spawn(f).expect("a thread can be started");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic));
}

type Image = [[[f32; 224]; 224]; 3];
type Photo = [[[u8; 224]; 224]; 3];

network! {
    /// The largest output that is passed by value.
    struct Limit { Dense<2, 65_536, bias = false> }
    struct OneMegabyte { Dense<2, 262_144, bias = false> }
    struct FourMegabytes { Dense<2, 1_048_576, bias = false> -> Relu }
    struct SixteenMegabytes { Dense<1, 4_194_304, bias = false> }
    struct Filter: [3, 224, 224] { Conv2d<3, 3, 1> -> Relu }
    struct Classifier: [3, 224, 224] { Conv2d<3, 4, 8, stride = 8> -> Relu -> GlobalAvgPool -> Dense<4, 2> }
}

/// An image of random values, which are not made on the stack.
fn images(count: usize) -> Vec<Image> {
    Random(7).samples(count, -1.0, 1.0)
}

#[test]
fn outputs_by_value_up_to_the_limit() {
    assert_eq!(size_of::<<Limit as Model>::Output>(), MAX_BY_VALUE);
    on_stack(THREAD, || {
        let (net, cpu, input) = (Limit::new(Seed(1)), Cpu::new().threads(2), [0.5, -1.0]);
        let expected = net.forward_boxed(&input);
        let output = net.forward(&input);
        assert_same_bits(|| "inherent".to_owned(), slice::from_ref(&*expected), &[output]);
        let output = Network::forward(&net, &input);
        assert!(output == *expected);
        let handle = net.on(&cpu);
        for _ in 0..2 {
            let output = handle.forward(&input).expect("there is memory");
            assert!(output == *expected);
        }
    });
}

/// All ways to an output that is too large for the stack: they give the same bits.
fn check_outputs<N: Network<Precision = F32>>() {
    assert!(size_of::<N::Output>() > MAX_BY_VALUE);
    let (net, cpu) = (N::new(Seed(1)), Cpu::new().threads(2));
    let inputs: Vec<N::Input> = Random(3).samples(3, -1.0, 1.0);
    let expected = net.forward_batch(&inputs);
    assert!(N::Output::flat(&expected).iter().any(|&value| value != 0.0));
    let same = |what: &str, found: &[N::Output]| {
        assert_same_bits(|| format!("{}: {what}", N::PLAN.name), &expected[..found.len()], found);
    };
    let handle = net.on(&cpu);
    same("forward_boxed", slice::from_ref(&*net.forward_boxed(&inputs[0])));
    same("forward_boxed of a handle", slice::from_ref(&*handle.forward_boxed(&inputs[0]).expect("there is memory")));
    same("forward_batch of a handle", &handle.forward_batch(&inputs).expect("there is memory"));
    same("forward_scaled of a handle", &handle.forward_scaled(&inputs, 1.0).expect("there is memory"));
    let mut outputs = N::Output::zeroed_vec(3).expect("there is memory");
    net.forward_into(&inputs, &mut outputs).expect("there is room");
    same("forward_into", &outputs);
    outputs.truncate(1);
    handle.forward_into(&inputs[1..2], &mut outputs).expect("there is room");
    assert_same_bits(|| "forward_into of a handle".to_owned(), &expected[1..2], &outputs);
    let refused = net.forward_into(&inputs, &mut outputs).unwrap_err();
    assert_eq!(refused.to_string(), "there are 3 inputs but room for 1 outputs");
}

#[test]
fn outputs_on_the_heap() {
    on_stack(LITTLE, || {
        check_outputs::<OneMegabyte>();
        check_outputs::<FourMegabytes>();
        check_outputs::<SixteenMegabytes>();
        check_outputs::<Filter>();
    });
    // The methods that are there without the trait.
    let net = OneMegabyte::new(Seed(1));
    let mut output = net.forward_boxed(&[0.5, -1.0]);
    let expected = output.clone();
    output.fill(0.0);
    net.forward_into(&[[0.5, -1.0]], slice::from_mut(&mut *output)).expect("there is room");
    assert!(output == expected);
}

#[test]
fn samples_on_the_heap() {
    on_stack(LITTLE, || {
        let mut image = Image::zeroed_box();
        assert!(Image::flat(slice::from_ref(&*image)).iter().all(|&value| value == 0.0));
        image[2][223][1] = 5.0;
        let copy = Image::box_from_flat(Image::flat(slice::from_ref(&*image))).expect("the length is right");
        assert!(image == copy && copy[2][223][1] == 5.0);

        let flat: Vec<f32> = Random(1).samples(2 * Image::LEN, -1.0, 1.0);
        let images = Image::vec_from_flat(flat.clone()).expect("the length is right");
        assert_eq!((images.len(), images[1][0][0][3]), (2, flat[Image::LEN + 3]));
        // A vector with room for more than it holds.
        let mut roomy = flat.clone();
        roomy.reserve_exact(flat.len() + 1);
        assert!(Image::vec_from_flat(roomy).expect("the length is right") == images);

        let mut file = vec![0, 0, 8, 4, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 224, 0, 0, 0, 224];
        file.extend((0..2 * Photo::LEN).map(|i| (i % 251) as u8));
        let photos = Idx::parse(file).and_then(Idx::into_samples::<Photo>).expect("the file is sound");
        assert_eq!((photos.len(), photos[1][0][0][2]), (2, ((Photo::LEN + 2) % 251) as u8));
    });
}

#[test]
fn flat_values_that_are_no_samples() {
    let text = |error: Error| error.to_string();
    let vec = |len| <[[f32; 2]; 3]>::vec_from_flat(vec![0.0; len]);
    assert_eq!(vec(0).expect("no samples").len(), 0);
    assert_eq!(vec(12).expect("two samples").len(), 2);
    assert_eq!(text(vec(7).unwrap_err()), "7 values do not divide into samples of 6 values each");
    let boxed = |len| <[[f32; 2]; 3]>::box_from_flat(&vec![0.0; len]);
    assert_eq!(*boxed(6).expect("a sample"), [[0.0; 2]; 3]);
    assert_eq!(text(boxed(12).unwrap_err()), "there are 12 values for a sample, which has 6");

    // A sample of no values.
    assert!(<[f32; 0]>::vec_from_flat(Vec::with_capacity(5)).expect("no samples").is_empty());
    let some = <[f32; 0]>::vec_from_flat(vec![1.0]).unwrap_err();
    assert_eq!(text(some), "1 values do not divide into samples of 0 values each");
    let nothing = Dataset::new(vec![[0.0_f32; 0]; 3], vec![0_u8; 3]).expect("nothing is wrong with nothing");
    nothing.scaled(2.0).expect("0 values").gather_inputs(&[2, 0], &mut []);
    assert_eq!(*<[[u8; 3]; 0]>::box_from_flat(&[]).expect("a sample"), [[0; 3]; 0]);
    assert_eq!(<[f32; 0]>::zeroed_vec(3).expect("no memory is needed").len(), 3);

    let data = |pixels, labels| Dataset::<[[f32; 2]; 3], u8>::from_flat(vec![0.0; pixels], vec![1; labels]);
    assert_eq!(data(12, 2).expect("two samples").inputs(), [[[0.0; 2]; 3]; 2]);
    assert_eq!(text(data(13, 2).unwrap_err()), "13 values do not divide into samples of 6 values each");
    assert_eq!(text(data(12, 3).unwrap_err()), "the data set has 2 inputs but 3 targets");
    assert_eq!(text(data(0, 0).unwrap_err()), "the data set is empty");
    let infinite = Dataset::<[f32; 2], u8>::from_flat(vec![0.0, 0.0, 0.0, f32::INFINITY], vec![0, 0]).unwrap_err();
    assert_eq!(text(infinite), "input 1 of the data set has inf at index 1");
}

#[test]
fn training() {
    on_stack(LITTLE, || {
        let pixels: Vec<f32> = Random(5).samples(4 * Image::LEN, -1.0, 1.0);
        let data = Dataset::<Image, u8>::from_flat(pixels.clone(), vec![0, 1, 1, 0]).expect("the data are sound");
        let (training, validation) = data.clone().split_at(2).expect("both have samples");
        assert!(data.inputs()[..2] == *training.inputs() && data != training);
        let trainer = Trainer::new(Adam::new(1e-3), CrossEntropy).batch(2);
        let mut net = Classifier::new(Seed(1));
        let before = net.fingerprint();
        let history = trainer.fit_validated(&mut net, &training, &validation).expect("training succeeds");
        assert!(net.fingerprint() != before && history.last().validation.is_some());
        trainer.evaluate(&net, &data).expect("the data are sound");

        let calibrated = net.quantize_calibrated::<F4>(&Rounding::new(), data.inputs(), 1.0);
        let mut small = calibrated.expect("the weights are finite");
        net.on(&Cpu::new()).calibration(data.inputs(), 1.0).expect("the data are sound");
        trainer.fine_tune(&mut small, &training).expect("training succeeds");

        // Targets that are arrays as large as the inputs, and inputs of bytes.
        let targets = Image::vec_from_flat(pixels).expect("the length is right");
        let data = Dataset::<Photo, Image>::from_flat(vec![100; 4 * Photo::LEN], targets).expect("the data are sound");
        let data = data.scaled(1.0 / 255.0).expect("the scale is finite");
        let mut filter = Filter::new(Seed(1));
        let trainer = Trainer::new(Sgd::new(0.1), Mse).batch(2);
        let score = |net: &Filter| trainer.evaluate(net, &data).expect("the data are sound").loss;
        let before = score(&filter);
        trainer.fit(&mut filter, &data).expect("training succeeds");
        assert!(score(&filter) < before);
    });
}

#[test]
fn a_tape() {
    on_stack(LITTLE, || {
        let (net, inputs) = (Filter::new(Seed(1)), images(2));
        let mut tape = Tape::new(net.clone(), &Cpu::new());
        tape.reserve(2).expect("there is memory");
        tape.forward(&inputs, Mode::Inference).expect("there is memory");
        let outputs = tape.outputs().expect("the CPU has them");
        assert_same_bits(|| "the tape".to_owned(), &net.forward_batch(&inputs), outputs);
        tape.loss(&Mse, &inputs).expect("the targets are sound");
        tape.backward_to_inputs().expect("there is a gradient of the outputs");
        assert!(Image::flat(tape.d_inputs().expect("the CPU has them")).iter().any(|&value| value != 0.0));
        tape.set_d_outputs(&inputs).expect("there are outputs");
    });
}

#[test]
fn tensors() {
    type Matrix = [[f32; 1024]; 1024];
    on_stack(LITTLE, || {
        let a = Tensor::<Matrix>::from_fn(|[row, column]| (row * 1024 + column) as f32);
        let boxed = a.to_boxed_array();
        assert_eq!(boxed[3][5], 3077.0);
        let b = Tensor::from(&*boxed);
        assert!(a == b && a.bits_eq(&Tensor::from_slice(a.as_slice()).expect("the length is right")));
        let mut c = (&a + &b).transpose().map(|x| 0.5 * x);
        assert_eq!(c[[5, 3]], 3077.0);
        c.as_mut_array()[0][0] = 1.0;
        assert_eq!(c.as_array()[0][0], 1.0);
        assert_eq!(c.reshape::<[f32; 1_048_576]>()[[1]], 1024.0);
        assert_eq!(
            format!("{:?}", Tensor::<Matrix>::default()),
            format!("Tensor [1024, 1024] [{}..]", "0.0, ".repeat(8))
        );

        // From a network and back.
        let net = Filter::new(Seed(1));
        let image = Tensor::from(&images(1)[0]);
        let output = Tensor::from(&*net.forward_boxed(image.as_array()));
        assert_eq!(output.relu().as_slice(), output.as_slice());
    });
}

#[test]
fn exports_and_files() {
    on_stack(LITTLE, || {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let net = Filter::new(Seed(1));
        export(&net, 2, folder.path().join("filter")).expect("the folder can be written");
        let path = folder.path().join("filter.safetensors");
        net.save(&path).expect("the file can be written");
        let loaded = Filter::load(&path).expect("the file is sound");
        assert!(loaded.forward_boxed(&images(1)[0]) == net.forward_boxed(&images(1)[0]));
    });
}

#[test]
fn on_a_gpu() {
    let Some(gpu) = gpu() else { return };
    on_stack(THREAD, move || {
        let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
        let (net, inputs) = (Filter::new(Seed(1)), images(2));
        let expected = net.on(&cpu).forward_batch(&inputs).expect("there is memory");
        let handle = net.on(&gpu);
        let found = handle.forward_batch(&inputs).expect("the GPU computes");
        assert_same_bits(|| "forward_batch".to_owned(), &expected, &found);
        let found = handle.forward_boxed(&inputs[0]).expect("the GPU computes");
        assert_same_bits(|| "forward_boxed".to_owned(), &expected[..1], slice::from_ref(&*found));
        let mut outputs = Image::zeroed_vec(2).expect("there is memory");
        handle.forward_into(&inputs, &mut outputs).expect("the GPU computes");
        assert_same_bits(|| "forward_into".to_owned(), &expected, &outputs);
        let refused = handle.forward_into(&inputs[..1], &mut outputs).unwrap_err();
        assert_eq!(refused.to_string(), "there are 1 inputs but room for 2 outputs");

        let data = Dataset::new(inputs, vec![0_u8, 1]).expect("the data are sound");
        let trainer = Trainer::new(Adam::new(1e-3), CrossEntropy).batch(2);
        let mut nets = [Classifier::new(Seed(1)), Classifier::new(Seed(1))];
        trainer.clone().on(&cpu).fit(&mut nets[0], &data).expect("training succeeds");
        trainer.on(&gpu).fit(&mut nets[1], &data).expect("training succeeds");
        assert_eq!(nets[0].fingerprint(), nets[1].fingerprint());

        let limit = Limit::new(Seed(1));
        let by_value = || -> Result<(), Error> {
            let (output, input) = (limit.on(&gpu).forward(&[0.5, -1.0])?, [0.5, -1.0]);
            assert!(output == *limit.on(&cpu).forward_boxed(&input)?);
            Ok(())
        };
        by_value().expect("the GPU computes");
    });
}

/// A petabyte of outputs, and batches of which the activations are no less, are errors; none ends the process.
#[test]
fn more_than_there_is_memory_for() {
    let (net, cpu) = (SixteenMegabytes::new(Seed(1)), Cpu::new());
    // Nobody writes them, so that they are no more than addresses.
    let inputs = <[u8; 1]>::zeroed_vec(1 << 26).expect("there is memory");
    let refused = |what: &str, error: Error| {
        assert!(matches!(error, Error::Memory { .. }), "{what}: {error}");
        assert_eq!(error.to_string(), format!("there is no memory for {} bytes of {what}", 1_u64 << 50));
    };
    let handle = net.on(&cpu);
    refused("outputs", handle.forward_scaled(&inputs, 1.0).unwrap_err());
    refused("samples", <[f32; 1 << 22]>::zeroed_vec(1 << 26).unwrap_err());
    let calibration = handle.calibration(&inputs, 1.0).unwrap_err();
    assert!(matches!(calibration, Error::Memory { what: "activations", .. }), "{calibration}");

    let panic = catch_unwind(|| net.forward_batch(&<[f32; 1]>::zeroed_vec(1 << 26).expect("there is memory")));
    let message = panic.map(|_| ()).expect_err("there is no memory");
    let message = message.downcast_ref::<String>().expect("a message");
    assert_eq!(*message, format!("there is no memory for {} bytes of outputs", 1_u64 << 50));

    let mut tape = Tape::new(net.clone(), &cpu);
    for batch in [1 << 26, usize::MAX] {
        let error = tape.reserve(batch).unwrap_err();
        assert!(matches!(error, Error::Memory { what: "activations", .. }), "{error}");
    }
    tape.reserve(1).expect("what was refused leaves the tape as it was");
    let data = Dataset::new(vec![[0_u8]; 1 << 24], vec![0_u8; 1 << 24]).expect("the data are sound");
    let trainer = Trainer::new(Sgd::new(0.1), CrossEntropy).batch(usize::MAX);
    let error = trainer.evaluate(&net, &data).unwrap_err();
    assert!(matches!(error, Error::Memory { what: "activations", .. }), "{error}");
    let error = trainer.fit(&mut net.clone(), &data).unwrap_err();
    assert!(matches!(error, Error::Memory { what: "activations", .. }), "{error}");
}

/// A batch of any size that is more than the data set trains as one of the data set does.
#[test]
fn a_batch_of_any_size() {
    let data = Dataset::new(vec![[0.5_f32, 1.0]; 3], vec![0_u8, 1, 0]).expect("the data are sound");
    let fit = |batch| {
        let mut net = network![Dense<2, 3> -> Tanh -> Dense<3, 2>];
        Trainer::new(Adam::new(0.1), CrossEntropy).batch(batch).epochs(3).fit(&mut net, &data).expect("it trains");
        net.fingerprint()
    };
    assert_eq!(fit(usize::MAX), fit(3));
}
