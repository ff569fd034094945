//! The layers: each file has the formula, the sizes that `network!` fills in, and forward and backward for the CPU.
//!
//! [`Layer`] is the registry, its only list. A layer's struct is plain sizes and parameter offsets, which the macro
//! writes as a constant; the work is in its `Operator` implementation, compiled inside this crate for each
//! arithmetic.

mod activation;
mod batch_norm2d;
mod columns;
mod conv1d;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod global_avg_pool;
mod multi_head_attention;
mod norm;
mod pool2d;
mod positions;
mod recurrence;
mod residual;
mod sequence;
mod shape;
mod softmax;
mod swi_glu;
mod transpose;
mod window;

pub use activation::{Activation, Elementwise};
pub use batch_norm2d::BatchNorm2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use global_avg_pool::GlobalAvgPool;
pub use multi_head_attention::{Attention, MultiHeadAttention};
pub use norm::{LayerNorm, RmsNorm};
pub use pool2d::{AvgPool2d, MaxPool2d};
pub use positions::{LearnedPositions, Positions, SinusoidalPositions};
pub use recurrence::{Cell, Gru, Lstm, Recurrence, Rnn};
pub use residual::{Fork, Join};
pub use sequence::{Last, Mean};
pub use shape::{Flatten, Reshape};
pub use softmax::Softmax;
pub use swi_glu::{Glu, SwiGlu};
pub use transpose::Transpose;
pub use window::Window;

use crate::arith::Arith;
use crate::launch::Launch;
use crate::operator::{Backward, Forward, Operator, Sizes};

macro_rules! registry {
    ($($layer:ident),* $(,)?) => {
        /// Any layer that computes. `Flatten` and `Reshape` are absent: they only rename a slot's shape; so is
        /// `SwiGlu`, which runs as other layers.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs)]
        pub enum Layer { $($layer($layer)),* }

        impl Operator for Layer {
            fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
                match self { $(Layer::$layer(layer) => layer.forward(cx)),* }
            }

            fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
                match self { $(Layer::$layer(layer) => layer.backward(cx)),* }
            }

            fn forward_launches(&self) -> Vec<Launch> {
                match self { $(Layer::$layer(layer) => layer.forward_launches()),* }
            }

            fn backward_launches(&self) -> Vec<Launch> {
                match self { $(Layer::$layer(layer) => layer.backward_launches()),* }
            }

            fn scratch(&self) -> usize {
                match self { $(Layer::$layer(layer) => layer.scratch()),* }
            }

            fn sizes(&self) -> Option<Sizes> {
                match self { $(Layer::$layer(layer) => layer.sizes()),* }
            }
        }
    };
}

registry!(
    Dense,
    Conv2d,
    MaxPool2d,
    AvgPool2d,
    Elementwise,
    Softmax,
    Dropout,
    Fork,
    Join,
    GlobalAvgPool,
    Last,
    Transpose,
    Recurrence,
    Attention,
    Positions,
    LayerNorm,
    RmsNorm,
    BatchNorm2d,
    Glu,
    Embedding,
);
