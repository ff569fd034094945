//! Networks with several inputs and outputs: their samples, losses and data.
#![forbid(unsafe_code)]

mod common;

use common::Random;
use common::gpu::gpu;
use loom::dtype::{F16, I8};
use loom::loss::Weighted;
use loom::prelude::*;
use loom::{FmaMode, Score};
use std::fs;

network! {
    /// A class and a place for a picture and a number.
    pub struct Detector(image: [1, 4, 5], age: [3]) -> (class, place) {
        let seen = image -> Conv2d<1, 2, 3> -> Relu -> Flatten;
        let all = Concat { seen | age } -> Dense<15, 9> -> Tanh -> Dropout<0.25>;
        let class = all -> Dense<9, 4>;
        let place = all -> Dense<9, 6> -> Reshape<2, 3>;
    }

    /// The same, as networks of one output.
    struct Class: [23] {
        let image = Slice<0, 0, 20> -> Reshape<1, 4, 5>;
        let seen = image -> Conv2d<1, 2, 3> -> Relu -> Flatten;
        let all = Concat { seen | input -> Slice<0, 20, 23> } -> Dense<15, 9> -> Tanh -> Dropout<0.25>;
        let class = all -> Dense<9, 4>;
        class
    }

    /// A sequence of tokens, and a number that is none.
    struct Reader(tokens: [4], weight: [1]) -> (next, score) {
        let words = tokens -> Embedding<7, 5>;
        let next = words -> Dense<5, 7>;
        let score = Concat { words -> Flatten | weight } -> Dense<21, 1>;
    }
}

type Targets = (u8, [[f32; 3]; 2]);

/// 37 samples: batches of 8 and a short one of 5.
fn data() -> Dataset<DetectorInput, Targets> {
    let mut random = Random(3);
    let inputs: Vec<DetectorInput> = random.samples(37, -2.0, 2.0);
    let place: Vec<[[f32; 3]; 2]> = random.samples(37, -1.0, 1.0);
    let targets = inputs.iter().zip(place).map(|(input, place)| (u8::from(input.age[0] > 0.0) + 2, place)).collect();
    Dataset::new(inputs, targets).expect("the data are sound")
}

fn losses() -> (CrossEntropy, Weighted<Huber>) {
    (CrossEntropy, Weighted::new(Huber::default(), 0.37))
}

#[test]
fn samples_are_plain_structs() {
    let mut input = DetectorInput { image: [[[1.0; 5]; 4]; 1], age: [2.0; 3] };
    assert_eq!((DetectorInput::LEN, DetectorOutput::LEN), (23, 10));
    assert_eq!(DetectorInput::flat(&[input])[19..21], [1.0, 2.0]);
    input.age[2] = 7.0;
    let copies = DetectorInput::vec_from_flat(DetectorInput::flat(&[input, input]).to_vec()).expect("two samples");
    assert_eq!(copies, [input; 2]);
    let [image, age] = Detector::PLAN.inputs else { panic!("there are two inputs") };
    assert_eq!((image.name, image.shape, age.name, age.shape), ("image", &[1, 4, 5][..], "age", &[3][..]));
    let [class, place] = Detector::PLAN.outputs else { panic!("there are two outputs") };
    assert_eq!((class.name, class.shape, place.name, place.shape), ("class", &[4][..], "place", &[2, 3][..]));
}

#[test]
fn each_output_is_that_of_a_network_of_its_own() {
    let (net, data) = (Detector::new(Seed(1)), data());
    let mut class = Class::new(Seed(2));
    for param in Class::PLAN.params {
        let values = net.weights().get(param.name).expect("the networks have the same layers").into_owned();
        class.weights_mut().set(param, values.into_iter()).expect("the shapes are the same");
    }
    let flat: Vec<[f32; 23]> = Sample::vec_from_flat(DetectorInput::flat(data.inputs()).to_vec()).expect("samples");
    let classes: Vec<[f32; 4]> = net.forward_batch(data.inputs()).iter().map(|output| output.class).collect();
    assert_eq!(classes, class.forward_batch(&flat));
    assert_eq!(net.forward(&data.inputs()[3]).class, classes[3]);
}

/// The gradient of the whole is the sum of the weighted gradients, each computed alone.
#[test]
fn losses_are_weighted_and_added() {
    let (net, data) = (Detector::new(Seed(1)), data());
    let mut tape = Tape::new(net.clone(), &Cpu::new());
    tape.forward(data.inputs(), Mode::Inference).expect("there is memory");
    tape.loss(&losses(), data.targets()).expect("the targets are sound");
    let whole = tape.score().expect("there is a loss");
    let d_outputs = tape.d_outputs().expect("the CPU has them").to_vec();
    let scores = tape.output_scores().expect("there is a loss").to_vec();

    let outputs = net.forward_batch(data.inputs());
    let mut expected = 0.0;
    for (i, (output, (class, place))) in outputs.iter().zip(data.targets()).enumerate() {
        let exponentials = output.class.map(|y| f64::from(y).exp());
        let total: f64 = exponentials.iter().sum();
        expected -= (exponentials[usize::from(*class)] / total).ln();
        for (k, e) in exponentials.iter().enumerate() {
            let wanted = (e / total - f64::from(u8::from(k == usize::from(*class)))) / 37.0;
            assert!((f64::from(d_outputs[i].class[k]) - wanted).abs() < 1e-6, "class {k} of sample {i}");
        }
        let errors = output.place.as_flattened().iter().zip(place.as_flattened());
        for ((y, t), d) in errors.zip(d_outputs[i].place.as_flattened()) {
            let e = f64::from(*y) - f64::from(*t);
            let weight = f64::from(0.37_f32);
            expected += weight * if e.abs() <= 1.0 { e * e / 2.0 } else { e.abs() - 0.5 } / 6.0;
            assert!((f64::from(*d) - weight * e.clamp(-1.0, 1.0) / (37.0 * 6.0)).abs() < 1e-7, "sample {i}");
        }
    }
    assert!((f64::from(whole.loss_sum) - expected).abs() < 1e-4, "{} {expected}", whole.loss_sum);
    assert_eq!((whole.rows, scores[0].rows, scores[1].rows), (37, 37, 37));
    assert!(scores[0].correct <= 37 && scores[1].correct == 0);
}

fn train(trainer: Trainer<Adam, (CrossEntropy, Weighted<Huber>)>) -> (loom::Fingerprint, Vec<[Option<Score>; 2]>) {
    let (mut net, data) = (Detector::new(Seed(1)), data());
    let trainer = trainer.batch(8).epochs(3).seed(Seed(5));
    let history = trainer.fit_validated(&mut net, &data, &data).expect("training succeeds");
    let scores: Vec<_> = history.epochs.into_iter().map(|epoch| [Some(epoch.training), epoch.validation]).collect();
    assert_eq!(trainer.evaluate(&net, &data).map(Some).ok(), history_end(&scores), "evaluate");
    (net.fingerprint(), scores)
}

fn history_end(scores: &[[Option<Score>; 2]]) -> Option<Option<Score>> {
    scores.last().map(|[_, validation]| validation.clone())
}

/// The targets of one loss are not those of another that the tape had before.
#[test]
fn a_tape_takes_another_kind_of_targets() {
    let (net, data) = (Detector::new(Seed(1)), data());
    let mut tape = Tape::new(net, &Cpu::new());
    tape.forward(data.inputs(), Mode::Inference).expect("there is memory");
    let outputs = tape.outputs().expect("the CPU has them").to_vec();
    tape.loss(&losses(), data.targets()).expect("the targets are sound");
    tape.loss(&Mse, &outputs).expect("the outputs are finite");
    assert_eq!(tape.score().expect("there is a loss").loss_sum, 0.0);
    let mut wrong = outputs.clone();
    wrong[3].place[1][0] = f32::NAN;
    assert!(tape.loss(&Mse, &wrong).is_err());
    tape.loss(&losses(), data.targets()).expect("the targets are sound");
}

#[test]
fn metrics_are_told_for_each_output() {
    let (_, scores) = train(Trainer::new(Adam::new(0.02), losses()));
    let [first, last] = [&scores[0], &scores[2]].map(|epoch| epoch[0].as_ref().expect("it was trained"));
    assert!(last.loss < first.loss && last.accuracy.is_none());
    let [class, place] = last.outputs.as_slice() else { panic!("there are two outputs") };
    assert!(class.accuracy.is_some_and(|share| share > 0.4) && place.accuracy.is_none());
    assert!((last.loss - (class.loss + f64::from(0.37_f32) * place.loss)).abs() < 1e-12);
}

#[test]
fn cpu_and_gpu_train_to_the_same_bits() {
    let Some(gpu) = gpu() else { return };
    let cpu = Cpu::new().fma_mode(gpu.fma_mode().expect("the adapter is exact"));
    let trainer = || Trainer::new(Adam::new(0.02), losses());
    let expected = train(trainer().on(&cpu));
    assert_eq!(train(trainer().on(&cpu.clone().threads(5))), expected, "five threads");
    assert_eq!(train(trainer().on(&gpu)), expected, "{}", gpu.name());
    assert_eq!(train(trainer().on(&gpu.clone().data_limit(100))), expected, "streamed");
}

#[test]
fn a_run_goes_on_from_its_checkpoint() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, data) = (folder.path().join("run.safetensors"), data());
    let trainer = || Trainer::new(Adam::new(0.02), losses()).batch(8).epochs(3).seed(Seed(5));
    let mut whole = Detector::new(Seed(1));
    let expected = trainer().fit_validated(&mut whole, &data, &data).expect("training succeeds");
    for steps in [5, 7, 12] {
        let mut part = Detector::new(Seed(1));
        trainer().checkpoint(&file, steps).fit_validated(&mut part, &data, &data).expect("training succeeds");
    }
    let mut part = Detector::new(Seed(1));
    trainer().epochs(1).checkpoint(&file, 3).fit_validated(&mut part, &data, &data).expect("training succeeds");
    let mut resumed = Detector::new(Seed(7));
    let found = trainer().resume(&file).fit_validated(&mut resumed, &data, &data).expect("it goes on");
    assert_eq!(resumed.fingerprint(), whole.fingerprint());
    let scores = |history: &loom::History| {
        history.epochs.iter().map(|epoch| (epoch.training.clone(), epoch.validation.clone())).collect::<Vec<_>>()
    };
    assert_eq!(scores(&found), scores(&expected));
    // Another weight is another run.
    let other = (CrossEntropy, Weighted::new(Huber::default(), 0.38));
    let other = Trainer::new(Adam::new(0.02), other).batch(8).epochs(3).seed(Seed(5));
    let error = other.resume(&file).fit_validated(&mut resumed, &data, &data).expect_err("the weight is another");
    assert!(error.to_string().contains("it was made with loss"), "{error}");
}

#[test]
fn bad_settings_and_targets_are_told() {
    let (mut net, data) = (Detector::new(Seed(1)), data());
    let error = |error: Result<loom::History, loom::Error>| error.expect_err("it is refused").to_string();
    for weight in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let losses = (CrossEntropy, Weighted::new(Mse, weight));
        let message = error(Trainer::new(Adam::new(0.02), losses).fit(&mut net, &data));
        assert!(message.contains("weight") && message.contains("finite and above 0"), "{message}");
    }
    let trainer = Trainer::new(Adam::new(0.02), losses()).accuracy(loom::loss::Accuracy::ArgMax);
    assert!(error(trainer.fit(&mut net, &data)).contains("several outputs"));
    let targets = data.targets().iter().map(|(_, place)| (4_u8, *place)).collect();
    let beyond = Dataset::new(data.inputs().to_vec(), targets).expect("the data are sound");
    let message = error(Trainer::new(Adam::new(0.02), losses()).fit(&mut net, &beyond));
    assert_eq!(message, "target 0 of the data set is class 4, but the network has classes 0 to 3");
    let mut targets = data.targets().to_vec();
    targets[5].1[1][2] = f32::NAN;
    let broken = Dataset::new(data.inputs().to_vec(), targets).expect("the data are sound");
    let message = error(Trainer::new(Adam::new(0.02), losses()).fit(&mut net, &broken));
    assert_eq!(message, "target 5 of the data set has NaN at index 5; Huber takes finite values");
}

#[test]
fn only_tokens_must_be_tokens() {
    let mut net = Reader::new(Seed(1));
    let input = |tokens: [f32; 4], weight: f32| ReaderInput { tokens, weight: [weight] };
    let targets = vec![([1_u8, 2, 3, 4], [0.5_f32]); 2];
    let data = |inputs| Dataset::new(inputs, targets.clone()).expect("the data are sound");
    let trainer = Trainer::new(Adam::new(0.02), (CrossEntropy, Mse));
    let good = data(vec![input([0.0, 6.0, 1.0, 2.0], -33.5), input([3.0; 4], 1e6)]);
    let score = trainer.fit(&mut net, &good).expect("the numbers behind the tokens are free").last().training.clone();
    assert!(score.outputs[0].loss > 0.0);
    let bad = data(vec![input([0.0; 4], 1.0), input([0.0, 7.0, 0.0, 0.0], 1.0)]);
    let message = trainer.fit(&mut net, &bad).expect_err("7 is no token").to_string();
    assert_eq!(message, "input 1 of the data set has 7 at index 1, but the network has tokens 0 to 6");
}

#[test]
fn files_and_formats_know_nothing_of_it() {
    let (net, data) = (Detector::new(Seed(1)), data());
    let bytes = net.to_bytes().expect("the weights are finite");
    let loaded = Detector::from_bytes(&bytes).expect("it was saved");
    assert_eq!(loaded.forward_batch(data.inputs()), net.forward_batch(data.inputs()));
    let half: Detector<F16> = net.quantize().expect("the weights are finite");
    let codes: Detector<I8> =
        net.quantize_calibrated(&Default::default(), data.inputs(), 1.0).expect("inputs are finite");
    for (a, b) in half.forward_batch(data.inputs()).iter().zip(codes.forward_batch(data.inputs())) {
        let [a, b] = [a, &b].map(|output| DetectorOutput::flat(std::slice::from_ref(output)).to_vec());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.1));
    }
    if let Some(gpu) = gpu() {
        let cpu = Cpu::new().fma_mode(gpu.fma_mode().unwrap_or(FmaMode::Fused));
        let [expected, found] = [net.on(&cpu).forward_batch(data.inputs()), net.on(&gpu).forward_batch(data.inputs())];
        assert_eq!(found.expect("it runs"), expected.expect("it runs"));
    }
}

#[test]
fn the_manifest_tells_inputs_and_outputs() {
    let folder = tempfile::tempdir().expect("a folder");
    loom::export(&Detector::new(Seed(1)), 4, folder.path()).expect("the folder can be written");
    let text = fs::read(folder.path().join("network.json")).expect("it was written");
    let manifest: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(manifest["input"]["size"], 92);
    assert_eq!(manifest["input"]["parts"][1], serde_json::json!({ "name": "age", "shape": [3], "offset": 80 }));
    assert_eq!(manifest["output"]["parts"][0], serde_json::json!({ "name": "class", "shape": [4], "offset": 0 }));
    assert_eq!(manifest["output"]["parts"][1], serde_json::json!({ "name": "place", "shape": [2, 3], "offset": 16 }));
}
