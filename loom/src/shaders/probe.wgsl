// Runs Loom arithmetic on given arguments, for comparison with the CPU: `loom/src/devices/gpu/probe/reference.rs` has the same lists
// of functions and formulas, in the same order. FORMULA is in the header: each formula is a module of its own, as it is in
// a kernel, for what a driver rewrites depends on what is computed beside it.
@group(0) @binding(0) var<storage, read> arguments: array<f32>;
@group(0) @binding(1) var<storage, read_write> results: array<u32>;

// One result for each function (y) and argument (x).
@compute @workgroup_size(64)
fn functions(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = arrayLength(&arguments);
    if id.x >= count {
        return;
    }
    let x = arguments[id.x];
    var y = 0u;
    switch id.y {
        case 0u: { y = bitcast<u32>(recip(x)); }
        case 1u: { y = bitcast<u32>(rsqrt(x)); }
        case 2u: { y = bitcast<u32>(loom_sqrt(x)); }
        case 3u: { y = bitcast<u32>(loom_exp(x)); }
        case 4u: { y = bitcast<u32>(loom_log(x)); }
        case 5u: { y = bitcast<u32>(loom_tanh(x)); }
        case 6u: { y = bitcast<u32>(sigmoid(x)); }
        case 7u: { y = bitcast<u32>(erf(x)); }
        case 8u: { y = bitcast<u32>(flush(x)); }
        case 9u: { y = bitcast<u32>(flush_square(x)); }
        case 10u: { y = bitcast<u32>(tanh_and_gate(flush(x)).x); }
        case 11u: { y = bitcast<u32>(tanh_and_gate(flush(x)).y); }
        case 12u: { y = bitcast<u32>(normal_distribution(flush(x))); }
        case 13u: { y = bitcast<u32>(loom_sin(x)); }
        case 14u: { y = bitcast<u32>(loom_cos(x)); }
        default: { y = bitcast<u32>(order_key(x)); }
    }
    results[id.y * count + id.x] = y;
}

// One result for each five arguments: operations, and the ways in which kernels combine them.
@compute @workgroup_size(64)
fn formulas(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = arrayLength(&arguments) / 5u;
    if id.x >= count {
        return;
    }
    let a = arguments[id.x * 5u];
    let b = arguments[id.x * 5u + 1u];
    let c = arguments[id.x * 5u + 2u];
    let d = arguments[id.x * 5u + 3u];
    let e = arguments[id.x * 5u + 4u];
    var y = 0.0f;
    switch FORMULA {
        case 0u: { y = fma(a, b, c); }
        case 1u: { y = a + b; }
        case 2u: { y = a - b; }
        case 3u: { y = a * b; }
        // The last lines of Adam and RMSprop.
        case 4u: { y = fma(-a, b * c, d * e); }
        case 5u: { y = fma(a, b - c, c); }
        case 6u: { y = fma(a, fma(b, b, -c), c); }
        case 7u: { y = fma(a * b, b, fma(-a, c, c)); }
        case 8u: { y = fma(loom_sqrt(e), b, c); }
        case 9u: { y = a * recip(loom_sqrt(e) + c); }
        // Derivatives of activations.
        case 10u: { y = a * fma(-b, b, 1.0f); }
        case 11u: { y = a * (b * fma(c, 1.0f - b, 1.0f)); }
        case 12u: { y = a * (a * -0.5f); }
        case 13u: { y = fma(a, b * 0.3989423f, c); }
        case 14u: { y = a * fma(0.044715f * a, a, 1.0f); }
        case 15u: { y = fma(0.053516112f * a, a, 0.3989423f); }
        case 16u: { y = fma(a, b * c, fma(0.5f, d, 0.5f)); }
        // Chains.
        case 17u: { y = fma(a, b, fma(c, d, e)); }
        default: { y = fma(fma(a, b, c), d, e); }
    }
    results[id.x] = bitcast<u32>(y);
}

const TERMS: u32 = 128u;

// One sum of products for each TERMS pairs: first all left factors, then all right ones.
@compute @workgroup_size(64)
fn sums(@builtin(global_invocation_id) id: vec3<u32>) {
    let half = arrayLength(&arguments) / 2u;
    let first = id.x * TERMS;
    if first >= half {
        return;
    }
    var sum = 0.0f;
    for (var k = first; k < first + TERMS; k++) {
        sum = fma(arguments[k], arguments[half + k], sum);
    }
    results[id.x] = bitcast<u32>(flush(sum));
}
