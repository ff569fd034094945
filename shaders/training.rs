//! The kernels around a network: data, losses, clipping, optimizers.
