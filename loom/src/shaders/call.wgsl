// What changes from one training step, or one batch of inference, to the next.
struct Call {
    // Samples in the batch.
    batch: u32,
    // Where the batch begins in `order`.
    first: u32,
    // 1 where random numbers are drawn and `BatchNorm2d` normalises by the batch, 0 where `Dropout` lets everything through, noise is its
    // mean and `BatchNorm2d` normalises by its running means.
    training: u32,
    unused: u32,
    // The seed of random numbers, low half first.
    seed: vec2<u32>,
    // The number of the training step, low half first.
    step: vec2<u32>,
    // The optimizer's numbers for this step; each optimizer says which.
    optimizer: array<vec4<f32>, 2>,
    // For each output, what the gradient of each row's loss is multiplied by, for the mean over the batch and the loss's weight.
    loss_scales: array<vec4<f32>, 2>,
}

@group(0) @binding(0) var<uniform> call: Call;
