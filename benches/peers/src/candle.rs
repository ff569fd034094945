//! The networks in candle.

use crate::{Answer, Kind, median_us};
use candle_core::{D, DType, Device, IndexOp, Result, Tensor};
use candle_nn::ops::{layer_norm_slow, softmax, softmax_last_dim};
use candle_nn::rnn::{LSTM, RNN};
use candle_nn::{
    Activation, AdamW, Conv1dConfig, Conv2dConfig, LayerNorm, LayerNormConfig, Linear, Module, Optimizer, ParamsAdamW,
    Sequential, VarBuilder, VarMap, conv1d, conv2d, linear, linear_no_bias, loss, lstm, seq,
};
use std::hint::black_box;
use std::time::Duration;

/// The shape of a sample, the samples of a batch, and the number of classes, for cross-entropy; without, the loss is the
/// mean squared error.
fn data(network: &str) -> Option<(&'static [usize], usize, Option<usize>)> {
    Some(match network {
        "xor" => (&[2], 4, None),
        "mnist" | "lenet" => (&[1, 28, 28], 64, Some(10)),
        "mlp" => (&[784], 64, Some(10)),
        "conv1d" => (&[1, 32], 32, Some(3)),
        "rnn" | "lstm" => (&[16, 8], 32, Some(3)),
        "mha" => (&[16, 64], 32, None),
        "layer_norm" => (&[64], 32, Some(10)),
        "swiglu" => (&[256], 32, Some(10)),
        _ => return None,
    })
}

fn build(network: &str, training: bool, vb: VarBuilder) -> Result<Sequential> {
    let relu = Activation::Relu;
    Ok(match network {
        "xor" => seq()
            .add(linear(2, 8, vb.pp(0))?)
            .add_fn(Tensor::tanh)
            .add(linear(8, 8, vb.pp(1))?)
            .add_fn(Tensor::tanh)
            .add(linear(8, 1, vb.pp(2))?),
        "mnist" => seq()
            .add_fn(flatten)
            .add(linear(784, 784, vb.pp(0))?)
            .add_fn(|x| x.reshape(((), 1, 28, 28)))
            .add(conv2d(1, 8, 3, Conv2dConfig::default(), vb.pp(1))?)
            .add(relu)
            .add(conv2d(8, 16, 3, Conv2dConfig { stride: 2, ..Default::default() }, vb.pp(2))?)
            .add(relu)
            .add_fn(flatten)
            .add(linear(2304, 64, vb.pp(3))?)
            .add(relu)
            .add(linear(64, 10, vb.pp(4))?),
        "lenet" => seq()
            .add(conv2d(1, 32, 3, Conv2dConfig::default(), vb.pp(0))?)
            .add(relu)
            .add(conv2d(32, 64, 3, Conv2dConfig::default(), vb.pp(1))?)
            .add(relu)
            .add_fn(|x| x.max_pool2d(2))
            .add_fn(flatten)
            .add(linear(9216, 128, vb.pp(2))?)
            .add(relu)
            .add(linear(128, 10, vb.pp(3))?),
        "mlp" => seq()
            .add(linear(784, 512, vb.pp(0))?)
            .add(relu)
            .add(linear(512, 512, vb.pp(1))?)
            .add(relu)
            .add(linear(512, 10, vb.pp(2))?),
        "conv1d" => seq()
            .add(conv1d(1, 8, 3, Conv1dConfig { padding: 1, ..Default::default() }, vb.pp(0))?)
            .add(relu)
            .add(conv1d(8, 16, 3, Conv1dConfig { padding: 1, stride: 2, ..Default::default() }, vb.pp(1))?)
            .add(relu)
            .add_fn(flatten)
            .add(linear(256, 3, vb.pp(2))?),
        "rnn" => seq().add(Rnn::new(8, 32, vb.pp(0))?).add(linear(32, 3, vb.pp(1))?),
        "lstm" => seq().add(Lstm(lstm(8, 32, Default::default(), vb.pp(0))?)).add(linear(32, 3, vb.pp(1))?),
        "mha" => seq().add(Attention::new(64, 4, training, vb.pp(0))?).add(linear(64, 64, vb.pp(1))?),
        "layer_norm" => seq()
            .add(linear(64, 128, vb.pp(0))?)
            .add(Norm::new(128, training, vb.pp(1))?)
            .add(relu)
            .add(linear(128, 128, vb.pp(2))?)
            .add(Norm::new(128, training, vb.pp(3))?)
            .add(relu)
            .add(linear(128, 10, vb.pp(4))?),
        "swiglu" => seq()
            .add(linear(256, 512, vb.pp(0))?)
            .add(relu)
            .add(linear_no_bias(512, 1024, vb.pp(1))?)
            .add(Activation::Swiglu)
            .add(linear_no_bias(512, 512, vb.pp(2))?)
            .add(linear_no_bias(512, 1024, vb.pp(3))?)
            .add(Activation::Swiglu)
            .add(linear_no_bias(512, 512, vb.pp(4))?)
            .add(linear(512, 128, vb.pp(5))?)
            .add(relu)
            .add(linear(128, 10, vb.pp(6))?),
        _ => candle_core::bail!("network"),
    })
}

fn flatten(x: &Tensor) -> Result<Tensor> {
    x.flatten_from(1)
}

/// A recurrent layer with tanh, which candle lacks, like its LSTM; its output is the last state.
struct Rnn {
    input: Linear,
    hidden: Linear,
    width: usize,
}

impl Rnn {
    fn new(inputs: usize, width: usize, vb: VarBuilder) -> Result<Rnn> {
        let (input, hidden) = (linear(inputs, width, vb.pp("input"))?, linear(width, width, vb.pp("hidden"))?);
        Ok(Rnn { input, hidden, width })
    }
}

impl RNN for Rnn {
    type State = Tensor;

    fn zero_state(&self, batch: usize) -> Result<Tensor> {
        Tensor::zeros((batch, self.width), DType::F32, &Device::Cpu)
    }

    fn step(&self, input: &Tensor, state: &Tensor) -> Result<Tensor> {
        (self.input.forward(input)? + self.hidden.forward(state)?)?.tanh()
    }

    fn states_to_tensor(&self, states: &[Tensor]) -> Result<Tensor> {
        Tensor::stack(states, 1)
    }
}

impl Module for Rnn {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.seq(x)?.swap_remove(x.dim(1)? - 1))
    }
}

/// The last state of an LSTM.
struct Lstm(LSTM);

impl Module for Lstm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.0.seq(x)?.swap_remove(x.dim(1)? - 1).h)
    }
}

/// Self-attention, which candle lacks as a layer: that of candle-transformers' vision models.
struct Attention {
    qkv: Linear,
    output: Linear,
    heads: usize,
    scale: f64,
    training: bool,
}

impl Attention {
    fn new(width: usize, heads: usize, training: bool, vb: VarBuilder) -> Result<Attention> {
        Ok(Attention {
            qkv: linear(width, 3 * width, vb.pp("qkv"))?,
            output: linear(width, width, vb.pp("output"))?,
            heads,
            scale: 1.0 / ((width / heads) as f64).sqrt(),
            training,
        })
    }
}

impl Module for Attention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, steps, width) = x.dims3()?;
        let qkv = self.qkv.forward(x)?.reshape((batch, steps, 3, self.heads, width / self.heads))?;
        let qkv = qkv.permute((2, 0, 3, 1, 4))?;
        let (q, k, v) = ((qkv.i(0)? * self.scale)?, qkv.i(1)?.contiguous()?, qkv.i(2)?.contiguous()?);
        let scores = q.matmul(&k.t()?)?;
        // The fused softmax has no gradient.
        let weights = if self.training { softmax(&scores, D::Minus1)? } else { softmax_last_dim(&scores)? };
        self.output.forward(&weights.matmul(&v)?.transpose(1, 2)?.reshape((batch, steps, width))?)
    }
}

/// A layer norm with a gradient, which candle's fused one lacks, when training.
struct Norm {
    fused: LayerNorm,
    training: bool,
}

impl Norm {
    fn new(width: usize, training: bool, vb: VarBuilder) -> Result<Norm> {
        Ok(Norm { fused: candle_nn::layer_norm(width, LayerNormConfig::default(), vb)?, training })
    }
}

impl Module for Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self.fused.bias() {
            Some(bias) if self.training => layer_norm_slow(x, self.fused.weight(), bias, self.fused.eps() as f32),
            _ => self.fused.forward(x),
        }
    }
}

pub fn measure(network: &str, kind: Kind, seconds: Duration) -> Answer {
    let (sample, batch, classes) = data(network).ok_or("network")?;
    // In candle's own thread pool, as it advises.
    let median = Device::Cpu.with_context(|| match kind {
        Kind::Step => train(network, sample, batch, classes, seconds),
        Kind::Batch => infer(network, sample, batch, seconds),
        Kind::Sample => infer(network, sample, 1, seconds),
    });
    median.map_err(|error| error.to_string())
}

fn inputs(sample: &[usize], batch: usize) -> Result<Tensor> {
    Tensor::rand(0f32, 1f32, [&[batch], sample].concat(), &Device::Cpu)
}

fn train(network: &str, sample: &[usize], batch: usize, classes: Option<usize>, seconds: Duration) -> Result<f64> {
    let vars = VarMap::new();
    let net = build(network, true, VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu))?;
    let inputs = inputs(sample, batch)?;
    let targets = match classes {
        Some(classes) => Tensor::from_iter((0..batch).map(|i| (i * 7 % classes) as u32), &Device::Cpu)?,
        None => net.forward(&inputs)?.detach().rand_like(0.0, 1.0)?,
    };
    let loss = if classes.is_some() { loss::cross_entropy } else { loss::mse };
    // AdamW without decay is Adam.
    let mut adam = AdamW::new(vars.all_vars(), ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() })?;
    let mut step = || adam.backward_step(&loss(&net.forward(&inputs)?, &targets)?);
    step()?;
    Ok(median_us(seconds, || step().expect("a step as before")))
}

fn infer(network: &str, sample: &[usize], batch: usize, seconds: Duration) -> Result<f64> {
    let vars = VarMap::new();
    build(network, false, VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu))?;
    // As loaded from a file: variables would record the operations.
    let vars = vars.data().lock().expect("no thread panicked");
    let weights = vars.iter().map(|(name, var)| (name.clone(), var.as_detached_tensor())).collect();
    let net = build(network, false, VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu))?;
    let inputs = inputs(sample, batch)?;
    net.forward(&inputs)?;
    Ok(median_us(seconds, || {
        black_box(net.forward(&inputs).expect("a forward pass as before"));
    }))
}
