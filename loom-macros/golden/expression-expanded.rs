fn main() {
    let network = {
        /// One sample in: `[3]`. One sample out: `[2]`. Trainable values: 8.
        #[derive(::core::clone::Clone)]
        struct Network {
            weights: ::loom::Weights,
        }
        #[allow(dead_code)]
        impl Network {
            /// Number of trainable values.
            const PARAMETERS: ::core::primitive::usize = 8;
            /// A network with initial weights drawn from `seed`.
            #[must_use]
            fn new(seed: ::loom::Seed) -> Self {
                <Self as ::loom::Network>::new(seed)
            }
            /// The output `[2]` for one sample `[3]`.
            #[must_use]
            fn forward(
                &self,
                input: &[::core::primitive::f32; 3],
            ) -> [::core::primitive::f32; 2] {
                <Self as ::loom::Network>::forward(self, input)
            }
            /// The outputs for many samples; each gets the same bits as alone.
            #[must_use]
            fn forward_batch(
                &self,
                inputs: &[[::core::primitive::f32; 3]],
            ) -> ::std::vec::Vec<[::core::primitive::f32; 2]> {
                <Self as ::loom::Network>::forward_batch(self, inputs)
            }
            /// Writes the parameters to a safetensors file, under PyTorch's names and layouts.
            ///
            /// # Errors
            ///
            /// When the file cannot be written.
            fn save(
                &self,
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), ::loom::Error> {
                <Self as ::loom::Network>::save(self, path)
            }
            /// Reads a network from a safetensors file.
            ///
            /// # Errors
            ///
            /// When the file cannot be read, or its tensors are not those of this network.
            fn load(
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, ::loom::Error> {
                <Self as ::loom::Network>::load(path)
            }
        }
        impl ::loom::Network for Network {
            type Input = [::core::primitive::f32; 3];
            type Output = [::core::primitive::f32; 2];
            const PLAN: &'static ::loom::plan::Plan = &::loom::plan::Plan {
                name: "Network",
                input: &[3],
                output: &[2],
                params: &[
                    ::loom::plan::Param {
                        name: "0.weight",
                        shape: &[2, 3],
                        offset: 0,
                        role: ::loom::plan::Role::Weight,
                        fan_in: 3,
                        fan_out: 2,
                    },
                    ::loom::plan::Param {
                        name: "0.bias",
                        shape: &[2],
                        offset: 8,
                        role: ::loom::plan::Role::Bias,
                        fan_in: 3,
                        fan_out: 2,
                    },
                ],
                weights_len: 12,
                steps: &[
                    ::loom::plan::Step {
                        name: "0",
                        layer: ::loom::layers::Layer::Dense(::loom::layers::Dense {
                            rows: 1,
                            inputs: 3,
                            outputs: 2,
                            weight: 0,
                            bias: ::core::option::Option::Some(8),
                            activation: ::loom::layers::Activation::Relu,
                        }),
                        input: ::loom::plan::Slot {
                            len: 3,
                            train: 0,
                            infer: 0,
                            grad: 4,
                        },
                        output: ::loom::plan::Slot {
                            len: 2,
                            train: 4,
                            infer: 4,
                            grad: 0,
                        },
                        skip: ::loom::plan::Slot {
                            len: 3,
                            train: 0,
                            infer: 0,
                            grad: 4,
                        },
                    },
                ],
                input_slot: ::loom::plan::Slot {
                    len: 3,
                    train: 0,
                    infer: 0,
                    grad: 4,
                },
                output_slot: ::loom::plan::Slot {
                    len: 2,
                    train: 4,
                    infer: 4,
                    grad: 0,
                },
                train_len: 8,
                infer_len: 8,
                grad_len: 8,
            };
            fn from_weights(weights: ::loom::Weights) -> Self {
                Self { weights }
            }
            fn weights(&self) -> &::loom::Weights {
                &self.weights
            }
            fn weights_mut(&mut self) -> &mut ::loom::Weights {
                &mut self.weights
            }
        }
        impl ::core::fmt::Debug for Network {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("Network")
                    .field("parameters", &Self::PARAMETERS)
                    .finish_non_exhaustive()
            }
        }
        Network::new(::loom::Seed(0))
    };
}
