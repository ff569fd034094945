//! Plans, weights and training steps that do not belong together are refused.

mod common;
#[path = "common/sentences.rs"]
mod sentences;

use common::Check;
use common::networks::{for_each_network, packed};
use loom::data::Target;
use loom::dtype::{F32, I8, Precision};
use loom::layers::Layer;
use loom::optim::{Optimizer, OptimizerState};
use loom::plan::{Param, Plan, Role, Step};
use loom::prelude::*;
use loom::private::ir::facts::Kind;
use loom::{BackwardOptions, Error, Weights, WeightsOf};
use sentences::Sentences;
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

struct Runs;

impl Check for Runs {
    fn check<N: Network<Precision = F32, Output: Target>>(&self) {
        assert_eq!(N::PLAN.check(), Ok(()), "{}", N::PLAN.name);
    }
}

#[test]
fn what_the_macro_writes_can_run() {
    for_each_network(&Runs);
}

/// The layers that the checked networks run.
#[derive(Default)]
struct Layers(Mutex<BTreeSet<&'static str>>);

impl Check for Layers {
    fn check<N: Network<Precision = F32>>(&self) {
        let names = N::PLAN.steps.iter().map(|step| step.layer.description().name());
        self.0.lock().expect("no check panics").extend(names);
    }
}

macro_rules! names {
    ($($layer:ident)*) => { [$(stringify!($layer)),*] };
}

/// A layer that no file of `tests/layers` has is checked by nothing.
#[test]
fn every_layer_has_a_network() {
    let layers = Layers::default();
    for_each_network(&layers);
    assert_eq!(layers.0.into_inner().expect("no check panics"), BTreeSet::from(loom_ir::for_each_layer!(names)));
}

/// The steps of the checked networks.
#[derive(Default)]
struct Matrices(Mutex<Vec<Reads>>);

struct Reads {
    step: &'static Step,
    /// The parameters of two and more dimensions that it reads.
    matrices: Vec<&'static Param>,
    /// What its kernels call them.
    names: Vec<&'static str>,
}

impl Check for Matrices {
    fn check<N: Network<Precision = F32>>(&self) {
        for (step, shader) in N::PLAN.steps.iter().zip(N::PLAN.shaders()) {
            let params = step.params.iter().map(|&param| &N::PLAN.params[param]);
            let matrices: Vec<_> = params.filter(|param| param.shape.len() > 1).collect();
            let is_matrix = |offset: usize| matrices.iter().any(|param| param.offset == offset);
            let names = shader.params.iter().filter(|&&(_, offset)| is_matrix(offset)).map(|&(name, _)| name).collect();
            self.0.lock().expect("no check panics").push(Reads { step, matrices, names });
        }
    }
}

/// A GPU finds the parameter of a layer that it decodes by its name in WGSL.
#[test]
fn a_matrix_is_called_weight_in_wgsl() {
    let steps = Matrices::default();
    for_each_network(&steps);
    for Reads { step, matrices, names } in steps.0.into_inner().expect("no check panics") {
        assert!(matrices.len() <= 1, "{step:?}: a GPU decodes one parameter of a layer");
        assert_eq!(names, vec!["WEIGHT"; matrices.len()], "{step:?}");
    }
}

/// Calibration rounds the matrices of products alone. A layer that multiplies by a matrix and does not say so is left out of it.
#[test]
fn matrices_are_those_of_products() {
    // Rows of tables, which are looked up or added: nothing is multiplied by them.
    const TABLES: [&str; 2] = ["Embedding", "Positions"];
    let steps = Matrices::default();
    for_each_network(&steps);
    for Reads { step, matrices, .. } in steps.0.into_inner().expect("no check panics") {
        let layer = step.layer.description();
        let weights = matrices.iter().filter(|param| param.role == Role::Weight);
        let expected = usize::from(matches!(layer.facts().kind, Kind::MatrixProduct(_)));
        let found = if TABLES.contains(&layer.name()) { 0 } else { weights.count() };
        assert_eq!(found, expected, "{}: matrices, and whether the layer's kind is a product", layer.name());
    }
}

/// A product whose weights no GPU decodes in a test may read them wrongly.
#[test]
fn every_product_has_a_packed_network() {
    let products = |steps: Matrices| -> BTreeSet<_> {
        let layers =
            steps.0.into_inner().expect("no check panics").into_iter().map(|reads| reads.step.layer.description());
        layers.filter(|layer| matches!(layer.facts().kind, Kind::MatrixProduct(_))).map(|layer| layer.name()).collect()
    };
    let (all, decoded) = (Matrices::default(), Matrices::default());
    for_each_network(&all);
    packed().into_iter().for_each(|check| check(&decoded));
    assert_eq!(products(decoded), products(all), "those under `packed` in `tests/layers`, and all");
}

network! {
    struct Image: [1, 5, 5] { Conv2d<1, 2, 3> -> Relu }
    struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> }
    struct Pairs { Dense<1, 2> }
    struct Other { Dense<2, 8> -> Relu -> Dense<8, 1> }
    struct Wide { Dense<2, 16> -> Relu -> Dense<16, 1> }
}

network! {
    /// A U-Net of two levels.
    pub struct Segment: [1, 16, 16] {
        let fine = Conv2d<1, 8, 3, padding = 1> -> Relu;
        let coarse = fine -> MaxPool2d<2> -> Conv2d<8, 16, 3, padding = 1> -> Relu -> Twice<16, 8>;
        Concat { fine | coarse } -> Conv2d<24, 8, 3, padding = 1> -> Relu -> Conv2d<8, 1, 1>
    }

    /// Each value becomes a square of two by two. A block has sizes that each use gives.
    block Twice<C, SIDE> {
        Reshape<C * SIDE, SIDE, 1> -> Concat<axis = 2> { | } -> Reshape<C * SIDE, 1, SIDE * 2>
            -> Concat<axis = 1> { | } -> Reshape<C, SIDE * 2, SIDE * 2>
    }
}

/// The picture in the documentation and in `GUIDE.md` is of the network there, and has the text that it was drawn from. `LOOM_BLESS=1` draws
/// it anew, by Graphviz.
#[test]
fn the_picture_of_a_graph() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("loom/doc/segment.svg");
    if std::env::var_os("LOOM_BLESS").is_some() {
        let source = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(source.path(), Segment::dot()).expect("the file can be written");
        let output = Command::new("dot").arg("-Tsvg").arg(source.path()).output().expect("Graphviz is installed");
        let drawn = String::from_utf8(output.stdout).expect("a picture is text");
        let start = drawn.find("<svg").expect("the picture is an SVG");
        // Markdown knows HTML by a first tag in one line.
        let drawn = drawn[start..].replacen("\n viewBox", " viewBox", 1);
        fs::write(&path, format!("<!--\n{}-->\n{drawn}", Segment::dot())).expect("the file can be written");
    }
    let picture = fs::read_to_string(&path).expect("the picture is there");
    assert!(picture.contains(Segment::dot()), "`{}` is of another graph", path.display());
    let [test, documentation, guide] = ["tests/plans.rs", "loom/src/lib.rs", "GUIDE.md"].map(|file| {
        let text = fs::read_to_string(root.join(file)).expect("the file is there").replace("/// ", "");
        let start = text.find("    pub struct Segment").unwrap_or_else(|| panic!("`{file}` has the network"));
        let len = text[start..].find("\n    }").expect("it ends");
        text[start..][..len].to_owned()
    });
    assert_eq!(documentation, test);
    assert_eq!(guide, test);
}

/// What a panic says.
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).err().expect("it panics");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().copied().unwrap_or("").into())
}

/// A plan that the macro did not write, whose convolution steps beyond all memory.
fn a_far_stride() -> &'static Plan {
    let mut steps = Image::PLAN.steps.to_vec();
    let Layer::Conv2d(conv) = &mut steps[0].layer else { panic!("the layer is a convolution") };
    conv.window.stride = [usize::MAX, 1];
    Box::leak(Box::new(Plan { steps: steps.leak(), ..*Image::PLAN }))
}

#[test]
fn a_plan_that_reads_beyond_its_buffers() {
    let plan = a_far_stride();
    let says =
        "the plan of `Image` cannot run: step `0`: its layer has a size that is 0, too large, or contradicts another";
    assert_eq!(plan.check().expect_err("the stride is too long").to_string(), says);
    assert_eq!(panic_of(|| Weights::new(plan, Init::Default, Seed(1))), says);
}

/// A network written by hand, for samples that need not be its plan's.
#[derive(Debug, Clone)]
struct ByHand<const INPUT: usize, P: Precision = F32>(WeightsOf<Self, P>);

impl<const INPUT: usize, P: Precision> Model for ByHand<INPUT, P> {
    type Input = [f32; INPUT];
    type Output = [f32; 1];
    type Precision = P;
    type In<Q: Precision> = ByHand<INPUT, Q>;
    const PLAN: &'static Plan = Xor::PLAN;

    fn from_own(weights: WeightsOf<Self, P>) -> Self {
        ByHand(weights)
    }

    fn own_weights(&self) -> &WeightsOf<Self, P> {
        &self.0
    }

    fn weights_mut(&mut self) -> &mut WeightsOf<Self, P> {
        &mut self.0
    }
}

#[test]
fn networks_written_by_hand() {
    let net = ByHand::<2>::new(Seed(1));
    assert_eq!(net.forward(&[0.5, -1.0]), Xor::new(Seed(1)).forward(&[0.5, -1.0]));
    for outcome in [
        catch_unwind(|| ByHand::<1>::new(Seed(1)).forward(&[0.5])).map(|_| ()),
        catch_unwind(|| ByHand::<3>::new(Seed(1)).forward_batch(&[[0.5; 3]; 100])).map(|_| ()),
        catch_unwind(|| ByHand::<3>::new(Seed(1)).on(&Cpu::new()).forward_scaled(&[[5_u8; 3]; 4], 0.5)).map(|_| ()),
    ] {
        assert!(outcome.is_err(), "samples are as long as the plan's input");
    }
}

#[test]
fn weights_of_another_network() {
    let mut sentences = Sentences::new();
    let (mut xor, other) = (Xor::new(Seed(1)), Other::new(Seed(2)));
    let before = xor.fingerprint();
    let foreign = "the weights were made for another plan, that of `Other`, and not for `Xor`";
    sentences.expect("from_weights", Xor::from_weights(other.weights().clone()), foreign);
    sentences.expect("WeightsOf", WeightsOf::<Xor>::new(other.weights().clone()), foreign);
    sentences.expect("its own", Xor::from_weights(xor.weights().clone()), "no error");
    let made = Weights::new(Xor::PLAN, Init::Default, Seed(1));
    assert_eq!(Xor::from_weights(made).expect("they are its own").fingerprint(), before);
    let small: Other<I8> = other.quantize().expect("the weights are finite");
    sentences.expect("in a format", Xor::<I8>::from_weights(small.weights().clone()), foreign);

    let wide = &Wide::PLAN.params[1];
    let foreign = "tensor `0.bias` of shape [16] is not one of `Xor`: take it from the plan of `Xor`";
    sentences.expect("set", xor.weights_mut().set(wide, [1.0; 16].into_iter()), foreign);
    sentences.expect("encoded", xor.weights().encoded(wide), foreign);
    let small: Xor<I8> = xor.quantize().expect("the weights are finite");
    sentences.expect("encoded in a format", small.weights().encoded(wide), foreign);
    let own = &Xor::PLAN.params[1];
    let few = "tensor `0.bias` of shape [8] has 8 values, not 7";
    sentences.expect("too few", xor.weights_mut().set(own, [1.0; 7].into_iter()), few);
    let nan = "tensor `0.bias` has NaN at index 7";
    let values = (0..8).map(|i| if i < 7 { 1.0 } else { f32::NAN });
    sentences.expect("not a number", xor.weights_mut().set(own, values), nan);
    assert_eq!(xor.fingerprint(), before, "nothing is written");
    sentences.expect("its own", xor.weights_mut().set(own, [1.0; 8].into_iter()), "no error");
    assert_eq!(xor.weights().get("0.bias").as_deref(), Some(&[1.0; 8][..]));
    sentences.finish();
}

const INPUTS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const TARGETS: [[f32; 1]; 4] = [[0.0], [1.0], [1.0], [0.0]];
const TRAINING: Mode = Mode::Training { seed: Seed(0), step: 0 };

/// What a part of a step says whose turn it is not.
fn early(call: &str, first: &str) -> String {
    format!("`Tape::{call}` has nothing to go on from: call {first} first")
}

#[test]
fn parts_of_a_step_out_of_turn() {
    let mut sentences = Sentences::new();
    let mut tape = Tape::new(Xor::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
    let before = Xor::new(Seed(1)).fingerprint();
    let no_loss = |call: &str| early(call, "`loss` or `set_d_outputs`");

    sentences.expect("loss at first", tape.loss(&Mse, &TARGETS), &early("loss", "`forward`"));
    sentences.expect("a score at first", tape.score().map(|_| ()), &early("score", "`loss`"));
    sentences.expect("a gradient at first", tape.set_d_outputs(&TARGETS), &early("set_d_outputs", "`forward`"));
    sentences.expect("backward at first", tape.backward(), &no_loss("backward"));
    sentences.expect("step at first", tape.step(), &early("step", "`backward`"));
    let no_inputs = early("d_inputs", "`backward_to_inputs`");
    sentences.expect("gradients of inputs at first", tape.d_inputs().map(|_| ()), &no_inputs);

    tape.forward(&INPUTS, TRAINING).expect("there is memory");
    sentences.expect("no loss", tape.backward(), &no_loss("backward"));
    sentences.expect("no loss, to inputs", tape.backward_to_inputs(), &no_loss("backward_to_inputs"));
    tape.loss(&Mse, &TARGETS).expect("the targets fit");
    sentences.expect("no backward", tape.step(), &early("step", "`backward`"));
    let adds = BackwardOptions { accumulate: true, ..Default::default() };
    sentences.expect("nothing to add to", tape.backward_with(adds), &early("backward_with", "`backward`"));
    tape.backward().expect("there is a loss");
    sentences.expect("not to inputs", tape.d_inputs().map(|_| ()), &no_inputs);
    let gradients = tape.gradients().expect("the CPU has them").to_vec();
    sentences.expect("backward twice", tape.backward(), &no_loss("backward"));
    sentences.expect("backward twice, to add", tape.backward_with(adds), &no_loss("backward_with"));
    assert_eq!(tape.gradients().expect("the CPU has them"), gradients, "what is refused changes nothing");

    tape.loss(&Mse, &TARGETS).expect("the outputs are still there");
    let unpaired = "the last `forward` had 4 samples, but there are 3 targets";
    sentences.expect("a loss that fails", tape.loss(&Mse, &TARGETS[..3]), unpaired);
    sentences.expect("after a loss that failed", tape.backward(), &no_loss("backward"));
    sentences.expect("its score", tape.score().map(|_| ()), &early("score", "`loss`"));
    tape.loss(&Mse, &TARGETS).expect("the outputs are still there");
    tape.backward().expect("there is another loss");
    let again = tape.gradients().expect("the CPU has them");
    assert_eq!(again, gradients, "the same loss gives the same gradients");
    tape.loss(&Mse, &TARGETS).expect("the outputs are still there");
    tape.backward_with(adds).expect("there are gradients to add to");
    let twice: Vec<f32> = gradients.iter().map(|gradient| 2.0 * gradient).collect();
    assert_eq!(tape.gradients().expect("the CPU has them"), twice, "they are added");
    tape.set_gradients(&gradients).expect("as many");

    let rate = |rate: &str| format!("`learning_rate` is {rate}, but must be finite and at least 0");
    for (name, value) in [("NaN", f64::NAN), ("inf", f64::INFINITY), ("-0.1", -0.1), ("1e39", 1e39)] {
        sentences.expect(name, tape.step_with(value), &rate(name));
    }
    assert_eq!(tape.network().expect("the CPU has it").fingerprint(), before, "nothing has moved");
    tape.step().expect("there are gradients");
    let once = tape.network().expect("the CPU has it").weights().values().to_vec();
    tape.step().expect("they are still there");
    let moved = |from: &[f32], to: &[f32]| from.iter().zip(to).map(|(a, b)| f64::from(a - b)).collect::<Vec<_>>();
    let last = tape.network().expect("the CPU has it").weights().values();
    let [first, second] = [moved(Xor::new(Seed(1)).weights().values(), &once), moved(&once, last)];
    common::assert_close(|| "the second step".into(), &first, &second, |_| 1e-6);

    tape.forward(&INPUTS, TRAINING).expect("there is memory");
    sentences.expect("a new batch", tape.step(), &early("step", "`backward`"));
    let unpaired = "the last `forward` had 4 samples, but there are 2 targets";
    sentences.expect("too few gradients", tape.set_d_outputs(&[[1.0]; 2]), unpaired);
    tape.set_d_outputs(&[[1.0]; 4]).expect("there are outputs");
    assert_eq!(tape.d_outputs().expect("the CPU has them"), [[1.0]; 4]);
    tape.backward_to_inputs().expect("there is a gradient of one's own");
    sentences.expect("used up", tape.backward(), &no_loss("backward"));

    tape.forward(&[], TRAINING).expect("there is memory");
    let no_samples: &[[f32; 1]] = &[];
    sentences.expect("no samples", tape.loss(&Mse, no_samples), &early("loss", "`forward` with samples"));
    tape.forward(&INPUTS, TRAINING).expect("there is memory");
    tape.reserve(2).expect("there is memory");
    assert!(tape.outputs().expect("the CPU has them").is_empty());
    assert!(tape.d_outputs().expect("the CPU has them").is_empty());
    sentences.expect("reserved", tape.loss(&Mse, &TARGETS), &early("loss", "`forward`"));
    sentences.expect("reserved", tape.backward(), &no_loss("backward"));
    sentences.expect("reserved", tape.step(), &early("step", "`backward`"));

    tape.forward(&INPUTS, Mode::Inference).expect("there is memory");
    tape.loss(&Mse, &TARGETS).expect("inference has outputs too");
    tape.backward().expect("and gradients");

    let (other, mut tape) = (Tape::new(Xor::new(Seed(1)), &Cpu::new()), Tape::new(Pairs::new(Seed(1)), &Cpu::new()));
    let no_forward = early("forward_from", "`forward` of the other tape");
    sentences.expect("another tape without outputs", tape.forward_from(&other, TRAINING), &no_forward);
    sentences.finish();
}

/// An optimizer of one's own: plain descent, with state of these names.
#[derive(Debug, Clone)]
struct Named {
    names: Vec<&'static str>,
    states: Vec<Vec<f32>>,
    steps: f64,
}

impl Named {
    fn new(names: &[&'static str]) -> Self {
        Named { names: names.to_vec(), states: vec![Vec::new(); names.len()], steps: 0.0 }
    }
}

impl Optimizer for Named {
    fn learning_rate(&self) -> f64 {
        0.1
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn settings(&self) -> String {
        "Named".into()
    }

    fn state(&mut self, len: usize) -> OptimizerState<'_> {
        self.states.iter_mut().for_each(|state| state.resize(len, 0.0));
        let tensors = self.names.iter().copied().zip(self.states.iter_mut().map(Vec::as_mut_slice)).collect();
        OptimizerState { tensors, scalars: vec![("steps", &mut self.steps)] }
    }

    fn scalars(&mut self, learning_rate: f64) -> [f32; 8] {
        self.steps += 1.0;
        [learning_rate as f32, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }

    fn step(&mut self, _: &Cpu, learning_rate: f64, weights: &mut [f32], gradients: &[f32]) {
        let [rate, ..] = self.scalars(learning_rate);
        weights.iter_mut().zip(gradients).for_each(|(weight, d)| *weight -= rate * d);
    }
}

#[test]
fn names_that_a_checkpoint_cannot_hold() {
    let mut sentences = Sentences::new();
    let data = Dataset::new(INPUTS.to_vec(), TARGETS.to_vec()).expect("the data is good");
    let file = sentences.path().join("run.safetensors");
    let fault = |name: &str, fault: &str| {
        format!("the optimizer's state has a tensor named `{name}`, which a checkpoint cannot hold: {fault}")
    };
    let cases: [(&[&'static str], String); 5] = [
        (&["m", "v"], "no error".into()),
        (&["m", "m"], fault("m", "another has the same name")),
        (&["m", "v", "m"], fault("m", "another has the same name")),
        (&["scalars"], fault("scalars", "the checkpoint's tensor of its numbers has that name")),
        (&["m", ""], fault("", "the name is empty")),
    ];
    for (names, expected) in cases {
        let mut net = Xor::new(Seed(1));
        let trainer = Trainer::new(Named::new(names), Mse).batch(4);
        let result = trainer.clone().checkpoint(&file, 1).fit(&mut net, &data);
        let is_refused = result.is_err();
        sentences.expect(&format!("{names:?}"), result, &expected);
        assert_eq!(
            net.fingerprint() == Xor::new(Seed(1)).fingerprint(),
            is_refused,
            "{names:?}: before the first step"
        );
        let resumed = trainer.clone().resume(&file).epochs(2).fit(&mut net, &data);
        sentences.expect(&format!("{names:?} resumed"), resumed, &expected);
        sentences.expect(&format!("{names:?} alone"), trainer.fit(&mut net, &data), "no error");
    }
    sentences.finish();
}
