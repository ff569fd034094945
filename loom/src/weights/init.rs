//! Initial weights.

use crate::numerics::arith::{Arith, Fused};
use crate::numerics::random::{Purpose, Seed, Stream};
use crate::plan::{Param, Role, Start};

/// How parameters are drawn. The numbers follow from the seed and the tensor's place in the network alone.
///
/// U(a) is uniform on [-a, a), N(s) normal with standard deviation s; biases are zero but for [`Init::Default`], and what
/// begins with ones, zeros or N(1) (norms, embeddings) does so under each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Init {
    /// PyTorch's default for each layer: U(1 / √fan_in) for the weights and biases of `Dense`, `Conv1d` and `Conv2d`.
    #[default]
    Default,
    /// U(√(6 / fan_in)), for layers before a `Relu` (He et al., arXiv:1502.01852).
    KaimingUniform,
    /// N(√(2 / fan_in)), of the same paper.
    KaimingNormal,
    /// U(√(6 / (fan_in + fan_out))) (Glorot and Bengio, AISTATS 2010).
    XavierUniform,
    /// N(√(2 / (fan_in + fan_out))), of the same paper.
    XavierNormal,
}

/// Draws the values of parameter number `index`.
pub(crate) fn initialise(init: Init, seed: Seed, index: usize, param: &Param, values: &mut [f32]) {
    let mut stream = Stream::new(seed, Purpose::Init, index as u64);
    let (fan_in, fan_out) = (param.fan_in as f64, param.fan_out as f64);
    let mut uniform = |bound: f64| {
        let bound = bound as f32;
        values.iter_mut().for_each(|value| *value = Fused::flush(stream.uniform(-bound, bound)));
    };
    match (init, param.start, param.role) {
        (_, Start::Zeros, _) => values.fill(0.0),
        (_, Start::Ones, _) => values.fill(1.0),
        (_, Start::Value(value), _) => values.fill(Fused::flush(value)),
        (_, Start::Normal, _) => normal(&mut stream, 1.0, values),
        (Init::Default, Start::FanIn, _) => uniform(1.0 / fan_in.sqrt()),
        (_, _, Role::Bias | Role::Statistic) => values.fill(0.0),
        (Init::KaimingUniform, ..) => uniform((6.0 / fan_in).sqrt()),
        (Init::KaimingNormal, ..) => normal(&mut stream, (2.0 / fan_in).sqrt(), values),
        (Init::Default, Start::Xavier, _) | (Init::XavierUniform, ..) => uniform((6.0 / (fan_in + fan_out)).sqrt()),
        (Init::XavierNormal, ..) => normal(&mut stream, (2.0 / (fan_in + fan_out)).sqrt(), values),
    }
}

fn normal(stream: &mut Stream, deviation: f64, values: &mut [f32]) {
    let deviation = deviation as f32;
    values.iter_mut().for_each(|value| *value = Fused::flush(stream.normal() * deviation));
}
