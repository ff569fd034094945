//! The layers: each file has one layer's arguments, shape rules, parameters and constant.
//!
//! [`REGISTRY`] is the only list: a new layer is one file here, its `mod`, and one line there. A shape rule is a numbered comment
//! such as `// dense_c1`, and the ui test of that name shows its error.

mod activation;
mod batch_norm2d;
mod conv1d;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod global_avg_pool;
mod group_norm;
mod multi_head_attention;
mod norm;
mod pad;
mod permute;
mod pool2d;
mod positions;
mod recurrence;
mod sequence;
mod shape;
mod slice;
mod softmax;
mod swi_glu;
mod transpose;
mod window;

use crate::entry::Entry;
pub(crate) use slice::{part, part_of_input};

/// Every layer.
pub(crate) const REGISTRY: &[Entry] = &[
    dense::DENSE,
    conv2d::CONV2D,
    pool2d::MAX_POOL2D,
    pool2d::AVG_POOL2D,
    shape::FLATTEN,
    shape::RESHAPE,
    activation::RELU,
    activation::LEAKY_RELU,
    activation::SIGMOID,
    activation::TANH,
    activation::SILU,
    activation::GELU,
    activation::GELU_TANH,
    softmax::SOFTMAX,
    dropout::DROPOUT,
    conv1d::CONV1D,
    global_avg_pool::GLOBAL_AVG_POOL,
    sequence::LAST,
    sequence::MEAN,
    transpose::TRANSPOSE,
    slice::SLICE,
    permute::PERMUTE,
    pad::PAD,
    recurrence::RNN,
    recurrence::LSTM,
    recurrence::GRU,
    multi_head_attention::MULTI_HEAD_ATTENTION,
    positions::SINUSOIDAL_POSITIONS,
    positions::LEARNED_POSITIONS,
    norm::LAYER_NORM,
    norm::RMS_NORM,
    batch_norm2d::BATCH_NORM2D,
    group_norm::GROUP_NORM,
    swi_glu::SWI_GLU,
    embedding::EMBEDDING,
];

/// The layer of this name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}
