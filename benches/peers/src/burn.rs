//! The networks in burn.

use crate::{Answer, Kind, median_us};
use burn::module::Module;
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{
    LayerNorm, LayerNormConfig, Linear, LinearConfig, Lstm, LstmConfig, PaddingConfig1d, Rnn, RnnConfig, SwiGlu,
    SwiGluConfig,
};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Distribution, Int, Tensor};
use std::hint::black_box;
use std::time::Duration;

/// A network of batches of rank `I` to batches of rank `O`.
trait Network<const I: usize, const O: usize>: Module {
    fn new(device: &Device) -> Self;
    fn forward(&self, x: Tensor<I>) -> Tensor<O>;
}

fn linear(inputs: usize, outputs: usize, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs).init(device)
}

#[derive(Module, Debug)]
struct Xor {
    linear1: Linear,
    linear2: Linear,
    linear3: Linear,
}

impl Network<2, 2> for Xor {
    fn new(device: &Device) -> Self {
        Xor { linear1: linear(2, 8, device), linear2: linear(8, 8, device), linear3: linear(8, 1, device) }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = tanh(self.linear1.forward(x));
        let x = tanh(self.linear2.forward(x));
        self.linear3.forward(x)
    }
}

#[derive(Module, Debug)]
struct Mnist {
    linear1: Linear,
    conv1: Conv2d,
    conv2: Conv2d,
    linear2: Linear,
    linear3: Linear,
}

impl Network<4, 2> for Mnist {
    fn new(device: &Device) -> Self {
        Mnist {
            linear1: linear(784, 784, device),
            conv1: Conv2dConfig::new([1, 8], [3, 3]).init(device),
            conv2: Conv2dConfig::new([8, 16], [3, 3]).with_stride([2, 2]).init(device),
            linear2: linear(2304, 64, device),
            linear3: linear(64, 10, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.linear1.forward(x.flatten::<2>(1, 3)).reshape([-1, 1, 28, 28]);
        let x = relu(self.conv1.forward(x));
        let x = relu(self.conv2.forward(x));
        let x = relu(self.linear2.forward(x.flatten::<2>(1, 3)));
        self.linear3.forward(x)
    }
}

#[derive(Module, Debug)]
struct LeNet {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    linear1: Linear,
    linear2: Linear,
}

impl Network<4, 2> for LeNet {
    fn new(device: &Device) -> Self {
        LeNet {
            conv1: Conv2dConfig::new([1, 32], [3, 3]).init(device),
            conv2: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            linear1: linear(9216, 128, device),
            linear2: linear(128, 10, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv1.forward(x));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        let x = relu(self.linear1.forward(x.flatten::<2>(1, 3)));
        self.linear2.forward(x)
    }
}

#[derive(Module, Debug)]
struct Mlp {
    linear1: Linear,
    linear2: Linear,
    linear3: Linear,
}

impl Network<2, 2> for Mlp {
    fn new(device: &Device) -> Self {
        Mlp { linear1: linear(784, 512, device), linear2: linear(512, 512, device), linear3: linear(512, 10, device) }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = relu(self.linear1.forward(x));
        let x = relu(self.linear2.forward(x));
        self.linear3.forward(x)
    }
}

#[derive(Module, Debug)]
struct Sequence {
    conv1: Conv1d,
    conv2: Conv1d,
    linear: Linear,
}

impl Network<3, 2> for Sequence {
    fn new(device: &Device) -> Self {
        let padding = PaddingConfig1d::Explicit(1, 1);
        Sequence {
            conv1: Conv1dConfig::new(1, 8, 3).with_padding(padding.clone()).init(device),
            conv2: Conv1dConfig::new(8, 16, 3).with_padding(padding).with_stride(2).init(device),
            linear: linear(256, 3, device),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let x = relu(self.conv1.forward(x));
        let x = relu(self.conv2.forward(x));
        self.linear.forward(x.flatten::<2>(1, 2))
    }
}

#[derive(Module, Debug)]
struct RnnNet {
    rnn: Rnn,
    linear: Linear,
}

impl Network<3, 2> for RnnNet {
    fn new(device: &Device) -> Self {
        RnnNet { rnn: RnnConfig::new(8, 32, true).init(device), linear: linear(32, 3, device) }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let (_, state) = self.rnn.forward(x, None);
        self.linear.forward(state.hidden)
    }
}

#[derive(Module, Debug)]
struct LstmNet {
    lstm: Lstm,
    linear: Linear,
}

impl Network<3, 2> for LstmNet {
    fn new(device: &Device) -> Self {
        LstmNet { lstm: LstmConfig::new(8, 32, true).init(device), linear: linear(32, 3, device) }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let (_, state) = self.lstm.forward(x, None);
        self.linear.forward(state.hidden)
    }
}

#[derive(Module, Debug)]
struct Attention {
    attention: MultiHeadAttention,
    linear: Linear,
}

impl Network<3, 3> for Attention {
    fn new(device: &Device) -> Self {
        let attention = MultiHeadAttentionConfig::new(64, 4).with_dropout(0.0);
        Attention { attention: attention.init(device), linear: linear(64, 64, device) }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.linear.forward(self.attention.forward(MhaInput::self_attn(x)).context)
    }
}

#[derive(Module, Debug)]
struct Normed {
    linear1: Linear,
    norm1: LayerNorm,
    linear2: Linear,
    norm2: LayerNorm,
    linear3: Linear,
}

impl Network<2, 2> for Normed {
    fn new(device: &Device) -> Self {
        Normed {
            linear1: linear(64, 128, device),
            norm1: LayerNormConfig::new(128).init(device),
            linear2: linear(128, 128, device),
            norm2: LayerNormConfig::new(128).init(device),
            linear3: linear(128, 10, device),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = relu(self.norm1.forward(self.linear1.forward(x)));
        let x = relu(self.norm2.forward(self.linear2.forward(x)));
        self.linear3.forward(x)
    }
}

#[derive(Module, Debug)]
struct Gated {
    linear1: Linear,
    gate1: SwiGlu,
    down1: Linear,
    gate2: SwiGlu,
    down2: Linear,
    linear2: Linear,
    linear3: Linear,
}

impl Network<2, 2> for Gated {
    fn new(device: &Device) -> Self {
        let gate = || SwiGluConfig::new(512, 512).init(device);
        let down = || LinearConfig::new(512, 512).with_bias(false).init(device);
        Gated {
            linear1: linear(256, 512, device),
            gate1: gate(),
            down1: down(),
            gate2: gate(),
            down2: down(),
            linear2: linear(512, 128, device),
            linear3: linear(128, 10, device),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = relu(self.linear1.forward(x));
        let x = self.down1.forward(self.gate1.forward(x));
        let x = self.down2.forward(self.gate2.forward(x));
        let x = relu(self.linear2.forward(x));
        self.linear3.forward(x)
    }
}

pub fn measure(network: &str, kind: Kind, seconds: Duration) -> Answer {
    Ok(match network {
        "xor" => regression::<Xor, 2, 2>([4, 2], [4, 1], kind, seconds),
        "mnist" => classification::<Mnist, 4>([64, 1, 28, 28], 10, kind, seconds),
        "lenet" => classification::<LeNet, 4>([64, 1, 28, 28], 10, kind, seconds),
        "mlp" => classification::<Mlp, 2>([64, 784], 10, kind, seconds),
        "conv1d" => classification::<Sequence, 3>([32, 1, 32], 3, kind, seconds),
        "rnn" => classification::<RnnNet, 3>([32, 16, 8], 3, kind, seconds),
        "lstm" => classification::<LstmNet, 3>([32, 16, 8], 3, kind, seconds),
        "mha" => regression::<Attention, 3, 3>([32, 16, 64], [32, 16, 64], kind, seconds),
        "layer_norm" => classification::<Normed, 2>([32, 64], 10, kind, seconds),
        "swiglu" => classification::<Gated, 2>([32, 256], 10, kind, seconds),
        _ => return Err("network".into()),
    })
}

/// A network with targets of its outputs' shape and the mean squared error.
fn regression<N: Network<I, O>, const I: usize, const O: usize>(
    inputs: [usize; I],
    outputs: [usize; O],
    kind: Kind,
    seconds: Duration,
) -> f64 {
    let targets = random(outputs, &Device::flex().autodiff());
    let loss = |outputs| MseLoss::new().forward(outputs, targets.clone(), Reduction::Mean);
    calls::<N, I, O>(inputs, loss, kind, seconds)
}

/// A network with a class for each sample and cross-entropy.
fn classification<N: Network<I, 2>, const I: usize>(
    inputs: [usize; I],
    classes: usize,
    kind: Kind,
    seconds: Duration,
) -> f64 {
    let device = Device::flex().autodiff();
    let targets: Vec<_> = (0..inputs[0]).map(|i| (i * 7 % classes) as i32).collect();
    let targets = Tensor::<1, Int>::from_ints(targets.as_slice(), &device);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let loss = |outputs| cross_entropy.forward(outputs, targets.clone());
    calls::<N, I, 2>(inputs, loss, kind, seconds)
}

fn calls<N: Network<I, O>, const I: usize, const O: usize>(
    shape: [usize; I],
    loss: impl Fn(Tensor<O>) -> Tensor<1>,
    kind: Kind,
    seconds: Duration,
) -> f64 {
    match kind {
        Kind::Step => train::<N, I, O>(shape, loss, seconds),
        Kind::Batch => infer::<N, I, O>(shape, seconds),
        Kind::Sample => infer::<N, I, O>(std::array::from_fn(|axis| if axis == 0 { 1 } else { shape[axis] }), seconds),
    }
}

fn train<N: Network<I, O>, const I: usize, const O: usize>(
    shape: [usize; I],
    loss: impl Fn(Tensor<O>) -> Tensor<1>,
    seconds: Duration,
) -> f64 {
    let device = Device::flex().autodiff();
    let inputs = random(shape, &device);
    let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
    let mut net = Some(N::new(&device));
    median_us(seconds, || {
        net = net.take().map(|net| {
            let gradients = loss(net.forward(inputs.clone())).backward();
            let gradients = GradientsParams::from_grads(gradients, &net);
            adam.step(1e-3, net, gradients)
        });
    })
}

fn infer<N: Network<I, O>, const I: usize, const O: usize>(shape: [usize; I], seconds: Duration) -> f64 {
    let device = Device::flex();
    let (net, inputs) = (N::new(&device), random(shape, &device));
    median_us(seconds, || {
        black_box(net.forward(inputs.clone()));
    })
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Default, device)
}
