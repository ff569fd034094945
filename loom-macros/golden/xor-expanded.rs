/// The smallest network worth training.
///
/// One sample in: `[2]`. One sample out: `[1]`. Trainable values: 33.
#[derive(::core::clone::Clone)]
pub struct Xor<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
#[allow(dead_code)]
impl Xor {
    /// Number of trainable values.
    pub const PARAMETERS: ::core::primitive::usize = 33;
    /// All that is known of the network before it runs: parameters, steps, sizes.
    pub const PLAN: &'static ::loom::plan::Plan = <Self as ::loom::Network>::PLAN;
    /// A network with initial weights drawn from a seed, by the initialisation of choice.
    #[must_use]
    pub fn with_init(__loom_init: ::loom::Init, __loom_seed: ::loom::Seed) -> Self {
        <Self as ::loom::Network>::with_init(__loom_init, __loom_seed)
    }
    /// A network with initial weights drawn from a seed.
    #[must_use]
    pub fn new(__loom_seed: ::loom::Seed) -> Self {
        <Self as ::loom::Network>::new(__loom_seed)
    }
    /// The network with its weights in another number format.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number.
    pub fn quantize<Q: ::loom::dtype::Precision>(
        &self,
    ) -> ::core::result::Result<Xor<Q>, ::loom::Error> {
        <Self as ::loom::Network>::quantize(self)
    }
    /// The network with its weights in another number format, rounded as the options say.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number, or the format has no use for an option.
    pub fn quantize_with<Q: ::loom::dtype::Precision>(
        &self,
        __loom_rounding: &::loom::quantize::Rounding,
    ) -> ::core::result::Result<Xor<Q>, ::loom::Error> {
        <Self as ::loom::Network>::quantize_with(self, __loom_rounding)
    }
    /// The network with its weights in another number format, so that the outputs for these inputs, each value times a
    /// scale, stay near to what they are.
    ///
    /// # Errors
    ///
    /// When a weight or an input is infinite or not a number, there are no inputs, or the format has no use for an
    /// option.
    pub fn quantize_calibrated<Q: ::loom::dtype::Precision>(
        &self,
        __loom_rounding: &::loom::quantize::Rounding,
        __loom_inputs: &[impl ::loom::Sample<AsF32 = [::core::primitive::f32; 2]>],
        __loom_scale: ::core::primitive::f32,
    ) -> ::core::result::Result<Xor<Q>, ::loom::Error> {
        <Self as ::loom::Network>::quantize_calibrated(
            self,
            __loom_rounding,
            __loom_inputs,
            __loom_scale,
        )
    }
    /// Reads a network from a safetensors file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or its tensors are not those of this network.
    pub fn load(
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::load(__loom_path)
    }
    /// Reads a network from the bytes of a safetensors file.
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or its tensors are not those of this network.
    pub fn from_bytes(
        __loom_bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::from_bytes(__loom_bytes)
    }
    /// Reads a network from a safetensors file in another number format.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or its tensors are not those of this network in that format.
    pub fn load_as<Q: ::loom::dtype::Precision>(
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Xor<Q>, ::loom::Error> {
        <Self as ::loom::Network>::load_as(__loom_path)
    }
    /// Reads a network from the bytes of a safetensors file in another number format.
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or its tensors are not those of this network in that format.
    pub fn from_bytes_as<Q: ::loom::dtype::Precision>(
        __loom_bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<Xor<Q>, ::loom::Error> {
        <Self as ::loom::Network>::from_bytes_as(__loom_bytes)
    }
}
#[allow(dead_code)]
impl<P: ::loom::dtype::Precision> Xor<P> {
    /// The bytes of the safetensors file that `save` writes.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number.
    pub fn to_bytes(
        &self,
    ) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, ::loom::Error> {
        <Self as ::loom::Network>::to_bytes(self)
    }
    /// The network with these weights.
    ///
    /// # Errors
    ///
    /// When they were made for another network.
    pub fn from_weights(
        __loom_weights: ::loom::Weights<P>,
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::from_weights(__loom_weights)
    }
    /// The parameters.
    #[must_use]
    pub fn weights(&self) -> &::loom::Weights<P> {
        <Self as ::loom::Network>::weights(self)
    }
    /// The parameters, to change them.
    #[must_use]
    pub fn weights_mut(&mut self) -> &mut ::loom::WeightsOf<Self, P> {
        <Self as ::loom::Network>::weights_mut(self)
    }
    /// The output `[1]` for one sample `[2]`.
    #[must_use]
    pub fn forward(
        &self,
        __loom_input: &[::core::primitive::f32; 2],
    ) -> [::core::primitive::f32; 1] {
        <Self as ::loom::Network>::forward(self, __loom_input)
    }
    /// The output `[1]` for one sample `[2]`.
    /// It is on the heap, and so may be of any size.
    #[must_use]
    pub fn forward_boxed(
        &self,
        __loom_input: &[::core::primitive::f32; 2],
    ) -> ::std::boxed::Box<[::core::primitive::f32; 1]> {
        <Self as ::loom::Network>::forward_boxed(self, __loom_input)
    }
    /// The outputs for many samples; each gets the same bits as alone.
    #[must_use]
    pub fn forward_batch(
        &self,
        __loom_inputs: &[[::core::primitive::f32; 2]],
    ) -> ::std::vec::Vec<[::core::primitive::f32; 1]> {
        <Self as ::loom::Network>::forward_batch(self, __loom_inputs)
    }
    /// The network on a device of choice.
    #[must_use]
    pub fn on<'device, __LoomDevice: ::loom::Device>(
        &'device self,
        __loom_device: &'device __LoomDevice,
    ) -> __LoomDevice::On<'device, Self> {
        <Self as ::loom::Network>::on(self, __loom_device)
    }
    /// Writes the outputs for many samples into memory that is there.
    ///
    /// # Errors
    ///
    /// When there are not as many outputs as inputs, or there is no memory to compute them.
    pub fn forward_into(
        &self,
        __loom_inputs: &[[::core::primitive::f32; 2]],
        __loom_outputs: &mut [[::core::primitive::f32; 1]],
    ) -> ::core::result::Result<(), ::loom::Error> {
        <Self as ::loom::Network>::forward_into(self, __loom_inputs, __loom_outputs)
    }
    /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(
        &self,
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<(), ::loom::Error> {
        <Self as ::loom::Network>::save(self, __loom_path)
    }
    /// SHA-256 over the bytes of every weight, in the order of the stack.
    #[must_use]
    pub fn fingerprint(&self) -> ::loom::Fingerprint {
        <Self as ::loom::Network>::fingerprint(self)
    }
}
impl<P: ::loom::dtype::Precision> ::loom::Network for Xor<P> {
    type Input = [::core::primitive::f32; 2];
    type Output = [::core::primitive::f32; 1];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Xor<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Xor",
        input: &[2],
        output: &[1],
        params: &[
            ::loom::plan::Param {
                name: "0.weight",
                shape: &[8, 2],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 2,
                fan_out: 8,
            },
            ::loom::plan::Param {
                name: "0.bias",
                shape: &[8],
                offset: 16,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 2,
                fan_out: 8,
            },
            ::loom::plan::Param {
                name: "2.weight",
                shape: &[1, 8],
                offset: 24,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 8,
                fan_out: 1,
            },
            ::loom::plan::Param {
                name: "2.bias",
                shape: &[1],
                offset: 32,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 8,
                fan_out: 1,
            },
        ],
        trained_len: 36,
        tables: &[],
        weights_len: 36,
        values: &[
            ::loom::plan::Slot {
                len: 2,
                train: 0,
                infer: 0,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 8,
                train: 4,
                infer: 4,
                grad: 4,
            },
            ::loom::plan::Slot {
                len: 1,
                train: 12,
                infer: 0,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 2,
                    outputs: 8,
                    bias: true,
                    activation: ::loom::layers::Activation::Tanh,
                }),
                input: 0,
                output: 1,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[0, 1],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "2",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 8,
                    outputs: 1,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 1,
                output: 2,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[2, 3],
                table: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 2,
        train_len: 16,
        infer_len: 12,
        grad_len: 12,
    };
    fn from_own(__loom_weights: ::loom::WeightsOf<Self, P>) -> Self {
        Self { weights: __loom_weights }
    }
    fn own_weights(&self) -> &::loom::WeightsOf<Self, P> {
        &self.weights
    }
    fn weights_mut(&mut self) -> &mut ::loom::WeightsOf<Self, P> {
        &mut self.weights
    }
}
impl<P: ::loom::dtype::Precision> ::core::fmt::Debug for Xor<P> {
    fn fmt(&self, __loom_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __loom_debug = ::core::fmt::Formatter::debug_struct(__loom_f, "Xor");
        ::core::fmt::DebugStruct::field(
            &mut __loom_debug,
            "parameters",
            &<Xor>::PARAMETERS,
        );
        ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __loom_debug)
    }
}
