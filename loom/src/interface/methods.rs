//! The methods of a network once more, on its struct, so that a user need not import the trait.

/// The methods of a struct that `network!` writes.
///
/// Names that begin with `__loom` are in the place of patterns, where a user's constant of the same name would be one.
#[doc(hidden)]
#[macro_export]
macro_rules! __methods {
    (
        $vis:vis $name:ident<$p:ident, $q:ident>: $input:ty => $output:ty,
        $parameters:expr,
        $forward:literal,
        $summary:literal,
        $dot:literal
    ) => {
        #[allow(dead_code)]
        impl $name {
            /// Number of trainable values.
            $vis const PARAMETERS: ::core::primitive::usize = $parameters;

            /// All that is known of the network before it runs: parameters, steps, sizes.
            $vis const PLAN: &'static $crate::plan::Plan = <Self as $crate::Model>::PLAN;

            /// The steps of the network, with the shape, the parameters and the multiply-adds of each, and the memory that it takes in
            /// binary32: for a sample, its activations, in training with their gradients; and the weights.
            ///
            #[doc = "```text"]
            #[doc = $summary]
            #[doc = "```"]
            #[must_use]
            $vis const fn summary() -> &'static ::core::primitive::str {
                $summary
            }

            /// The graph of the network in the language of Graphviz: steps are nodes, and values, with their shapes, edges.
            /// `dot -Tsvg` draws it; the documentation of `network!` shows such a picture.
            #[must_use]
            $vis const fn dot() -> &'static ::core::primitive::str {
                $dot
            }

            /// A network with initial weights drawn from a seed, by the initialisation of choice.
            #[must_use]
            $vis fn with_init(__loom_init: $crate::Init, __loom_seed: $crate::Seed) -> Self {
                <Self as $crate::Network>::with_init(__loom_init, __loom_seed)
            }

            /// A network with initial weights drawn from a seed.
            #[must_use]
            $vis fn new(__loom_seed: $crate::Seed) -> Self {
                <Self as $crate::Network>::new(__loom_seed)
            }

            /// The network with its weights in another number format.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number.
            $vis fn quantize<$q: $crate::dtype::Precision>(&self) -> ::core::result::Result<$name<$q>, $crate::Error> {
                <Self as $crate::Network>::quantize(self)
            }

            /// The network with its weights in another number format, rounded as the options say.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number, or the format has no use for an option.
            $vis fn quantize_with<$q: $crate::dtype::Precision>(
                &self,
                __loom_rounding: &$crate::quantize::Rounding,
            ) -> ::core::result::Result<$name<$q>, $crate::Error> {
                <Self as $crate::Network>::quantize_with(self, __loom_rounding)
            }

            /// The network with its weights in another number format, so that the outputs for these inputs, each value times a
            /// scale, stay near to what they are.
            ///
            /// # Errors
            ///
            /// When a weight or an input is infinite or not a number, there are no inputs, or the format has no use for an
            /// option.
            $vis fn quantize_calibrated<$q: $crate::dtype::Precision>(
                &self,
                __loom_rounding: &$crate::quantize::Rounding,
                __loom_inputs: &[impl $crate::Sample<AsF32 = $input>],
                __loom_scale: ::core::primitive::f32,
            ) -> ::core::result::Result<$name<$q>, $crate::Error> {
                <Self as $crate::Network>::quantize_calibrated(self, __loom_rounding, __loom_inputs, __loom_scale)
            }

            /// Reads a network from a safetensors file.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network.
            $vis fn load(
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, $crate::Error> {
                <Self as $crate::Network>::load(__loom_path)
            }

            /// Reads a network from the bytes of a safetensors file.
            ///
            /// # Errors
            ///
            /// When the bytes are no such file, or its tensors are not those of this network.
            $vis fn from_bytes(
                __loom_bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<Self, $crate::Error> {
                <Self as $crate::Network>::from_bytes(__loom_bytes)
            }

            /// Reads a network from a safetensors file in another number format.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network in that format.
            $vis fn load_as<$q: $crate::dtype::Precision>(
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<$name<$q>, $crate::Error> {
                <Self as $crate::Network>::load_as(__loom_path)
            }

            /// Reads a network from the bytes of a safetensors file in another number format.
            ///
            /// # Errors
            ///
            /// When the bytes are no such file, or its tensors are not those of this network in that format.
            $vis fn from_bytes_as<$q: $crate::dtype::Precision>(
                __loom_bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<$name<$q>, $crate::Error> {
                <Self as $crate::Network>::from_bytes_as(__loom_bytes)
            }
        }

        #[allow(dead_code)]
        impl<$p: $crate::dtype::Precision> $name<$p> {
            /// The bytes of the safetensors file that `save` writes.
            ///
            /// # Errors
            ///
            /// When a weight is infinite or not a number.
            $vis fn to_bytes(&self) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, $crate::Error> {
                <Self as $crate::Network>::to_bytes(self)
            }

            /// The network with these weights.
            ///
            /// # Errors
            ///
            /// When they were made for another network.
            $vis fn from_weights(__loom_weights: $crate::Weights<$p>) -> ::core::result::Result<Self, $crate::Error> {
                <Self as $crate::Network>::from_weights(__loom_weights)
            }

            /// The parameters.
            #[must_use]
            $vis fn weights(&self) -> &$crate::Weights<$p> {
                <Self as $crate::Network>::weights(self)
            }

            /// The parameters, to change them.
            #[must_use]
            $vis fn weights_mut(&mut self) -> &mut $crate::WeightsOf<Self, $p> {
                $crate::Model::weights_mut(self)
            }

            #[doc = $forward]
            #[must_use]
            $vis fn forward(&self, __loom_input: &$input) -> $output {
                <Self as $crate::Network>::forward(self, __loom_input)
            }

            #[doc = $forward]
            /// It is on the heap, and so may be of any size.
            #[must_use]
            $vis fn forward_boxed(&self, __loom_input: &$input) -> ::std::boxed::Box<$output> {
                <Self as $crate::Network>::forward_boxed(self, __loom_input)
            }

            /// The outputs for many samples; each gets the same bits as alone.
            #[must_use]
            $vis fn forward_batch(&self, __loom_inputs: &[$input]) -> ::std::vec::Vec<$output> {
                <Self as $crate::Network>::forward_batch(self, __loom_inputs)
            }

            /// The network on a device of choice.
            #[must_use]
            $vis fn on<'device, __LoomDevice: $crate::Device>(
                &'device self,
                __loom_device: &'device __LoomDevice,
            ) -> $crate::On<'device, Self, __LoomDevice> {
                <Self as $crate::Network>::on(self, __loom_device)
            }

            /// Writes the outputs for many samples into memory that is there.
            ///
            /// # Errors
            ///
            /// When there are not as many outputs as inputs, or there is no memory to compute them.
            $vis fn forward_into(
                &self,
                __loom_inputs: &[$input],
                __loom_outputs: &mut [$output],
            ) -> ::core::result::Result<(), $crate::Error> {
                <Self as $crate::Network>::forward_into(self, __loom_inputs, __loom_outputs)
            }

            /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
            ///
            /// # Errors
            ///
            /// When the file cannot be written.
            $vis fn save(
                &self,
                __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), $crate::Error> {
                <Self as $crate::Network>::save(self, __loom_path)
            }

            /// SHA-256 over the bytes of every weight, in the order of the stack.
            #[must_use]
            $vis fn fingerprint(&self) -> $crate::Fingerprint {
                <Self as $crate::Network>::fingerprint(self)
            }
        }
    };
    // `Debug` prints no weights, which may be millions. Its calls have paths: a trait in scope may have methods of these names.
    (Debug for $name:ident<$p:ident>) => {
        impl<$p: $crate::dtype::Precision> ::core::fmt::Debug for $name<$p> {
            fn fmt(&self, __loom_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut __loom_debug = ::core::fmt::Formatter::debug_struct(__loom_f, stringify!($name));
                ::core::fmt::DebugStruct::field(&mut __loom_debug, "parameters", &<$name>::PARAMETERS);
                ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __loom_debug)
            }
        }
    };
}
