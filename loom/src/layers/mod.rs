//! The layers that [`network!`](crate::network) knows. A layer's page says how it is written, what shapes it takes, and what it
//! computes.
//!
//! The fields are what a plan holds of a layer. They are no part of the public interface, and may change in any release.

mod activation;
mod batch_mat_mul;
mod batch_norm2d;
mod concat;
mod conv2d;
mod dense;
mod dropout;
mod embedding;
mod expression;
mod gather;
mod global_avg_pool;
mod group_norm;
mod multi_head_attention;
mod noise;
mod norm;
mod one_hot;
pub(crate) mod operator;
mod pad;
mod parameter;
mod permute;
mod pool2d;
mod positions;
mod product;
mod recurrence;
mod reduce;
mod sequence;
mod slice;
mod softmax;
pub(crate) mod sum;
mod swi_glu;
mod transpose;

#[doc(inline)]
pub use loom_ir::layers::*;

use crate::layers::operator::{Backward, Forward, Operator};
use crate::numerics::arith::Arith;
use crate::plan::launch::Launch;

// Each file has forward and backward for the CPU, compiled inside this crate for each arithmetic, and the kernels and launches on a
// GPU. The WGSL of `dense.rs` is in the folder `dense`, and so on. What a layer is, its sizes and the parameters that it reads,
// stands in `loom_ir`.
macro_rules! operators {
    ($($layer:ident)*) => {
        impl Operator for Layer {
            fn forward<A: Arith>(&self, cx: &mut Forward<'_, A>) {
                match self { $(Layer::$layer(layer) => layer.forward(cx)),* }
            }

            fn backward<A: Arith>(&self, cx: &mut Backward<'_, A>) {
                match self { $(Layer::$layer(layer) => layer.backward(cx)),* }
            }

            fn launches(&self) -> Vec<Launch> {
                match self { $(Layer::$layer(layer) => layer.launches()),* }
            }
        }
    };
}
loom_ir::for_each_layer!(operators);
