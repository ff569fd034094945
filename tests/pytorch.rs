//! PyTorch's files: a state dict loads and gives PyTorch's outputs and gradients; Loom saves what PyTorch saved.
//!
//! `tests/fixtures/pytorch/make.py` writes the fixtures and says what is in them. `LOOM_SAVE_DIR` keeps the files that
//! these tests save, for `check_saved.py` beside it.

use loom::Sample;
use loom::data::Target;
use loom::dtype::F32;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::plan::Role;
use loom::prelude::*;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

#[path = "pytorch/architectures.rs"]
mod architectures;
#[path = "pytorch/custom_losses.rs"]
mod custom_losses;

/// How far a value may lie from PyTorch's, in binary32 and in binary64, as a share of a scale: the greatest magnitude
/// in the same sample for outputs, in the same tensor for gradients and weights, and the value itself for losses.
///
/// One rounding is at most 2^-24 of the rounded value. This allows for 64, because a parameter's gradient sums terms
/// that partly cancel: there PyTorch's own binary32 misses its binary64 by up to 0.24 of this, Loom by up to 0.43.
const ROUNDING: f64 = 1.0 / (1 << 18) as f64;

macro_rules! layer {
    (
        $(functions { $($functions:tt)* })?
        networks { $($networks:tt)* }
        tuned { $($tuned:tt)* }
        packed { $($packed:tt)* }
        pytorch { $($net:ident { $($structs:tt)* })* }
    ) => {
        pub fn plans() -> Vec<&'static ::loom::plan::Plan> {
            vec![$(<$net::Net as ::loom::Model>::PLAN),*]
        }

        $(pub mod $net {
            loom::network! { $($structs)* }

            #[test]
            fn computes_what_pytorch_does() {
                crate::computes_what_pytorch_does::<Net>(stringify!($net));
            }

            #[test]
            fn saves_what_pytorch_did() {
                crate::saves_what_pytorch_did::<Net>(stringify!($net));
            }
        })*
    };
}

/// The files of `tests/layers`, which the build script finds.
mod layers {
    include!(concat!(env!("OUT_DIR"), "/layers.rs"));

    macro_rules! lists {
        ($($layer:ident)*) => {
            /// The plans of all networks that are compared.
            pub fn plans() -> Vec<&'static ::loom::plan::Plan> {
                [$($layer::plans()),*].concat()
            }
        };
    }
    layers!(lists);
}

macro_rules! names {
    ($($layer:ident)*) => { [$(stringify!($layer)),*] };
}

/// A layer that PyTorch does not judge may compute anything, with the same bits everywhere.
#[test]
fn every_layer_is_compared() {
    let steps = layers::plans().into_iter().flat_map(|plan| plan.steps);
    let compared: BTreeSet<_> = steps.map(|step| step.layer.description().name()).collect();
    let all = loom_ir::for_each_layer!(names);
    let missing: Vec<_> = all.into_iter().filter(|name| !compared.contains(name)).collect();
    assert_eq!(missing, [""; 0], "no file of `tests/layers` has them under `pytorch`");
}

/// A batch forward and backward with the weights of PyTorch's file.
fn computes_what_pytorch_does<N: Network<Precision = F32>>(net: &str) {
    let loaded = load::<N>(net);
    let golden = Golden::read(net);
    let inputs = golden.samples::<N::Input>("input");

    let mut tape = Tape::new(loaded.clone(), &Cpu::new());
    tape.forward(&inputs, Mode::Inference).expect("there is memory");
    let outputs = tape.outputs().expect("the CPU has them").to_vec();
    assert_eq!(N::Output::flat(&outputs), N::Output::flat(&loaded.forward_batch(&inputs)), "the tape's outputs");
    golden.check("", "output", N::Output::LEN, N::Output::flat(&outputs));
    check_gradients(&golden, &mut tape);
}

/// The gradients of a batch whose outputs the tape has.
fn check_gradients<N: Network<Precision = F32>, O>(golden: &Golden, tape: &mut Tape<N, O>) {
    tape.set_d_outputs(&golden.samples("d_output")).expect("there are outputs");
    tape.backward_to_inputs().expect("there is a gradient of the outputs");
    let d_inputs = N::Input::flat(tape.d_inputs().expect("the CPU has them"));
    golden.check("", "d_input", d_inputs.len(), d_inputs);
    for param in N::PLAN.params.iter().filter(|param| param.role != Role::Statistic) {
        golden.check(
            "",
            &format!("d_weights/{}", param.name),
            param.len(),
            &tape.gradients().expect("the CPU has them")[param.range()],
        );
    }
}

/// A batch that trains what normalises over it: the same, and where the running means come to lie.
fn trains_on_a_batch<N: Network<Precision = F32>>(net: &str) {
    let golden = Golden::read(&format!("{net}_training"));
    let mut tape = Tape::new(load::<N>(net), &Cpu::new()).optimizer(Sgd::new(0.0));
    let mode = Mode::Training { seed: Seed(0), step: 0 };
    tape.forward(&golden.samples::<N::Input>("input"), mode).expect("there is memory");
    golden.check("", "output", N::Output::LEN, N::Output::flat(tape.outputs().expect("the CPU has them")));
    check_gradients(&golden, &mut tape);
    tape.step().expect("there are gradients");
    let loaded = tape.into_network().expect("the CPU has them");
    for (param, values) in loaded.weights().tensors().filter(|(param, _)| param.role == Role::Statistic) {
        golden.check("", &format!("statistics/{}", param.name), param.len(), &values);
    }
}

#[test]
fn batch_norm2d_in_training() {
    trains_on_a_batch::<layers::batch_norm2d::batch_norm2d::Net>("batch_norm2d");
    trains_on_a_batch::<layers::batch_norm2d::batch_norm2d_conv2d::Net>("batch_norm2d_conv2d");
    trains_on_a_batch::<layers::shared::siamese_norms::Net>("siamese_norms");
}

/// The file that Loom saves has the tensors of PyTorch's: names, formats, shapes, bytes. It does not count batches.
fn saves_what_pytorch_did<N: Network<Precision = F32>>(net: &str) {
    let own = concat!(env!("CARGO_TARGET_TMPDIR"), "/pytorch");
    let folder = std::env::var_os("LOOM_SAVE_DIR").map_or(own.into(), PathBuf::from);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join(format!("{net}.safetensors"));
    load::<N>(net).save(&path).expect("the folder can be written");

    let (saved, pytorch) = (read(path), read(fixture("state", net)));
    let tensors = |bytes| {
        let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
        let tensors =
            file.iter().map(|(name, view)| (name.to_owned(), (view.dtype(), view.shape().to_vec(), view.data())));
        tensors.filter(|(name, _)| !name.ends_with("num_batches_tracked")).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(tensors(&saved), tensors(&pytorch));
}

macro_rules! losses {
    ($($case:ident: $loss:expr, [$($dim:literal),*], $stack:ident<$($size:literal),*>, $target:ident => $y:ty;)*) => {$(
        #[test]
        fn $case() {
            network! { struct Scores: [$($dim),*] { $stack<$($size),*> } }
            let golden = Golden::read("losses");
            let key = |name: &str| format!("{}/{name}", stringify!($case));
            loss_is_pytorchs::<Scores, $y>(&golden, stringify!($case), &$loss, &golden.$target(&key("target")));
        }
    )*};
}

// Each with a network that computes nothing.
losses! {
    mse: Mse, [5], Reshape<5>, samples => [f32; 5];
    mse_image: Mse, [2, 3, 1], Reshape<2, 3, 1>, samples => [[[f32; 1]; 3]; 2];
    cross_entropy: CrossEntropy, [10], Reshape<10>, classes => u8;
    cross_entropy_far: CrossEntropy, [3], Reshape<3>, classes => u8;
    cross_entropy_steps: CrossEntropy, [3, 4], Reshape<3, 4>, class_steps => [u8; 3];
    cross_entropy_probabilities: CrossEntropy, [7], Reshape<7>, samples => [f32; 7];
    cross_entropy_probabilities_far: CrossEntropy, [3], Reshape<3>, samples => [f32; 3];
    binary_cross_entropy: BinaryCrossEntropy, [1], Reshape<1>, samples => [f32; 1];
    binary_cross_entropy_far: BinaryCrossEntropy, [3], Reshape<3>, samples => [f32; 3];
    huber: Huber::default(), [5], Reshape<5>, samples => [f32; 5];
    huber_narrow: Huber { delta: 0.25 }, [3], Reshape<3>, samples => [f32; 3];
}

/// A loss and its gradient. `N` hands its input on.
fn loss_is_pytorchs<N: Network<Precision = F32>, Y: Target>(
    golden: &Golden,
    case: &str,
    loss: &impl Loss<N::Output, Y>,
    targets: &[Y],
) {
    let outputs = golden.samples::<N::Input>(&format!("{case}/output"));
    let mut tape = Tape::new(N::new(Seed(0)), &Cpu::new());
    tape.forward(&outputs, Mode::Inference).expect("there is memory");
    tape.loss(loss, targets).expect("targets that the loss takes");
    let score = tape.score().expect("there is a loss");
    golden.check(case, "loss", 1, &[score.loss_sum / score.rows as f32]);
    let d_outputs = N::Output::flat(tape.d_outputs().expect("the CPU has them"));
    golden.check(case, "d_output", d_outputs.len(), d_outputs);
}

macro_rules! optimizers {
    ($($case:ident: $optimizer:expr;)*) => {$(
        #[test]
        fn $case() {
            trains_as_pytorch_does(stringify!($case), $optimizer);
        }
    )*};
}

optimizers! {
    sgd: Sgd::new(0.1);
    sgd_momentum: Sgd::new(0.1).momentum(0.9);
    sgd_nesterov: Sgd::new(0.1).nesterov(0.8);
    sgd_all: Sgd::new(0.05).nesterov(0.9).weight_decay(0.1);
    adam: Adam::new(0.02);
    adam_all: Adam::new(0.02).betas(0.8, 0.95).epsilon(1e-4).weight_decay(0.1);
    adamw: AdamW::new(0.02);
    adamw_all: AdamW::new(0.02).betas(0.8, 0.95).epsilon(1e-4).weight_decay(0.5);
    rmsprop: RmsProp::new(0.01);
    rmsprop_all: RmsProp::new(0.01).alpha(0.9).epsilon(1e-4).momentum(0.5).weight_decay(0.1);
}

/// Ten steps on one batch: the loss before each, and the weights after the last.
fn trains_as_pytorch_does(case: &str, optimizer: impl Optimizer) {
    network! { struct Net { Dense<3, 5> -> Tanh -> Dense<5, 2> } }
    let golden = Golden::read("training");
    let (inputs, targets) = (golden.samples::<[f32; 3]>("input"), golden.samples::<[f32; 2]>("target"));
    let mut tape = Tape::new(load::<Net>("training"), &Cpu::new()).optimizer(optimizer);
    let losses: Vec<f32> = (0..10)
        .map(|step| {
            tape.forward(&inputs, Mode::Training { seed: Seed(0), step }).expect("there is memory");
            tape.loss(&Mse, &targets).expect("targets that the loss takes");
            tape.backward().expect("there is a gradient of the outputs");
            tape.step().expect("there are gradients");
            let score = tape.score().expect("there is a loss");
            score.loss_sum / score.rows as f32
        })
        .collect();
    golden.check(case, "losses", 1, &losses);
    let net = tape.into_network().expect("the CPU has them");
    for (param, values) in net.weights().tensors() {
        golden.check(case, &format!("weights/{}", param.name), param.len(), &values);
    }
}

/// `transformers` writes `{"format": "pt"}` into the header, and wants it there; so the whole file is PyTorch's.
#[test]
fn metadata_is_accepted_and_written() {
    let pytorch = fixture("golden", "with_metadata");
    let net = layers::stacks::names::Net::load(&pytorch).expect("a file with metadata");
    assert_eq!(net.weights(), load::<layers::stacks::names::Net>("names").weights());

    let saved = concat!(env!("CARGO_TARGET_TMPDIR"), "/with_metadata.safetensors");
    net.save(saved).expect("the folder can be written");
    assert!(read(saved.into()) == read(pytorch), "`{saved}` is not the fixture");
}

/// The weight of two layers that are tied, under the names of both, as PyTorch has it.
#[test]
fn a_tied_weight_has_two_names() {
    type Net = layers::shared::tied_language_model::Net;
    let net = Net::load(fixture("golden", "tied_twice")).expect("both tensors are the same");
    assert_eq!(net.weights(), load::<Net>("tied_language_model").weights());
}

fn fixture(kind: &str, net: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/pytorch", kind, &format!("{net}.safetensors")].iter().collect()
}

fn read(path: PathBuf) -> Vec<u8> {
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The net with the weights that PyTorch saved.
fn load<N: Network<Precision = F32>>(net: &str) -> N {
    N::load(fixture("state", net)).unwrap_or_else(|error| panic!("{error}"))
}

/// A golden file's tensors, which binary64 holds exactly, whatever their format.
struct Golden(HashMap<String, Vec<f64>>);

impl Golden {
    fn read(net: &str) -> Self {
        let bytes = read(fixture("golden", net));
        let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let tensors = file.iter().map(|(name, view)| {
            let bytes = view.data();
            let values = match view.dtype() {
                Dtype::F32 => bytes.as_chunks().0.iter().map(|&x| f32::from_le_bytes(x).into()).collect(),
                Dtype::F64 => bytes.as_chunks().0.iter().map(|&x| f64::from_le_bytes(x)).collect(),
                Dtype::I64 => bytes.as_chunks().0.iter().map(|&x| i64::from_le_bytes(x) as f64).collect(),
                dtype => panic!("`{name}` is {dtype:?}"),
            };
            (name.to_owned(), values)
        });
        Golden(tensors.collect())
    }

    fn get(&self, key: &str) -> &[f64] {
        self.0.get(key).unwrap_or_else(|| panic!("the golden file has no `{key}`"))
    }

    fn samples<S: Sample<Scalar = f32>>(&self, key: &str) -> Vec<S> {
        let values = self.get(key).iter().map(|&x| x as f32).collect();
        S::vec_from_flat(values).expect("the values are whole samples")
    }

    fn classes(&self, key: &str) -> Vec<u8> {
        self.get(key).iter().map(|&x| x as u8).collect()
    }

    fn class_steps<const STEPS: usize>(&self, key: &str) -> Vec<[u8; STEPS]> {
        self.classes(key).as_chunks().0.to_vec()
    }

    /// Compares values with PyTorch's in both precisions. Each run of `row_len` values has a scale of its own.
    fn check(&self, case: &str, name: &str, row_len: usize, found: &[f32]) {
        for precision in ["f64", "f32"] {
            let key = [case, precision, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
            self.check_rows(&key, row_len, found);
        }
    }

    fn check_rows(&self, key: &str, row_len: usize, found: &[f32]) {
        let found: Vec<f64> = found.iter().copied().map(f64::from).collect();
        let rows = self.get(key).chunks(row_len);
        let scales = rows.flat_map(|row| vec![row.iter().fold(0.0_f64, |scale, x| scale.max(x.abs())); row.len()]);
        self.check_values(key, &found, scales);
    }

    /// Compares values that have a scale each.
    fn check_values(&self, key: &str, found: &[f64], scales: impl Iterator<Item = f64>) {
        let wanted = self.get(key);
        assert_eq!(found.len(), wanted.len(), "values of `{key}`");
        let mut worst = 0.0_f64;
        for (i, ((&found, &wanted), scale)) in found.iter().zip(wanted).zip(scales).enumerate() {
            let off = (found - wanted).abs();
            assert!(
                off <= ROUNDING * scale,
                "`{key}` at {i}: Loom has {found:e} ({:#010x}), PyTorch {wanted:e} ({:#010x}), \
                 off by {off:.1e} where the greatest is {scale:.1e}",
                (found as f32).to_bits(),
                (wanted as f32).to_bits(),
            );
            worst = worst.max(off / (ROUNDING * scale).max(f64::MIN_POSITIVE));
        }
        println!("{key}: at worst {worst:.3} of the tolerance");
    }
}
