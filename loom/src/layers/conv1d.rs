/// `Conv1d<IN, OUT, K, stride = 1, padding = 0, dilation = 1, bias = true>`: one-dimensional cross-correlation.
///
/// `y[o, i] = b[o] + Σ W[o, c, u] · x[c, i·stride + u·dilation - padding]` over c and u, where x is 0 outside its length.
///
/// Shapes: input `[IN, L]`, output `[OUT, L']` with L' = (L + 2·padding - dilation·(K - 1) - 1) / stride + 1, weight
/// `[OUT, IN, K]`, bias `[OUT]`. Steps of features, `[steps, features]`, become channels by [`Transpose`](super::Transpose).
/// PyTorch's `nn.Conv1d`.
///
/// It is computed as a [`Conv2d`](super::Conv2d) over an image of one row.
pub type Conv1d = super::Conv2d;
