//! The layers: each file has one layer's sizes, the parameters that it reads, and the constants of its WGSL kernels.
//!
//! [`Layer`] is the only list.

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
mod pad;
mod parameter;
mod permute;
mod pool2d;
mod positions;
mod product;
mod recurrence;
mod reduce;
mod sequence;
mod shape;
mod slice;
mod softmax;
mod sum;
mod swi_glu;
mod transpose;
mod window;

#[doc(hidden)]
pub use activation::Activation;
pub use conv2d::Conv1d;
#[doc(hidden)]
pub use embedding::MOST_TOKENS;
pub use multi_head_attention::MultiHeadAttention;
#[doc(hidden)]
pub use noise::Distribution;
pub use pad::Fill;
pub use pool2d::Mean;
pub use positions::{LearnedPositions, SinusoidalPositions};
pub use recurrence::{Cell, Gru, Lstm, Rnn};
#[doc(hidden)]
pub use reduce::Reduction;
pub use shape::{Flatten, Reshape};
pub use slice::Split;
pub use swi_glu::SwiGlu;
pub use window::Window;

use crate::facts::{Facts, Kind, MatrixProduct};
use crate::fields::{Fields, ValueMut};
use crate::params::Read;
use crate::sizes::Sizes;

/// What a layer tells of itself. Nothing has a default, so that a new layer answers every question.
#[doc(hidden)]
pub trait Describe: Fields {
    /// What other code asks of it.
    fn facts(&self) -> Facts;

    /// Tells the parameters that it reads, in the order of PyTorch's state dict.
    fn params(&self, to: &mut dyn FnMut(Read));

    /// Tells the constants that its kernels share, beside where its values lie.
    fn constants(&self, to: &mut dyn Constants);

    /// How much the layer reads and writes; none where its sizes are no layer's: where one is 0 or larger than kernels can count
    /// with, or contradicts another. Kernels rely on what is checked here.
    fn sizes(&self) -> Option<Sizes>;
}

/// Takes the constants of a layer's WGSL kernels.
#[doc(hidden)]
pub trait Constants {
    /// A size, or a choice by its number.
    fn size(&mut self, name: &'static str, value: usize);

    /// Any 32 bits, which are no size.
    fn word(&mut self, name: &'static str, value: u32);

    /// A number.
    fn number(&mut self, name: &'static str, value: f32);

    /// A choice of two.
    fn flag(&mut self, name: &'static str, value: bool);

    /// Where the parameter of this number lies, counted as [`Describe::params`] tells them; its gradient is at `D_` and the name.
    fn param(&mut self, name: &'static str, number: usize);

    /// Where the table lies.
    fn table(&mut self, name: &'static str);
}

macro_rules! layers {
    ($dollar:tt $($module:ident::$layer:ident)*) => {
        $(pub use $module::$layer;)*

        /// Any layer that computes. `Flatten` and `Reshape` are absent: they only rename a shape; so is `SwiGlu`, which runs as
        /// other layers.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs)]
        #[doc(hidden)]
        pub enum Layer {
            $($layer($layer)),*
        }

        impl Layer {
            /// The layer's description.
            pub fn description(&self) -> &dyn Describe {
                match self { $(Layer::$layer(layer) => layer),* }
            }

            /// The layer's fields, to change them.
            pub fn fields_mut(&mut self) -> &mut dyn Fields {
                match self { $(Layer::$layer(layer) => layer),* }
            }

            /// Makes an activation function the last part of the layer, if it can be. Whether it can.
            pub fn fuse(&mut self, activation: Activation) -> bool {
                let is_free = |product: MatrixProduct| product.activation == Some(Activation::Identity);
                let fits = activation.follows_from_output()
                    && matches!(self.facts().kind, Kind::MatrixProduct(product) if is_free(product));
                if fits {
                    self.fields_mut().for_each_mut(&mut |field| {
                        if let ValueMut::Activation(own) = field {
                            *own = activation;
                        }
                    });
                }
                fits
            }

            /// What other code asks of the layer.
            #[inline]
            pub fn facts(&self) -> Facts {
                match self { $(Layer::$layer(layer) => layer.facts()),* }
            }
        }

        $(impl From<$layer> for Layer {
            fn from(layer: $layer) -> Self {
                Layer::$layer(layer)
            }
        })*

        /// Hands the names of all layers to a macro: `for_each_layer!(name_of_the_macro)`.
        #[macro_export]
        macro_rules! for_each_layer {
            ($dollar then:ident) => { $dollar then! { $($layer)* } };
        }
    };
}

layers! {
    $
    dense::Dense
    conv2d::Conv2d
    pool2d::MaxPool2d
    pool2d::AvgPool2d
    activation::Elementwise
    softmax::Softmax
    dropout::Dropout
    sum::Sum
    product::Product
    concat::Concat
    global_avg_pool::GlobalAvgPool
    sequence::Last
    transpose::Transpose
    slice::Slice
    permute::Permute
    pad::Pad
    recurrence::Recurrence
    multi_head_attention::Attention
    positions::Positions
    norm::LayerNorm
    norm::RmsNorm
    batch_norm2d::BatchNorm2d
    group_norm::GroupNorm
    swi_glu::Glu
    embedding::Embedding
    expression::Expression
    reduce::Reduce
    parameter::Parameter
    batch_mat_mul::BatchMatMul
    one_hot::OneHot
    gather::Gather
    noise::Noise
}
