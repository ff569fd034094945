//! Architectures that people train: three steps of Adam are those of PyTorch.
//!
//! `architectures.py` beside this file has the same in PyTorch, and says what is in the fixtures. It writes `values`, `start` and
//! `digest` as this file does, so that no fixture has to hold the weights.

use crate::Golden;
use crate::layers::{ports, shared};
use loom::Sample;
use loom::data::Target;
use loom::dtype::F32;
use loom::loss::{Loss, Weighted};
use loom::plan::{Param, Role};
use loom::prelude::*;
use std::collections::BTreeSet;

/// Three steps on a batch in training mode, then the outputs of the trained network.
pub fn trains_as_pytorch_does<N, Y>(name: &str, inputs: &[N::Input], loss: &impl Loss<N::Output, Y>, targets: &[Y])
where
    N: Network<Precision = F32>,
    Y: Target,
{
    let golden = Golden::read(&format!("{name}_steps"));
    let names: BTreeSet<_> = N::PLAN.params.iter().map(|param| param.name).collect();
    assert_eq!(names, golden.0.keys().filter_map(|key| key.strip_prefix("weights/")).collect(), "parameters");
    let mut net = N::new(Seed(0));
    for param in N::PLAN.params {
        net.weights_mut().set(param, start(param)).expect("the values are finite");
    }
    let mut tape = Tape::new(net, &Cpu::new()).optimizer(Adam::new(1e-4).epsilon(1e-4));
    let trained = || N::PLAN.params.iter().filter(|param| param.role != Role::Statistic);
    let losses: Vec<f32> = (0..3)
        .map(|step| {
            tape.forward(inputs, Mode::Training { seed: Seed(0), step }).expect("there is memory");
            if step == 0 {
                let outputs = N::Output::flat(tape.outputs().expect("the CPU has them"));
                golden.check_rows("output", N::Output::LEN, outputs);
            }
            tape.loss(loss, targets).expect("targets that the loss takes");
            tape.backward_to_inputs().expect("there is a gradient of the outputs");
            if step == 0 {
                golden.check_digest("d_input", "input", N::Input::flat(tape.d_inputs().expect("the CPU has them")));
                for param in trained() {
                    let gradient = &tape.gradients().expect("the CPU has them")[param.range()];
                    golden.check_digest(&format!("d_weights/{}", param.name), param.name, gradient);
                }
            }
            tape.step().expect("there are gradients");
            let score = tape.score().expect("there is a loss");
            score.loss_sum / score.rows as f32
        })
        .collect();
    let net = tape.into_network().expect("the CPU has them");
    golden.check_rows("losses", 1, &losses);
    golden.check_rows("trained_output", N::Output::LEN, N::Output::flat(&net.forward_batch(inputs)));
    for (param, values) in net.weights().tensors() {
        golden.check_digest(&format!("weights/{}", param.name), param.name, &values);
    }
}

/// Hashes of 16 bits, under a name.
fn words(name: &str) -> impl Fn(usize) -> u16 + Clone + use<> {
    let seed = name.bytes().fold(0x811c_9dc5_u32, |seed, byte| (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    move |number| {
        let x = (number as u32).wrapping_mul(0x9e37_79b9).wrapping_add(seed);
        let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        (x >> 16) as u16
    }
}

/// So many values from -1 to 1 that follow from a name.
fn values(name: &str, len: usize) -> impl ExactSizeIterator<Item = f32> + Clone + use<> {
    let words = words(name);
    (0..len).map(move |i| (f32::from(words(i)) - 32768.0) / 32768.0)
}

/// A tensor before the first step.
fn start(param: &Param) -> impl ExactSizeIterator<Item = f32> + Clone + use<> {
    let (middle, width) = match *param.shape {
        [_, ref row @ ..] if !row.is_empty() => {
            let bits = row.iter().product::<usize>().ilog2() + 1;
            (0.0, 2.0_f32.powi(1 - (bits as i32 + 1) / 2))
        }
        _ if param.name.ends_with("weight") || param.name.ends_with("running_var") => (1.0, 0.5),
        _ => (0.0, 0.25),
    };
    values(param.name, param.len()).map(move |value| middle + width * value)
}

impl Golden {
    /// Compares a tensor with PyTorch's digest of it: the greatest magnitude, the norm, the product with values that follow from the
    /// name, and eight of the values.
    fn check_digest(&self, key: &str, name: &str, tensor: &[f32]) {
        let wide = || tensor.iter().copied().map(f64::from);
        let greatest = wide().fold(0.0_f64, |greatest, x| greatest.max(x.abs()));
        let norm = wide().map(|x| x * x).sum::<f64>().sqrt();
        let with = values(&format!("{name}/with"), tensor.len()).map(f64::from);
        let product = wide().zip(with).map(|(x, y)| x * y).sum();
        let at = words(&format!("{name}/at"));
        let some = (0..8).map(|i| f64::from(tensor[usize::from(at(i)) % tensor.len()]));
        let digest: Vec<f64> = [greatest, norm, product].into_iter().chain(some).collect();
        // As if all values were off by as much as one may be.
        let of_all = greatest * (tensor.len() as f64).sqrt();
        let scales = [greatest, of_all, of_all].into_iter().chain([greatest; 8]);
        self.check_values(key, &digest, scales);
    }
}

fn uniform<S: Sample<Scalar = f32>>(name: &str, count: usize) -> Vec<S> {
    S::vec_from_flat(values(name, count * S::LEN).collect()).expect("the values are whole samples")
}

/// Numbers below `below`.
fn numbers(name: &str, count: usize, below: u16) -> Vec<u16> {
    let words = words(name);
    (0..count).map(|i| words(i) % below).collect()
}

fn classes(count: usize, classes: u16) -> Vec<u8> {
    numbers("target", count, classes).into_iter().map(|class| class as u8).collect()
}

fn classifies<N: Network<Precision = F32>>(name: &str, input: &str, count: usize)
where
    CrossEntropy: Loss<N::Output, u8>,
{
    let targets = classes(count, N::Output::LEN as u16);
    trains_as_pytorch_does::<N, u8>(name, &uniform(input, count), &CrossEntropy, &targets);
}

fn fits<N: Network<Precision = F32, Output: Target>>(name: &str)
where
    Mse: Loss<N::Output, N::Output>,
{
    trains_as_pytorch_does::<N, N::Output>(name, &uniform("input", 3), &Mse, &uniform("target", 3));
}

/// Half as wide as usual. The inputs are such that rounding turns no `Relu` on or off: of the millions of values before them, one
/// is mostly so near to 0 that PyTorch's own binary32 and binary64 disagree.
mod res_net_18 {
    loom::network! {
        pub struct At32: [3, 32, 32] { ResNet18<32, 10> }
        pub struct At64: [3, 64, 64] { ResNet18<32, 10> }

        block ResNet18<WIDTH, CLASSES> {
            Conv2d<3, WIDTH, 3, padding = 1, bias = false> -> BatchNorm2d<WIDTH> -> Relu
                -> Basic<WIDTH> * 2
                -> Down<WIDTH, 2 * WIDTH> -> Basic<2 * WIDTH>
                -> Down<2 * WIDTH, 4 * WIDTH> -> Basic<4 * WIDTH>
                -> Down<4 * WIDTH, 8 * WIDTH> -> Basic<8 * WIDTH>
                -> GlobalAvgPool -> Dense<8 * WIDTH, CLASSES>
        }
        block Basic<C> { Residual { Branch<C, C, 1> } -> Relu }
        block Down<IN, OUT> {
            Residual { Branch<IN, OUT, 2> | Conv2d<IN, OUT, 1, stride = 2, bias = false> -> BatchNorm2d<OUT> } -> Relu
        }
        block Branch<IN, OUT, STRIDE> {
            Conv2d<IN, OUT, 3, stride = STRIDE, padding = 1, bias = false> -> BatchNorm2d<OUT> -> Relu
                -> Conv2d<OUT, OUT, 3, padding = 1, bias = false> -> BatchNorm2d<OUT>
        }
    }

    #[test]
    fn at_32() {
        super::classifies::<At32>("res_net_18_at_32", "input4", 2);
    }

    #[test]
    fn at_64() {
        super::classifies::<At64>("res_net_18_at_64", "input9", 2);
    }
}

#[test]
fn squeeze_net() {
    loom::network! {
        struct Net: [3, 32, 32] {
            Conv2d<3, 96, 7, stride = 2, padding = 3> -> Relu -> MaxPool2d<3, stride = 2, padding = 1>
                -> Fire<96, 16, 64> -> Fire<128, 16, 64> -> Conv2d<128, 10, 1> -> Relu -> GlobalAvgPool
        }
        block Fire<IN, SQUEEZED, EXPANDED> {
            Conv2d<IN, SQUEEZED, 1> -> Relu
                -> Concat {
                    Conv2d<SQUEEZED, EXPANDED, 1> -> Relu
                    | Conv2d<SQUEEZED, EXPANDED, 3, padding = 1> -> Relu
                }
        }
    }
    classifies::<Net>("squeeze_net", "input", 3);
}

#[test]
fn dense_net_bc() {
    loom::network! {
        const GROWTH: usize = 8;
        struct Net: [3, 16, 16] {
            Conv2d<3, 16, 3, padding = 1, bias = false>
                -> DenseBlock<16> -> Transition<40, 20> -> DenseBlock<20> -> Transition<44, 22> -> DenseBlock<22>
                -> BatchNorm2d<46> -> Relu -> GlobalAvgPool -> Dense<46, 10>
        }
        block DenseBlock<IN> { Layer<IN> -> Layer<IN + GROWTH> -> Layer<IN + 2 * GROWTH> }
        block Layer<IN> {
            Concat {
                | BatchNorm2d<IN> -> Relu -> Conv2d<IN, 4 * GROWTH, 1, bias = false>
                    -> BatchNorm2d<4 * GROWTH> -> Relu -> Conv2d<4 * GROWTH, GROWTH, 3, padding = 1, bias = false>
            }
        }
        block Transition<IN, OUT> {
            BatchNorm2d<IN> -> Relu -> Conv2d<IN, OUT, 1, bias = false> -> AvgPool2d<2>
        }
    }
    classifies::<Net>("dense_net_bc", "input", 3);
}

#[test]
fn inception_v1() {
    loom::network! {
        struct Net: [192, 7, 7] { Inception<192, 64, 96, 128, 16, 32, 32> -> GlobalAvgPool -> Dense<256, 10> }
        block Inception<IN, ONE, FOR_THREE, THREE, FOR_FIVE, FIVE, POOLED> {
            Concat {
                Conv2d<IN, ONE, 1> -> Relu
                | Conv2d<IN, FOR_THREE, 1> -> Relu -> Conv2d<FOR_THREE, THREE, 3, padding = 1> -> Relu
                | Conv2d<IN, FOR_FIVE, 1> -> Relu -> Conv2d<FOR_FIVE, FIVE, 5, padding = 2> -> Relu
                | MaxPool2d<3, stride = 1, padding = 1> -> Conv2d<IN, POOLED, 1> -> Relu
            }
        }
    }
    classifies::<Net>("inception_v1", "input", 3);
}

#[test]
fn u_net() {
    loom::network! {
        struct Net: [3, 16, 16] {
            let fine = Double<3, 8>;
            let middle = fine -> MaxPool2d<2> -> Double<8, 16>;
            let coarse = middle -> MaxPool2d<2> -> Double<16, 32>;
            let up = Concat { middle | coarse -> Twice<32, 4> } -> Double<48, 16>;
            Concat { fine | up -> Twice<16, 8> } -> Double<24, 8> -> Conv2d<8, 2, 1>
        }
        block Double<IN, OUT> {
            Conv2d<IN, OUT, 3, padding = 1, bias = false> -> BatchNorm2d<OUT> -> Relu
                -> Conv2d<OUT, OUT, 3, padding = 1, bias = false> -> BatchNorm2d<OUT> -> Relu
        }
        // Nearest neighbours: each value becomes a square of two by two.
        block Twice<C, SIDE> {
            Reshape<C * SIDE, SIDE, 1> -> Concat<axis = 2> { | }
                -> Reshape<C * SIDE, 1, 2 * SIDE> -> Concat<axis = 1> { | } -> Reshape<C, 2 * SIDE, 2 * SIDE>
        }
    }
    fits::<Net>("u_net");
}

#[test]
fn text_cnn() {
    loom::network! {
        struct Net: [20] {
            let words = Embedding<200, 32> -> Transpose;
            Concat { words -> Search<3> | words -> Search<4> | words -> Search<5> } -> Dense<48, 4>
        }
        block Search<WORDS> {
            Conv1d<32, 16, WORDS> -> Relu -> Reshape<16, 1, 21 - WORDS> -> MaxPool2d<(1, 21 - WORDS)> -> Flatten
        }
    }
    let tokens = numbers("input", 60, 200).into_iter().map(f32::from).collect();
    let inputs = <[f32; 20]>::vec_from_flat(tokens).expect("the tokens are whole samples");
    trains_as_pytorch_does::<Net, u8>("text_cnn", &inputs, &CrossEntropy, &classes(3, 4));
}

/// What each block leaves to the next is a sum, so that the weights have the sign with which its part is taken away.
#[test]
fn n_beats() {
    loom::network! {
        struct Net: [20] {
            let block1 = Hidden<20, 32>;
            let rest1 = Sum { input | block1 -> Dense<32, 20> };
            let block2 = rest1 -> Hidden<20, 32>;
            let rest2 = Sum { rest1 | block2 -> Dense<32, 20> };
            let block3 = rest2 -> Hidden<20, 32>;
            Sum { block1 -> Dense<32, 5> | block2 -> Dense<32, 5> | block3 -> Dense<32, 5> }
        }
        block Hidden<IN, WIDTH> { Dense<IN, WIDTH> -> Relu -> Wide<WIDTH> * 3 }
        block Wide<WIDTH> { Dense<WIDTH, WIDTH> -> Relu }
    }
    fits::<Net>("n_beats");
}

/// A sample is an encoded position of 63 values, and an encoded direction of 27.
#[test]
fn nerf() {
    loom::network! {
        struct Net: [90] {
            let position = Slice<0, 0, 63>;
            let hidden = position
                -> Dense<63, 256> -> Relu -> Dense<256, 256> -> Relu -> Dense<256, 256> -> Relu -> Dense<256, 256> -> Relu
                -> Dense<256, 256> -> Relu;
            let features = Concat { hidden | position }
                -> Dense<319, 256> -> Relu -> Dense<256, 256> -> Relu -> Dense<256, 256> -> Relu;
            let density = features -> Dense<256, 1> -> Relu;
            let color = Concat { features -> Dense<256, 256> | input -> Slice<0, 63, 90> }
                -> Dense<283, 128> -> Relu -> Dense<128, 3> -> Sigmoid;
            Concat { color | density }
        }
    }
    fits::<Net>("nerf");
}

#[test]
fn wide_and_deep() {
    fits::<ports::wide_and_deep::Net>("wide_and_deep");
}

/// A loss for each output, of which one counts half.
#[test]
fn two_heads() {
    let boxes: Vec<[f32; 4]> = uniform("target", 3);
    let targets: Vec<(u8, [f32; 4])> = classes(3, 4).into_iter().zip(boxes).collect();
    let losses = (CrossEntropy, Weighted::new(Mse, 0.5));
    let inputs = uniform("input", 3);
    trains_as_pytorch_does::<ports::two_heads::Net, _>("two_heads", &inputs, &losses, &targets);
}

#[test]
fn siamese() {
    fits::<shared::siamese::Net>("siamese");
}

#[test]
fn siamese_norms() {
    fits::<shared::siamese_norms::Net>("siamese_norms");
}

#[test]
fn tied_transformer() {
    loom::network! {
        struct Net: [7] {
            tokens: Embedding<11, 6> -> body: Body<6> * 2 -> LayerNorm -> Dense<6, 11, bias = false, tied = tokens>
        }
        block Body<D> { Residual { LayerNorm -> MultiHeadAttention<D, 2, causal = true> } }
    }
    let tokens = numbers("input", 21, 11).into_iter().map(f32::from).collect();
    let inputs = <[f32; 7]>::vec_from_flat(tokens).expect("the tokens are whole samples");
    trains_as_pytorch_does::<Net, _>("tied_transformer", &inputs, &Mse, &uniform("target", 3));
}
