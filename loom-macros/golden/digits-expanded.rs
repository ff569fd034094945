#[allow(dead_code)]
const WIDTH: ::core::primitive::usize = 16usize;
/// One sample in: `[1, 8, 8]`. One sample out: `[10]`. Trainable values: 1778.
#[derive(::core::clone::Clone)]
pub struct Digits<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
#[allow(dead_code)]
impl Digits {
    /// Number of trainable values.
    pub const PARAMETERS: ::core::primitive::usize = 1778;
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
    ) -> ::core::result::Result<Digits<Q>, ::loom::Error> {
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
    ) -> ::core::result::Result<Digits<Q>, ::loom::Error> {
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
        __loom_inputs: &[impl ::loom::Sample<
            AsF32 = [[[::core::primitive::f32; 8]; 8]; 1],
        >],
        __loom_scale: ::core::primitive::f32,
    ) -> ::core::result::Result<Digits<Q>, ::loom::Error> {
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
    ) -> ::core::result::Result<Digits<Q>, ::loom::Error> {
        <Self as ::loom::Network>::load_as(__loom_path)
    }
    /// Reads a network from the bytes of a safetensors file in another number format.
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or its tensors are not those of this network in that format.
    pub fn from_bytes_as<Q: ::loom::dtype::Precision>(
        __loom_bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<Digits<Q>, ::loom::Error> {
        <Self as ::loom::Network>::from_bytes_as(__loom_bytes)
    }
}
#[allow(dead_code)]
impl<P: ::loom::dtype::Precision> Digits<P> {
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
    /// The output `[10]` for one sample `[1, 8, 8]`.
    #[must_use]
    pub fn forward(
        &self,
        __loom_input: &[[[::core::primitive::f32; 8]; 8]; 1],
    ) -> [::core::primitive::f32; 10] {
        <Self as ::loom::Network>::forward(self, __loom_input)
    }
    /// The output `[10]` for one sample `[1, 8, 8]`.
    /// It is on the heap, and so may be of any size.
    #[must_use]
    pub fn forward_boxed(
        &self,
        __loom_input: &[[[::core::primitive::f32; 8]; 8]; 1],
    ) -> ::std::boxed::Box<[::core::primitive::f32; 10]> {
        <Self as ::loom::Network>::forward_boxed(self, __loom_input)
    }
    /// The outputs for many samples; each gets the same bits as alone.
    #[must_use]
    pub fn forward_batch(
        &self,
        __loom_inputs: &[[[[::core::primitive::f32; 8]; 8]; 1]],
    ) -> ::std::vec::Vec<[::core::primitive::f32; 10]> {
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
        __loom_inputs: &[[[[::core::primitive::f32; 8]; 8]; 1]],
        __loom_outputs: &mut [[::core::primitive::f32; 10]],
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
impl<P: ::loom::dtype::Precision> ::loom::Network for Digits<P> {
    type Input = [[[::core::primitive::f32; 8]; 8]; 1];
    type Output = [::core::primitive::f32; 10];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Digits<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Digits",
        input: &[1, 8, 8],
        output: &[10],
        params: &[
            ::loom::plan::Param {
                name: "conv.weight",
                shape: &[4, 1, 3, 3],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 9,
                fan_out: 36,
            },
            ::loom::plan::Param {
                name: "conv.bias",
                shape: &[4],
                offset: 36,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 9,
                fan_out: 36,
            },
            ::loom::plan::Param {
                name: "4.weight",
                shape: &[16, 64],
                offset: 40,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 64,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "5.0.0.weight",
                shape: &[16, 16],
                offset: 1064,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "5.0.0.bias",
                shape: &[16],
                offset: 1320,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "6.0.0.weight",
                shape: &[16, 16],
                offset: 1336,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "6.0.0.bias",
                shape: &[16],
                offset: 1592,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "head.weight",
                shape: &[10, 16],
                offset: 1608,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 10,
            },
            ::loom::plan::Param {
                name: "head.bias",
                shape: &[10],
                offset: 1768,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 10,
            },
        ],
        trained_len: 1780,
        tables: &[],
        weights_len: 1780,
        values: &[
            ::loom::plan::Slot {
                len: 64,
                train: 0,
                infer: 0,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 256,
                train: 64,
                infer: 64,
                grad: 96,
            },
            ::loom::plan::Slot {
                len: 64,
                train: 320,
                infer: 0,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 384,
                infer: 64,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 384,
                infer: 64,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 400,
                infer: 0,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 416,
                infer: 16,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 432,
                infer: 0,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 432,
                infer: 0,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 448,
                infer: 16,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 464,
                infer: 32,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 480,
                infer: 16,
                grad: 0,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 496,
                infer: 0,
                grad: 24,
            },
            ::loom::plan::Slot {
                len: 10,
                train: 512,
                infer: 16,
                grad: 12,
            },
            ::loom::plan::Slot {
                len: 10,
                train: 524,
                infer: 0,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "conv",
                layer: ::loom::layers::Layer::Conv2d(::loom::layers::Conv2d {
                    in_channels: 1,
                    out_channels: 4,
                    window: ::loom::layers::Window {
                        image: [8, 8],
                        kernel: [3, 3],
                        stride: [1, 1],
                        padding: [1, 1],
                        dilation: [1, 1],
                        positions: [8, 8],
                    },
                    bias: true,
                    activation: ::loom::layers::Activation::LeakyRelu {
                        slope: 0.01f32,
                    },
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
                layer: ::loom::layers::Layer::MaxPool2d(::loom::layers::MaxPool2d {
                    channels: 4,
                    window: ::loom::layers::Window {
                        image: [8, 8],
                        kernel: [2, 2],
                        stride: [2, 2],
                        padding: [0, 0],
                        dilation: [1, 1],
                        positions: [4, 4],
                    },
                }),
                input: 1,
                output: 2,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "4",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 64,
                    outputs: 16,
                    bias: false,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 2,
                output: 3,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[2],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: 3,
                output: 4,
                skip: ::core::option::Option::Some(7),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 4,
                output: 5,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[3, 4],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: 5,
                output: 6,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "5.0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: 6,
                output: 7,
                skip: ::core::option::Option::Some(3),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: 7,
                output: 8,
                skip: ::core::option::Option::Some(11),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 8,
                output: 9,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[5, 6],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: 9,
                output: 10,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "6.0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: 10,
                output: 11,
                skip: ::core::option::Option::Some(7),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "7",
                layer: ::loom::layers::Layer::Dropout(::loom::layers::Dropout {
                    len: 16,
                    probability: 0.25f32,
                    stream: 0,
                }),
                input: 11,
                output: 12,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "head",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 10,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 12,
                output: 13,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[7, 8],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "9",
                layer: ::loom::layers::Layer::Softmax(::loom::layers::Softmax {
                    rows: 1,
                    len: 10,
                }),
                input: 13,
                output: 14,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 14,
        train_len: 536,
        infer_len: 320,
        grad_len: 352,
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
impl<P: ::loom::dtype::Precision> ::core::fmt::Debug for Digits<P> {
    fn fmt(&self, __loom_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __loom_debug = ::core::fmt::Formatter::debug_struct(__loom_f, "Digits");
        ::core::fmt::DebugStruct::field(
            &mut __loom_debug,
            "parameters",
            &<Digits>::PARAMETERS,
        );
        ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __loom_debug)
    }
}
const _: ::loom::layers::Flatten = ::loom::layers::Flatten;
const _: ::core::marker::PhantomData<Block> = ::core::marker::PhantomData;
/// One sample in: `[16]`. One sample out: `[16]`. Trainable values: 272.
#[derive(::core::clone::Clone)]
#[allow(dead_code)]
struct Block<P: ::loom::dtype::Precision = ::loom::dtype::F32> {
    weights: ::loom::WeightsOf<Self, P>,
}
#[allow(dead_code)]
impl Block {
    /// Number of trainable values.
    const PARAMETERS: ::core::primitive::usize = 272;
    /// All that is known of the network before it runs: parameters, steps, sizes.
    const PLAN: &'static ::loom::plan::Plan = <Self as ::loom::Network>::PLAN;
    /// A network with initial weights drawn from a seed, by the initialisation of choice.
    #[must_use]
    fn with_init(__loom_init: ::loom::Init, __loom_seed: ::loom::Seed) -> Self {
        <Self as ::loom::Network>::with_init(__loom_init, __loom_seed)
    }
    /// A network with initial weights drawn from a seed.
    #[must_use]
    fn new(__loom_seed: ::loom::Seed) -> Self {
        <Self as ::loom::Network>::new(__loom_seed)
    }
    /// The network with its weights in another number format.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number.
    fn quantize<Q: ::loom::dtype::Precision>(
        &self,
    ) -> ::core::result::Result<Block<Q>, ::loom::Error> {
        <Self as ::loom::Network>::quantize(self)
    }
    /// The network with its weights in another number format, rounded as the options say.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number, or the format has no use for an option.
    fn quantize_with<Q: ::loom::dtype::Precision>(
        &self,
        __loom_rounding: &::loom::quantize::Rounding,
    ) -> ::core::result::Result<Block<Q>, ::loom::Error> {
        <Self as ::loom::Network>::quantize_with(self, __loom_rounding)
    }
    /// The network with its weights in another number format, so that the outputs for these inputs, each value times a
    /// scale, stay near to what they are.
    ///
    /// # Errors
    ///
    /// When a weight or an input is infinite or not a number, there are no inputs, or the format has no use for an
    /// option.
    fn quantize_calibrated<Q: ::loom::dtype::Precision>(
        &self,
        __loom_rounding: &::loom::quantize::Rounding,
        __loom_inputs: &[impl ::loom::Sample<AsF32 = [::core::primitive::f32; 16]>],
        __loom_scale: ::core::primitive::f32,
    ) -> ::core::result::Result<Block<Q>, ::loom::Error> {
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
    fn load(
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::load(__loom_path)
    }
    /// Reads a network from the bytes of a safetensors file.
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or its tensors are not those of this network.
    fn from_bytes(
        __loom_bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::from_bytes(__loom_bytes)
    }
    /// Reads a network from a safetensors file in another number format.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or its tensors are not those of this network in that format.
    fn load_as<Q: ::loom::dtype::Precision>(
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Block<Q>, ::loom::Error> {
        <Self as ::loom::Network>::load_as(__loom_path)
    }
    /// Reads a network from the bytes of a safetensors file in another number format.
    ///
    /// # Errors
    ///
    /// When the bytes are no such file, or its tensors are not those of this network in that format.
    fn from_bytes_as<Q: ::loom::dtype::Precision>(
        __loom_bytes: &[::core::primitive::u8],
    ) -> ::core::result::Result<Block<Q>, ::loom::Error> {
        <Self as ::loom::Network>::from_bytes_as(__loom_bytes)
    }
}
#[allow(dead_code)]
impl<P: ::loom::dtype::Precision> Block<P> {
    /// The bytes of the safetensors file that `save` writes.
    ///
    /// # Errors
    ///
    /// When a weight is infinite or not a number.
    fn to_bytes(
        &self,
    ) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, ::loom::Error> {
        <Self as ::loom::Network>::to_bytes(self)
    }
    /// The network with these weights.
    ///
    /// # Errors
    ///
    /// When they were made for another network.
    fn from_weights(
        __loom_weights: ::loom::Weights<P>,
    ) -> ::core::result::Result<Self, ::loom::Error> {
        <Self as ::loom::Network>::from_weights(__loom_weights)
    }
    /// The parameters.
    #[must_use]
    fn weights(&self) -> &::loom::Weights<P> {
        <Self as ::loom::Network>::weights(self)
    }
    /// The parameters, to change them.
    #[must_use]
    fn weights_mut(&mut self) -> &mut ::loom::WeightsOf<Self, P> {
        <Self as ::loom::Network>::weights_mut(self)
    }
    /// The output `[16]` for one sample `[16]`.
    #[must_use]
    fn forward(
        &self,
        __loom_input: &[::core::primitive::f32; 16],
    ) -> [::core::primitive::f32; 16] {
        <Self as ::loom::Network>::forward(self, __loom_input)
    }
    /// The output `[16]` for one sample `[16]`.
    /// It is on the heap, and so may be of any size.
    #[must_use]
    fn forward_boxed(
        &self,
        __loom_input: &[::core::primitive::f32; 16],
    ) -> ::std::boxed::Box<[::core::primitive::f32; 16]> {
        <Self as ::loom::Network>::forward_boxed(self, __loom_input)
    }
    /// The outputs for many samples; each gets the same bits as alone.
    #[must_use]
    fn forward_batch(
        &self,
        __loom_inputs: &[[::core::primitive::f32; 16]],
    ) -> ::std::vec::Vec<[::core::primitive::f32; 16]> {
        <Self as ::loom::Network>::forward_batch(self, __loom_inputs)
    }
    /// The network on a device of choice.
    #[must_use]
    fn on<'device, __LoomDevice: ::loom::Device>(
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
    fn forward_into(
        &self,
        __loom_inputs: &[[::core::primitive::f32; 16]],
        __loom_outputs: &mut [[::core::primitive::f32; 16]],
    ) -> ::core::result::Result<(), ::loom::Error> {
        <Self as ::loom::Network>::forward_into(self, __loom_inputs, __loom_outputs)
    }
    /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    fn save(
        &self,
        __loom_path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<(), ::loom::Error> {
        <Self as ::loom::Network>::save(self, __loom_path)
    }
    /// SHA-256 over the bytes of every weight, in the order of the stack.
    #[must_use]
    fn fingerprint(&self) -> ::loom::Fingerprint {
        <Self as ::loom::Network>::fingerprint(self)
    }
}
impl<P: ::loom::dtype::Precision> ::loom::Network for Block<P> {
    type Input = [::core::primitive::f32; 16];
    type Output = [::core::primitive::f32; 16];
    type Precision = P;
    type In<Q: ::loom::dtype::Precision> = Block<Q>;
    const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
        name: "Block",
        input: &[16],
        output: &[16],
        params: &[
            ::loom::plan::Param {
                name: "0.0.weight",
                shape: &[16, 16],
                offset: 0,
                role: ::loom::plan::Role::Weight,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
            ::loom::plan::Param {
                name: "0.0.bias",
                shape: &[16],
                offset: 256,
                role: ::loom::plan::Role::Bias,
                start: ::loom::plan::Start::FanIn,
                fan_in: 16,
                fan_out: 16,
            },
        ],
        trained_len: 272,
        tables: &[],
        weights_len: 272,
        values: &[
            ::loom::plan::Slot {
                len: 16,
                train: 0,
                infer: 0,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 0,
                infer: 0,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 16,
                infer: 16,
                grad: 32,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 32,
                infer: 32,
                grad: 16,
            },
            ::loom::plan::Slot {
                len: 16,
                train: 48,
                infer: 16,
                grad: 0,
            },
        ],
        steps: &[
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Fork(::loom::layers::Fork { len: 16 }),
                input: 0,
                output: 1,
                skip: ::core::option::Option::Some(4),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0.0",
                layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                    rows: 1,
                    inputs: 16,
                    outputs: 16,
                    bias: true,
                    activation: ::loom::layers::Activation::Identity,
                }),
                input: 1,
                output: 2,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[0, 1],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0.1",
                layer: ::loom::layers::Layer::Elementwise(::loom::layers::Elementwise {
                    len: 16,
                    activation: ::loom::layers::Activation::Gelu,
                }),
                input: 2,
                output: 3,
                skip: ::core::option::Option::None,
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
            ::loom::plan::Step {
                name: "0",
                layer: ::loom::layers::Layer::Join(::loom::layers::Join { len: 16 }),
                input: 3,
                output: 4,
                skip: ::core::option::Option::Some(0),
                work: ::core::option::Option::None,
                params: &[],
                table: ::core::option::Option::None,
            },
        ],
        input_value: 0,
        output_value: 4,
        train_len: 64,
        infer_len: 48,
        grad_len: 48,
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
impl<P: ::loom::dtype::Precision> ::core::fmt::Debug for Block<P> {
    fn fmt(&self, __loom_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __loom_debug = ::core::fmt::Formatter::debug_struct(__loom_f, "Block");
        ::core::fmt::DebugStruct::field(
            &mut __loom_debug,
            "parameters",
            &<Block>::PARAMETERS,
        );
        ::core::fmt::DebugStruct::finish_non_exhaustive(&mut __loom_debug)
    }
}
