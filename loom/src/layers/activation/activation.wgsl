// The activation functions. ACTIVATION and SLOPE are in the header.

const IDENTITY: u32 = 0u;
const RELU: u32 = 1u;
const LEAKY_RELU: u32 = 2u;
const SIGMOID: u32 = 3u;
const TANH: u32 = 4u;
const SILU: u32 = 5u;
const GELU: u32 = 6u;
const GELU_TANH: u32 = 7u;

// Beyond this magnitude GeluTanh's tanh is 1 or -1, and its derivative 0.
const GELU_BOUND: f32 = 16.0f;

// y = f(x), flushed. x is flushed already.
fn activate(x: f32) -> f32 {
    switch ACTIVATION {
        case RELU: { return positive(x); }
        case LEAKY_RELU: { return select(flush(x * SLOPE), x, x > 0.0f); }
        case SIGMOID: { return flush(sigmoid(x)); }
        case TANH: { return flush(loom_tanh(x)); }
        case SILU: { return flush(x * sigmoid(x)); }
        case GELU: { return flush(x * normal_distribution(x)); }
        case GELU_TANH: { return flush(x * tanh_and_gate(gelu_inner(within(x, GELU_BOUND))).y); }
        default: { return x; }
    }
}

// d_x = d_y f', flushed, where f' follows from x, or from y = f(x) for the first four.
fn differentiate(x: f32, y: f32, d: f32) -> f32 {
    switch ACTIVATION {
        case RELU: { return flush(select(0.0f, d, y > 0.0f)); }
        case LEAKY_RELU: { return select(flush(d * SLOPE), d, y > 0.0f); }
        case SIGMOID: { return flush(d * fma(-y, y, y)); }
        case TANH: { return flush(d * fma(-y, y, 1.0f)); }
        case SILU: {
            let s = sigmoid(x);
            return flush(d * (s * fma(x, 1.0f - s, 1.0f)));
        }
        case GELU: {
            // e^(-x^2 / 2) / sqrt(2 pi)
            let density = loom_exp(x * (x * -0.5f)) * 0.3989423f;
            return flush(d * fma(x, density, normal_distribution(x)));
        }
        case GELU_TANH: { return flush(d * gelu_tanh_derivative(x)); }
        default: { return d; }
    }
}

// sqrt(2/pi) (x + 0.044715 x^3)
fn gelu_inner(x: f32) -> f32 {
    let cubic = x * fma(0.044715f * x, x, 1.0f);
    return cubic * 0.7978846f;
}

// g + x (1 - t^2) sqrt(2/pi)/2 (1 + 3 * 0.044715 x^2) with t the inner tanh and g = (1 + t)/2; far below 0 the difference is
// 2 g (1 - t).
fn gelu_tanh_derivative(value: f32) -> f32 {
    let x = within(value, GELU_BOUND);
    let inner = gelu_inner(x);
    let t_and_g = tanh_and_gate(inner);
    let t = t_and_g.x;
    let g = t_and_g.y;
    let tail = (2.0f * g) * (1.0f - t);
    let centre = fma(-t, t, 1.0f);
    let d_tanh = bitcast<f32>(select(bitcast<u32>(centre), bitcast<u32>(tail), bitcast<u32>(inner) > TANH_TAIL));
    let d_inner = fma(0.053516112f * x, x, 0.3989423f);
    return fma(x, d_tanh * d_inner, g);
}
