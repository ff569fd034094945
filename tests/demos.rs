//! The demos as a user runs them: through their command lines, with the files that they write.

use harness::clusters::clusters;
use harness::mnist::Arguments;
use harness::text::Markov;
use harness::{Data, Defaults, Demo, DeviceChoice, Options, Random, Trained, sequences, text};
use loom::Sample;
use loom::loss::Accuracy;
use loom::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "common/gpu.rs"]
mod gpu;
use gpu::gpu;

#[path = "../examples/char_lm.rs"]
#[allow(dead_code)]
mod char_lm;
#[path = "../examples/conv1d_sequence.rs"]
#[allow(dead_code)]
mod conv1d_sequence;
#[path = "../examples/conv2d_mnist.rs"]
#[allow(dead_code)]
mod conv2d_mnist;
#[path = "../examples/dense_xor.rs"]
#[allow(dead_code)]
mod dense_xor;
#[path = "../examples/dqn_cartpole.rs"]
#[allow(dead_code)]
mod dqn_cartpole;
#[path = "../examples/gan_ring.rs"]
#[allow(dead_code)]
mod gan_ring;
#[path = "../examples/lstm_memory.rs"]
#[allow(dead_code)]
mod lstm_memory;
#[path = "../examples/mha_attention.rs"]
#[allow(dead_code)]
mod mha_attention;
#[path = "../examples/norm_comparison.rs"]
#[allow(dead_code)]
mod norm_comparison;
#[path = "../examples/rnn_sequence.rs"]
#[allow(dead_code)]
mod rnn_sequence;
#[path = "../examples/swiglu_mlp.rs"]
#[allow(dead_code)]
mod swiglu_mlp;
#[path = "../examples/vae_mnist.rs"]
#[allow(dead_code)]
mod vae_mnist;

/// Runs a demo with its default seed; gives its JSON, and the plot's SVG under `plot`.
fn run(
    folder: &Path,
    [epochs, batch, threads]: [usize; 3],
    device: DeviceChoice,
    demo: impl FnOnce(Options) -> Result<(), harness::Failure>,
) -> serde_json::Value {
    let [json, plot] = ["new/report.json", "new/plot.svg"].map(|name| folder.join(name));
    let options = Options {
        seed: 42,
        epochs,
        batch,
        fine_tune: 0,
        samples: None,
        threads: Some(threads),
        device: Some(device),
        out: folder.join("weights.safetensors"),
        json: Some(json.clone()),
        plot: Some(plot.clone()),
    };
    demo(options).expect("the demo runs");
    let read = |path| fs::read_to_string(path).expect("the demo wrote its files");
    let mut report: serde_json::Value = serde_json::from_str(&read(json)).expect("the report is JSON");
    report["plot"] = read(plot).into();
    report
}

#[test]
fn dense_xor_gives_the_fingerprint_of_the_readme() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for threads in [1, 2, 5] {
        let report = run(folder.path(), [500, 4, threads], DeviceChoice::Cpu, |options| {
            dense_xor::demo(options, harness::NoArguments)
        });
        assert_eq!(report["demo"], "dense_xor");
        let network = &report["networks"][0];
        assert_eq!(network["parameters"], 105);
        assert_eq!(network["accuracy"], 1.0, "XOR is solved");
        let fingerprint = network["fingerprint"].as_str().expect("a fingerprint");
        assert!(include_str!("../README.md").contains(fingerprint), "{threads} threads give {fingerprint}");
    }
}

/// Demos with training steps of their own, at their default settings.
#[test]
fn networks_that_teach_each_other_or_themselves() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let readme = include_str!("../README.md");
    macro_rules! check {
        ($($demo:ident $epochs:literal $arguments:expr;)*) => {$(
            let report = run(folder.path(), [$epochs, 64, 2], DeviceChoice::Cpu, |options| {
                $demo::demo(options, $arguments)
            });
            for network in report["networks"].as_array().expect("networks") {
                let fingerprint = network["fingerprint"].as_str().expect("a fingerprint");
                assert!(readme.contains(fingerprint), "{} {fingerprint}", stringify!($demo));
            }
        )*};
    }
    check! {
        gan_ring 20 harness::NoArguments;
        dqn_cartpole 30 harness::NoArguments;
        vae_mnist 10 Arguments { data: None };
    }
    run(folder.path(), [1, 4, 1], DeviceChoice::Cpu, |options| {
        let error = |wrong| gan_ring::demo(wrong, harness::NoArguments).expect_err("it is refused").to_string();
        let expected = "gan_ring has no F4 network: `--fine-tune` is for other demos";
        assert_eq!(error(Options { fine_tune: 1, ..options.clone() }), expected);
        let expected = "gan_ring has no data set: `--samples` is for other demos";
        assert_eq!(error(Options { samples: Some(9), ..options.clone() }), expected);
        gan_ring::demo(options, harness::NoArguments)
    });
}

/// The whole run takes minutes in a debug build, so this one learns from 1,000 images.
#[test]
fn conv2d_mnist_gives_the_same_on_two_threads_and_learns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_idx(folder.path(), "train", 1000);
    write_idx(folder.path(), "t10k", 333);
    let reports = [1, 2].map(|threads| {
        run(folder.path(), [2, 64, threads], DeviceChoice::Cpu, |options| {
            conv2d_mnist::demo(options, Arguments { data: Some(folder.path().to_owned()) })
        })
    });
    let networks = reports.each_ref().map(|report| &report["networks"][0]);
    assert_eq!(networks[0]["fingerprint"], networks[1]["fingerprint"]);
    assert_eq!(networks[0]["parameters"], 764_858);
    assert!(networks[0]["accuracy"].as_f64().expect("an accuracy") > 0.6, "{}", networks[0]["accuracy"]);
}

network! {
    struct Wide { Dense<2, 8> -> Tanh -> Dense<8, 1> -> Sigmoid }
}

network! {
    struct Deep { Dense<2, 8> -> Relu -> Dense<8, 8> -> Relu -> Dense<8, 1> -> Sigmoid }
}

/// A demo of two networks.
fn comparison(options: Options) -> Result<(), harness::Failure> {
    let inputs = vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let cases = Dataset::new(inputs, vec![[0.0], [1.0], [1.0], [0.0]])?;
    let data = Data { test: cases.clone(), training: cases };
    let trainer = options.trainer(Adam::new(0.02), Mse).accuracy(Accuracy::Threshold(0.5));
    let defaults = Defaults { name: "comparison", about: "compares two networks", epochs: 30, batch: 4, fine_tune: 0 };
    let mut demo = Demo::new(defaults, &options)?;
    let wide: Trained<Wide> = demo.train("Wide", &data, &trainer)?;
    let deep: Trained<Deep> = demo.train("Deep", &data, &trainer)?;
    assert_eq!(wide.score, trainer.evaluate(&wide.net, &data.test)?);
    assert_eq!(deep.score, trainer.evaluate(&deep.net, &data.test)?);
    demo.finish()
}

#[test]
fn two_networks_are_reported_and_drawn_side_by_side() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = run(folder.path(), [30, 4, 1], DeviceChoice::Cpu, comparison);
    let names = ["Wide", "Deep"];
    for (i, name) in names.into_iter().enumerate() {
        let network = &report["networks"][i];
        assert_eq!(network["network"], name);
        assert_eq!(network["history"].as_array().map(Vec::len), Some(30), "{name}");
        assert_eq!(network["formats"].as_array().map(Vec::len), Some(13), "{name}");
        assert!(folder.path().join(format!("weights.{}.safetensors", name.to_lowercase())).exists(), "{name}");
    }
    let plot = report["plot"].as_str().expect("the plot is text");
    assert!(plot.starts_with("<svg") && plot.trim_end().ends_with("</svg>"), "{plot}");
    for text in ["comparison", "training loss", "training accuracy in %", "epoch", "Wide", "Deep"] {
        assert!(plot.contains(text), "the plot does not name {text:?}");
    }
    for colour in ["#0072B2", "#D55E00"] {
        let lines = plot.lines().filter(|line| line.starts_with("<polyline") && line.contains(colour)).count();
        assert_eq!(lines, 4, "{colour}: a line and a legend in each panel");
    }
}

#[test]
fn a_fine_tuned_network_has_a_row_and_a_file_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = run(folder.path(), [300, 4, 1], DeviceChoice::Cpu, |options| {
        dense_xor::demo(Options { fine_tune: 20, ..options }, harness::NoArguments)
    });
    let network = &report["networks"][0];
    let rows = |key: &str| network[key].as_array().expect("rows").clone();
    let (formats, calibrated, tuned) = (rows("formats"), rows("calibrated"), rows("fine_tuned"));
    assert_eq!((formats.len(), calibrated.len(), tuned.len()), (13, 3, 1));
    assert_eq!((&formats[4]["dtype"], &tuned[0]["dtype"]), (&"F4".into(), &"F4 fine-tuned".into()));
    for row in [&calibrated[2], &tuned[0]] {
        assert_eq!(formats[4]["bits_per_weight"], row["bits_per_weight"], "{row}");
        assert!(row["running_bytes"].as_u64() > row["ram_bytes"].as_u64(), "{row}");
    }
    for name in ["weights.f4-calibrated.safetensors", "weights.f4-fine-tuned.safetensors"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

/// One file that cannot be written costs neither the results nor the other file.
#[test]
fn files_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [file, blocked] = ["file", "file/below"].map(|name| folder.path().join(name));
    fs::write(&file, "").expect("the folder can be written");
    let options = |json: PathBuf, plot: PathBuf| Options {
        seed: 42,
        epochs: 1,
        batch: 4,
        fine_tune: 0,
        samples: None,
        threads: Some(1),
        device: Some(DeviceChoice::Cpu),
        out: folder.path().join("weights.safetensors"),
        json: Some(json),
        plot: Some(plot),
    };
    let [json, plot] = ["report.json", "plot.svg"].map(|name| folder.path().join(name));
    let error = |options| dense_xor::demo(options, harness::NoArguments).expect_err("a file is in the way").to_string();

    let text = error(options(json.clone(), blocked.clone()));
    assert!(text.starts_with(&format!("cannot create `{}`: ", file.display())), "{text}");
    assert!(json.exists() && folder.path().join("weights.safetensors").exists());
    let text = error(options(folder.path().to_owned(), plot.clone()));
    assert!(text.starts_with(&format!("cannot write `{}`: ", folder.path().display())), "{text}");
    assert!(plot.exists());
}

/// Generated data come from their seed alone, and each class has its share of them.
fn check_generated<X: Sample + PartialEq>(
    name: &str,
    classes: usize,
    make: impl Fn(u64) -> Result<Data<X, u8>, harness::Failure>,
) {
    let make = |seed| make(seed).expect("the data are sound");
    let (data, again, other) = (make(42), make(42), make(43));
    assert!(data.training == again.training && data.test == again.test, "{name} are not the same twice");
    assert!(data.training != other.training && data.test != other.test, "{name} do not depend on the seed");
    assert!(!data.training.inputs().contains(&data.test.inputs()[0]), "{name} are tested by what they are trained on");
    for part in [&data.training, &data.test] {
        let mut counts = vec![0; classes];
        part.targets().iter().for_each(|&class| counts[usize::from(class)] += 1);
        let expected = part.len() / classes;
        assert!(counts.iter().all(|&count| count == expected || count == expected + 1), "{name}: {counts:?}");
    }
}

#[test]
fn generated_data_come_from_their_seed_in_equal_classes() {
    check_generated("trends", 2, sequences::trends);
    check_generated("patterns", 3, sequences::patterns);
    check_generated("markers", 3, sequences::markers);
    check_generated("repeats", 4, sequences::repeats);
    check_generated("clusters", 10, |seed| clusters::<128>(seed, 4));
}

#[test]
fn the_novel_is_tokens_with_those_that_come_next() {
    let text = text::novel().expect("the novel has no other characters");
    assert_eq!([text.training.len(), text.held_out.len()], [416_997, 46_339]);
    assert!(text::ALPHABET.is_sorted(), "its places are found by halving");
    let all = [text.training.as_slice(), &text.held_out].concat();
    for (token, character) in (0..).zip(text::ALPHABET) {
        assert_eq!(all.contains(&token), *character != b'X', "{:?}", char::from(*character));
    }
    let start = text::decode(&all[..51]);
    assert_eq!(start, "Chapter One\nSir Walter Elliot, of Kellynch Hall, in");
    assert_eq!(text::encode(&start).expect("these are its characters"), all[..51]);
    let error = text::encode("Zürich").expect_err("there is no umlaut").to_string();
    assert!(error.starts_with("'ü' is none of the 64 characters that the model knows: "), "{error}");

    for stride in [1, 3, 8] {
        let windows = text::windows::<8>(&all[..50], stride).expect("there are windows");
        assert_eq!(windows.len(), 41 / stride + 1);
        for (i, (input, target)) in windows.inputs().iter().zip(windows.targets()).enumerate() {
            assert_eq!(input[..], all[stride * i..][..8]);
            assert_eq!(target[..], all[stride * i + 1..][..8]);
        }
    }
    assert!(text::windows::<8>(&all[..8], 1).is_err(), "eight tokens have no window with what comes next");
}

#[test]
fn a_markov_model_gives_probabilities_and_their_bits() {
    let text = text::novel().expect("the novel has no other characters");
    let model = Markov::fit(&text.training);
    for context in [*b"th", *b"XX", *b"aX", *b"Xe"] {
        let context = context.map(|c| text::ALPHABET.iter().position(|&other| other == c).expect("a letter") as u8);
        let probabilities = (0..64).map(|token| model.probability(context, token));
        assert!(probabilities.clone().all(|p| p > 0.0), "{context:?}: nothing is impossible");
        assert!((probabilities.sum::<f64>() - 1.0).abs() < 1e-12, "{context:?}");
    }
    let bits = model.bits_per_character(&text.held_out);
    assert!((2.6..2.75).contains(&bits), "{bits}");
    // The two before determine the next, or nothing does.
    let turning: Vec<u8> = (0..30_000).map(|i| [1, 2, 1, 3][i % 4]).collect();
    assert!(Markov::fit(&turning).bits_per_character(&turning) < 0.01);
    let mut random = Random::new(1);
    let noise: Vec<u8> = (0..30_000).map(|_| random.below(64) as u8).collect();
    assert!(Markov::fit(&noise[..15_000]).bits_per_character(&noise[15_000..]) > 6.0);
}

#[test]
fn what_is_written_follows_the_logits() {
    let write = |seed, temperature, logits: [f32; 64]| {
        text::write(&mut Random::new(seed), &[1, 2], 4000, temperature, |_| logits)
    };
    let mut logits = [f32::NEG_INFINITY; 64];
    logits[5] = 0.0;
    assert_eq!(write(1, 1.0, logits), [5; 4000], "all others are impossible");
    // Probabilities of 1/4 and 3/4, then, at half the temperature, 1/10 and 9/10.
    logits[63] = 3.0_f32.ln();
    for (temperature, expected) in [(1.0, 3000_usize), (0.5, 3600)] {
        let tokens = write(1, temperature, logits);
        let found = tokens.iter().filter(|&&token| token == 63).count();
        // Five standard deviations.
        assert!(found.abs_diff(expected) < 140, "{found} in place of {expected}");
        assert_eq!(tokens, write(1, temperature, logits), "the same seed writes the same");
        assert_ne!(tokens, write(2, temperature, logits));
    }
    // Each token sees all before it.
    let next = |tokens: &[u8]| std::array::from_fn(|i| if i == tokens.len() % 64 { 1e4 } else { 0.0 });
    assert_eq!(text::write(&mut Random::new(1), &[9, 9, 9], 4, 1.0, next), [3, 4, 5, 6]);
}

network! {
    struct Speller: [6] { Dense<6, 30> -> Tanh -> Dense<30, 384> -> Reshape<6, 64> }
}

/// The parts of an output that are for the steps of a sequence are judged one by one.
#[test]
fn sequences_of_classes_are_judged_step_by_step() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let device = if gpu().is_some() { DeviceChoice::Both } else { DeviceChoice::Cpu };
    let report = run(folder.path(), [2, 33, 2], device, |options| {
        let text = text::novel()?;
        let training = text::windows(&text.training[..2000], 7)?.scaled(1.0 / 64.0)?;
        let data = Data { training, test: text::windows(&text.held_out[..500], 6)?.scaled(1.0 / 64.0)? };
        let defaults = Defaults { name: "speller", about: "spells", epochs: 2, batch: 33, fine_tune: 0 };
        harness::run::<Speller, _, _, _, _>(defaults, &options, &data, &options.trainer(Adam::new(0.01), CrossEntropy))
    });
    let network = &report["networks"][0];
    let accuracy = network["accuracy"].as_f64().expect("an accuracy");
    assert!((0.05..0.5).contains(&accuracy), "{accuracy}");
    for format in network["formats"].as_array().expect("formats").iter().take(2) {
        assert_eq!(format["accuracy"], accuracy, "{format}");
        assert_eq!(format["top1_agreement"], 1.0, "{format}");
    }
    if device == DeviceChoice::Both {
        assert_parity("speller", &report);
    }
}

/// Demos with training steps of their own. Their networks stay in F32.
const OWN_STEPS: [&str; 3] = ["gan_ring", "dqn_cartpole", "vae_mnist"];

/// Asks that no value differs between CPU and GPU.
fn assert_parity(name: &str, report: &serde_json::Value) {
    for network in report["networks"].as_array().expect("networks") {
        let parity = &network["parity"];
        assert!(parity["cpu_fingerprint"].is_string(), "{name}: {parity}");
        assert_eq!(parity["cpu_fingerprint"], parity["gpu_fingerprint"], "{name}");
        if OWN_STEPS.contains(&name) {
            continue;
        }
        assert_eq!(parity["outputs_differing"], 0, "{name}: {parity}");
        assert_eq!(parity["weights_differing"], 0, "{name}: {parity}");
        for rows in ["formats", "calibrated", "fine_tuned"] {
            for row in network[rows].as_array().expect("rows") {
                assert_eq!(row["outputs_differing"], 0, "{name}: {row}");
            }
        }
    }
}

/// Runs every demo on few samples.
fn run_shortly(device: DeviceChoice) -> Vec<(&'static str, serde_json::Value)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_idx(folder.path(), "train", 150);
    write_idx(folder.path(), "t10k", 33);
    let few = |options: Options| Options { samples: Some(60), ..options };
    let mut reports = Vec::new();
    macro_rules! run {
        ($([$epochs:literal, $batch:literal, $threads:literal] $demo:ident($options:expr, $arguments:expr);)*) => {$(
            let sizes = [$epochs, $batch, $threads];
            let report = run(folder.path(), sizes, device, |options| $demo::demo($options(options), $arguments));
            reports.push((stringify!($demo), report));
        )*};
    }
    run! {
        [30, 3, 1] dense_xor(|options| options, harness::NoArguments);
        [1, 64, 2] conv2d_mnist(|options| options, Arguments { data: Some(folder.path().to_owned()) });
        [2, 25, 2] conv1d_sequence(few, harness::NoArguments);
        [2, 25, 2] rnn_sequence(few, harness::NoArguments);
        [2, 25, 2] lstm_memory(few, harness::NoArguments);
        [2, 25, 2] mha_attention(few, harness::NoArguments);
        [2, 25, 2] norm_comparison(few, harness::NoArguments);
        [2, 25, 2] swiglu_mlp(few, harness::NoArguments);
        [1, 16, 2] gan_ring(|options| options, harness::NoArguments);
        [1, 16, 2] dqn_cartpole(|options| options, harness::NoArguments);
        [1, 25, 2] vae_mnist(few, Arguments { data: Some(folder.path().to_owned()) });
        [1, 16, 2] char_lm(few, char_lm::Arguments { prompt: "She".to_owned(), length: 3, temperature: 0.5 });
    }
    reports
}

/// Also in AArch64's instructions: `.ci/targets`.
#[test]
fn short_runs_give_these_fingerprints() {
    let mut found = String::new();
    for (name, report) in run_shortly(DeviceChoice::Cpu) {
        for network in report["networks"].as_array().expect("networks") {
            found += &format!("{name} {}\n", network["fingerprint"].as_str().expect("a fingerprint"));
        }
    }
    let expected = "\
dense_xor 36e3489de1e50ba6264361a686d7ed96516ce7603fc99aa1e6888e0dccb4c447
conv2d_mnist 857fde36f80ced10c3111a2c96e091d02df863c64fd08e7129761ea509660b51
conv1d_sequence efe0f155c6821a36abc338f254861d8113f7c66ac2908904d01fc29dae18f296
rnn_sequence 36058c171a2435e3cf5cbba82064a904f5636b0b4d0e2523f6d8a05a9d3854c2
lstm_memory c198e40ece4f245f73632f32c06b323037ed35ad767ce3016c37e24efa647702
mha_attention 926750562f6ca17deca135ae058f9b977ef1ed88e63ed53745d27aee5a84aae9
norm_comparison 9c943e92527e63183f568cc9e2e4e6a37b067c52161378322e784a1e4aa377d1
norm_comparison 79ac20ce19b72f0844fc79b767188b980ed1d30e1aa5c9c77de5813fd5fc9f45
swiglu_mlp 1f36f8572ebdb9a1fe7489883683c9c3907479515da27cb3c8555069e14e7099
gan_ring 69cb0f294feae614e2aaf5b7a0986100f84dffe901d3c9aed90cecb7df8fa91c
gan_ring 711dfb8fb5fbccac49d237bd58d97e11f2d73ea9b741677cf4fa3534f2e3157d
dqn_cartpole 4d1ff27d3548b45363c4e50afe99c39de647120bb250de57234061656c56ccc8
vae_mnist 3c220f94714a4ec3033805af851657072b7361cd10e03591af19c9cfc8ed76aa
char_lm 933997ccd1c2cc34b51f367c453fed807906dc9cb8e5355ec622b2acf3176487
";
    assert_eq!(found, expected);
}

#[test]
fn demos_give_the_same_bits_on_cpu_and_gpu() {
    if gpu().is_some() {
        run_shortly(DeviceChoice::Both).iter().for_each(|(name, report)| assert_parity(name, report));
    }
}

/// Writes the first images of one part of MNIST, with their labels, as plain IDX files.
fn write_idx(folder: &Path, part: &str, count: usize) {
    let data = harness::mnist::load(None).expect("MNIST lies in the repository");
    let data = &data[usize::from(part == "t10k")];
    let header = |code: u8, sizes: &[usize]| {
        let sizes = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
        [0, 0, 8, code].into_iter().chain(sizes).collect::<Vec<u8>>()
    };
    let images = bytemuck::cast_slice(&data.inputs()[..count]);
    let images = [&header(3, &[count, 28, 28]), images].concat();
    fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).expect("images are written");
    let labels = [&header(1, &[count]), &data.targets()[..count]].concat();
    fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).expect("labels are written");
}
