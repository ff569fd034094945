//! Layers that normalise: rows and channels without a variance, and running means.

mod common;

use common::{Random, assert_close, assert_same_bits};
use loom::dtype::{BF16, F4, F16, F64, I8, U16};
use loom::plan::Role;
use loom::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const TRAINING: Mode = Mode::Training { seed: Seed(0), step: 0 };

network! {
    struct LayerOf1: [3, 1] { LayerNorm }
    struct LayerOf3: [3, 3] { LayerNorm }
    struct LayerOf17: [3, 17] { LayerNorm }
    struct LayerOf64: [3, 64] { LayerNorm }
    struct LayerOf257: [3, 257] { LayerNorm }
}

/// A network whose weights are 1, 2, 3, ..
fn counted<N: Network<Precision = loom::dtype::F32>>() -> N {
    let mut net = N::new(Seed(1));
    for param in N::PLAN.params {
        net.weights_mut().set(param, (0..param.len()).map(|i| (i + 1) as f32)).expect("the values are finite");
    }
    net
}

/// Equal values are their mean, to the bit, whatever they are; so the outputs are the bias.
#[test]
fn rows_of_equal_values() {
    macro_rules! check {
        ($($net:ident $len:literal),*) => {$({
            let net = counted::<$net>();
            let bias: [f32; $len] = core::array::from_fn(|i| (i + 1) as f32);
            for x in [0.0, 1.0, -0.1, 1e6 + 0.3, -3e-15, 1e17] {
                let case = || format!("{} of {x:e}", $net::PLAN.name);
                assert_same_bits(case, &[[bias; 3]], &[net.forward(&[[x; $len]; 3])]);
                let mut tape = Tape::new(net.clone(), &Cpu::new());
                tape.forward(&[[[x; $len]; 3]], TRAINING).expect("there is memory");
                let d_output = core::array::from_fn(|row| core::array::from_fn(|i| (row * $len + i) as f32));
                tape.set_d_outputs(&[d_output]).expect("there are outputs");
                tape.backward_to_inputs().expect("there is a gradient of the outputs");
                let d_input = tape.d_inputs().expect("the CPU has them")[0];
                assert!(d_input.as_flattened().iter().all(|d| d.is_finite()), "{}", case());
            }
        })*};
    }
    check!(LayerOf1 1, LayerOf3 3, LayerOf17 17, LayerOf64 64, LayerOf257 257);
}

network! {
    struct Point: [3, 1, 1] { BatchNorm2d<3> }
    struct Image: [3, 5, 7] { BatchNorm2d<3> }
}

/// The running means of a network.
fn statistics(net: &impl Network) -> Vec<f32> {
    let tensors = net.weights().tensors().filter(|(param, _)| param.role == Role::Statistic);
    tensors.flat_map(|(_, values)| values.to_vec()).collect()
}

/// Channels of equal values give the bias, and their variance is 0; a channel of one value leaves the running means.
#[test]
fn channels_of_equal_values() {
    let mut tape = Tape::new(Image::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
    for x in [0.0, -0.1, 1e6 + 0.3] {
        tape.forward(&[[[[x; 7]; 5]; 3]; 4], TRAINING).expect("there is memory");
        let outputs = tape.outputs().expect("the CPU has them");
        assert_same_bits(|| format!("outputs of {x:e}"), &[[[[0.0; 7]; 5]; 3]; 4], outputs);
        tape.set_d_outputs(&[[[[1.0; 7]; 5]; 3]; 4]).expect("there are outputs");
        tape.backward().expect("there is a gradient of the outputs");
        for param in Image::PLAN.params.iter().filter(|param| param.role == Role::Statistic) {
            let expected = if param.name == "0.running_mean" { x } else { 0.0 };
            assert_eq!(
                tape.gradients().expect("the CPU has them")[param.range()],
                [expected; 3],
                "{} of {x:e}",
                param.name
            );
        }
    }
    tape.step().expect("there are gradients");
    let a_tenth = 0.1 * (1e6 + 0.3);
    assert_eq!(statistics(tape.network().expect("the CPU has them")), [a_tenth, a_tenth, a_tenth, 0.9, 0.9, 0.9]);

    let mut tape = Tape::new(Point::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
    tape.forward(&[[[[5.0]], [[-1.0]], [[0.0]]]], TRAINING).expect("there is memory");
    assert_eq!(tape.outputs().expect("the CPU has them"), [[[[0.0]]; 3]]);
    tape.set_d_outputs(&[[[[1.0]]; 3]]).expect("there are outputs");
    tape.backward().expect("there is a gradient of the outputs");
    tape.step().expect("there are gradients");
    assert_eq!(
        statistics(tape.network().expect("the CPU has them")),
        [0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
        "one value has no variance"
    );
}

network! {
    struct Points: [3] { Reshape<3, 1, 1> -> bn: BatchNorm2d<3> -> Flatten -> Dense<3, 2> }
}

/// A trainer refuses batches of one value for each channel, and only those.
#[test]
fn batches_without_a_variance() {
    let fit = |samples: usize, batch: usize| {
        let inputs: Vec<[f32; 3]> = Random(2).samples(samples, -1.0, 1.0);
        let data = Dataset::new(inputs, vec![[0.0_f32; 2]; samples]).expect("the data are sound");
        let mut net = Points::new(Seed(1));
        let result = Trainer::new(Sgd::new(0.01), Mse).batch(batch).epochs(7).fit(&mut net, &data);
        (result.map(|_| ()).map_err(|error| error.to_string()), net)
    };
    let refused = |samples, batch, cure| {
        Err(format!(
            "layer `bn` has one value for each channel in a batch of one sample, and so no variance; {samples} samples in \
             batches of {batch} leave such a batch: {cure}"
        ))
    };
    let (either, larger, more) =
        ("choose another batch size, or leave a sample out", "choose a larger batch size", "train on more samples");
    for (samples, batch, cure) in [(9, 8, either), (65, 32, either), (8, 1, larger), (1, 8, more), (1, 1, more)] {
        let (result, net) = fit(samples, batch);
        assert_eq!(result, refused(samples, batch, cure));
        assert_eq!(net.weights(), Points::new(Seed(1)).weights(), "before the first step");
    }
    for (samples, batch) in [(9, 9), (9, 7), (2, 8), (16, 8)] {
        let (result, net) = fit(samples, batch);
        assert_eq!(result, Ok(()), "{samples} {batch}");
        assert_ne!(statistics(&net), statistics(&Points::new(Seed(1))));
    }
    // More than one value for each channel.
    let inputs: Vec<<Image as Model>::Input> = Random(2).samples(9, -1.0, 1.0);
    let data = Dataset::new(inputs.clone(), inputs).expect("the data are sound");
    Trainer::new(Sgd::new(0.01), Mse).batch(8).fit(&mut Image::new(Seed(1)), &data).expect("there is a variance");
}

network! {
    struct Root: [5] { RmsNorm }
    struct Row: [5] { LayerNorm }
    struct Plane: [1, 1, 5] { BatchNorm2d<1> }
}

/// x̂ and the gradient of x for that of y, in binary64, where eps does not count.
fn normalised(x: [f32; 5], d: [f64; 5], is_centred: bool) -> [[f64; 5]; 2] {
    let mean_of = |values: [f64; 5]| values.iter().sum::<f64>() / 5.0;
    let centre = |values: [f64; 5]| if is_centred { values.map(|x| x - mean_of(values)) } else { values };
    let x = centre(x.map(f64::from));
    let deviation = mean_of(x.map(|x| x * x)).sqrt();
    let x = x.map(|x| x / deviation);
    let slope = mean_of(core::array::from_fn(|i| x[i] * d[i]));
    let centred = centre(d);
    [x, core::array::from_fn(|i| (centred[i] - x[i] * slope) / deviation)]
}

/// Deviations beyond 2^60, whose reciprocals are below what is stored otherwise, up to where squares overflow, and there NaN.
#[test]
fn great_deviations() {
    macro_rules! check {
        ($($net:ident $centred:literal $wrap:expr, $unwrap:expr);*) => {$(
            for scale in [1e3, 1e17, 1e18, 2e18, 7e18] {
                for shape in [[1.0, -1.0, 1.0, -1.0, 0.0_f32], [1.0, 0.5, -0.25, 0.125, 0.0]] {
                    let (x, d) = (shape.map(|x| x * scale), [1.0, -2.0, 0.5, 3.0, 1e3]);
                    let mut tape = Tape::new($net::new(Seed(1)), &Cpu::new());
                    tape.forward(&[$wrap(x)], TRAINING).expect("there is memory");
                    let y: [f32; 5] = $unwrap(tape.outputs().expect("the CPU has them")[0]);
                    tape.set_d_outputs(&[$wrap(d.map(|d| d as f32 * scale))]).expect("there are outputs");
                    tape.backward_to_inputs().expect("there is a gradient of the outputs");
                    let d_x: [f32; 5] = $unwrap(tape.d_inputs().expect("the CPU has them")[0]);
                    let [x_hat, d_input] = normalised(x, d.map(|d| d * f64::from(scale)), $centred);
                    let case = || format!("{} of {scale:e}", $net::PLAN.name);
                    assert_close(case, &x_hat, &common::widen(&y), |_| 1e-6);
                    assert_close(case, &d_input, &common::widen(&d_x), |_| 2e-3);
                }
            }
            for scale in [2e19, 1e38] {
                let mut tape = Tape::new($net::new(Seed(1)), &Cpu::new());
                let x = $wrap([1.0, -1.0, 1.0, -1.0, 0.0].map(|x: f32| x * scale));
                tape.forward(&[x], TRAINING).expect("there is memory");
                let y: [f32; 5] = $unwrap(tape.outputs().expect("the CPU has them")[0]);
                assert!(y.iter().all(|y| y.is_nan()), "{} of {scale:e}: {y:?}", $net::PLAN.name);
            }
        )*};
    }
    let keep = |x: [f32; 5]| x;
    check!(
        Root false keep, keep;
        Row true keep, keep;
        Plane true |x: [f32; 5]| [[x]], |x: [[[f32; 5]; 1]; 1]| x[0][0]
    );
    let y = Root::new(Seed(1)).forward(&[2e18, -2e18, 2e18, -2e18, 0.0]);
    assert!((f64::from(y[0]) - 1.25_f64.sqrt()).abs() < 1e-6, "{y:?}");
}

/// Running variances up to the end of binary32, in inference.
#[test]
fn great_running_variances() {
    let mut net = Plane::new(Seed(1));
    let variance = Plane::PLAN.params.iter().find(|param| param.name == "0.running_var").expect("a running variance");
    for value in [1e36_f32, 4e37, 3.4e38] {
        net.weights_mut().set(variance, [value].into_iter()).expect("the value is finite");
        let y = net.forward(&[[[1e18, -1e19, 3e30, 0.0, 0.5]]])[0][0];
        let expected = [1e18, -1e19, 3e30, 0.0, 0.0].map(|x: f64| x / f64::from(value).sqrt());
        assert_close(|| format!("{value:e}"), &expected, &common::widen(&y), |y| 1e-6 * y.abs());
    }
}

/// A step moves running means a tenth of the way to what the batch had, whatever the optimizer makes of the weights; a
/// batch in inference leaves them.
#[test]
fn running_means() {
    let inputs: Vec<<Image as Model>::Input> = Random(3).samples(6, -1.0, 5.0);
    let values = |c: usize| inputs.iter().flat_map(move |x| x[c].as_flattened()).map(|&x| f64::from(x));
    let moments = [0, 1, 2].map(|c| {
        let n = values(c).count() as f64;
        let mean = values(c).sum::<f64>() / n;
        (mean, values(c).map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0))
    });
    let expected = moments.map(|(mean, _)| 0.1 * mean).into_iter().chain(moments.map(|(_, var)| 0.9 + 0.1 * var));
    let expected: Vec<f64> = expected.collect();
    let step = |mode: Mode, clip: Option<Clip>, optimizer: AdamW| {
        let mut tape = Tape::new(Image::new(Seed(1)), &Cpu::new()).optimizer(optimizer);
        tape.forward(&inputs, mode).expect("there is memory");
        let d_outputs = Random(4).samples::<<Image as Model>::Output>(6, -1.0, 1.0);
        tape.set_d_outputs(&d_outputs).expect("there are outputs");
        tape.backward().expect("there is a gradient of the outputs");
        if let Some(clip) = clip {
            tape.clip(clip).expect("there are gradients");
        }
        tape.step().expect("there are gradients");
        tape.into_network().expect("the CPU has them")
    };
    let [plain, decayed, clipped] = [(0.0, None), (0.5, None), (0.0, Some(Clip::Norm(1e-3)))]
        .map(|(decay, clip)| step(TRAINING, clip, AdamW::new(0.01).weight_decay(decay)));
    let found = statistics(&plain);
    let near = |(found, wanted): (&f32, &f64)| (f64::from(*found) - wanted).abs() < 1e-6;
    assert!(found.iter().zip(&expected).all(near), "{found:?} {expected:?}");
    assert_eq!((statistics(&decayed), statistics(&clipped)), (found.clone(), found));
    assert_ne!(plain.weights(), decayed.weights());

    let still = step(Mode::Inference, None, AdamW::new(0.01));
    assert_eq!(statistics(&still), statistics(&Image::new(Seed(1))));
    assert_ne!(still.weights(), Image::new(Seed(1)).weights(), "the weights move");
}

network! {
    /// One norm for two images, and for what is left of their sum.
    struct Pair(a: [3, 2, 2], b: [3, 2, 2]) -> (left, right, both) {
        let left = a -> norm: BatchNorm2d<3>;
        let right = b -> norm;
        let both = Sum { left | right } -> AvgPool2d<2> -> norm;
    }
}

/// Each use of a norm moves its running means, the first one first; what one sample has no variance of moves nothing, and neither does
/// inference.
#[test]
fn running_means_of_several_uses() {
    let image = |x: f32, step: f32| [[[x, x + step], [x + step, x]]; 3];
    let inputs = [2.0, -4.0].map(|step| PairInput { a: image(0.5, step), b: image(step, 1.0) });
    let step = |mode: Mode, inputs: &[PairInput]| {
        let mut tape = Tape::new(Pair::new(Seed(1)), &Cpu::new()).optimizer(Sgd::new(0.1));
        tape.forward(inputs, mode).expect("there is memory");
        let d_output = PairOutput { left: image(1.0, 0.5), right: image(2.0, 1.0), both: [[[1.0]]; 3] };
        tape.set_d_outputs(&vec![d_output; inputs.len()]).expect("there are outputs");
        tape.backward().expect("there is a gradient of the outputs");
        let last = tape.gradients().expect("the CPU has them")[Pair::PLAN.params[2].offset];
        tape.step().expect("there are gradients");
        (statistics(tape.network().expect("the CPU has them")), last)
    };
    let moved = |running: f32, x: f32| 0.1_f32.mul_add(x - running, running);
    // The mean of a, the mean of b, and that of two normalised images, which is near 0.
    let (found, last) = step(TRAINING, &inputs);
    let expected = moved(moved(moved(0.0, 0.0), -0.5), last);
    assert_eq!(found[..3], [expected; 3]);
    assert_ne!(expected, moved(moved(moved(0.0, -0.5), 0.0), last), "the order counts");
    // One sample: means of 1.5 and 2.5, variances of 4/3 and 1/3.
    let (found, _) = step(TRAINING, &inputs[..1]);
    assert_eq!(found[..3], [moved(moved(0.0, 1.5), 2.5); 3]);
    let variance = 0.1_f64.mul_add(1.0 / 3.0, 0.9 * (0.9 + 0.1 * 4.0 / 3.0));
    assert!(found[3..].iter().all(|found| (f64::from(*found) - variance).abs() < 1e-6), "{found:?}");
    assert_eq!(step(Mode::Inference, &inputs).0, statistics(&Pair::new(Seed(1))));
}

network! {
    struct Learner: [2, 4, 4] { Conv2d<2, 3, 3, bias = false> -> BatchNorm2d<3> -> Relu -> Flatten -> Dense<12, 2> }
}

/// A network whose running means have moved.
fn learned(trainer: &Trainer<Adam, CrossEntropy>) -> Learner {
    let inputs: Vec<<Learner as Model>::Input> = Random(5).samples(21, -1.0, 3.0);
    let labels: Vec<u8> = inputs.iter().map(|x| u8::from(x[0][1][1] > x[1][2][2])).collect();
    let mut net = Learner::new(Seed(1));
    let data = Dataset::new(inputs, labels).expect("the data are sound");
    trainer.fit(&mut net, &data).expect("training succeeds");
    assert_ne!(statistics(&net), statistics(&Learner::new(Seed(1))));
    net
}

#[test]
fn a_checkpoint_keeps_running_means() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("run.safetensors");
    let trainer = || Trainer::new(Adam::new(0.01), CrossEntropy).batch(8).seed(Seed(5));
    let whole = learned(&trainer().epochs(3));
    learned(&trainer().epochs(1).checkpoint(&file, 1));
    assert_eq!(learned(&trainer().epochs(3).resume(&file)).fingerprint(), whole.fingerprint());
}

#[test]
fn every_kind_of_format_keeps_running_means() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let net = learned(&Trainer::new(Adam::new(0.01), CrossEntropy).batch(8));
    macro_rules! check {
        ($($format:ident $tolerance:literal),*) => {$(
            let path = folder.path().join(stringify!($format));
            net.quantize::<$format>().expect("the weights are finite").save(&path).expect("the folder can be written");
            let loaded = <Learner as Model>::In::<$format>::load(&path).expect("what was saved");
            for (found, wanted) in statistics(&loaded).into_iter().zip(statistics(&net)) {
                assert!((found - wanted).abs() <= $tolerance * wanted.abs(), "{}: {found} {wanted}", stringify!($format));
            }
        )*};
    }
    check!(F64 0.0, F16 1e-3, BF16 1e-2, I8 0.0, U16 0.0, F4 0.0);
}

/// PyTorch counts batches beside its running means. The count is passed over, but only there.
#[test]
fn a_count_of_batches() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, net) = (folder.path().join("net.safetensors"), learned(&Trainer::new(Adam::new(0.01), CrossEntropy)));
    net.save(&path).expect("the folder can be written");
    let bytes = std::fs::read(&path).expect("the file was written");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("a safetensors file");
    assert!(file.names().iter().all(|name| !name.contains("num_batches")));
    let count = 7_i64.to_le_bytes();
    let with = |name: &str| {
        let count = TensorView::new(Dtype::I64, vec![], &count).expect("one value");
        let tensors = file.iter().map(|(name, view)| (name.to_owned(), view)).chain([(name.to_owned(), count)]);
        safetensors::serialize_to_file(tensors, None, &path).expect("the folder can be written");
        Learner::load(&path)
    };
    assert_eq!(with("1.num_batches_tracked").expect("PyTorch's file").weights(), net.weights());
    for name in ["0.num_batches_tracked", "num_batches_tracked"] {
        let error = with(name).expect_err("no layer counts there").to_string();
        assert!(error.contains(name), "{error}");
    }
}
