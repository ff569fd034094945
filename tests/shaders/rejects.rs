//! The rules reject what they are there for, and nothing near it.

use crate::rules;

/// A function body in terms of the floats x, y and z, the integers i and n, and what `PRELUDE` declares, and the rule that it
/// breaks.
type Case = (&'static str, Option<&'static str>);

const PRELUDE: &str = "
@group(0) @binding(0) var<storage, read_write> buffer: array<f32>;
var<workgroup> shared_values: array<f32, 64>;
var<private> own: f32;
const HALF: f32 = 0.5f;
const WIDTH: u32 = 3u;
fn flush(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffffff0u); }
fn times(x: f32, y: f32) -> f32 { return x * y; }
fn plus(x: f32, y: f32) -> f32 { return x + y; }
fn halved(x: f32) -> f32 { return x * 0.5f; }
fn scale_into(target_of: ptr<function, f32>, x: f32) { *target_of = x * x; }
";

const CASES: &[Case] = &[
    // Division.
    ("return x / y;", Some("divide")),
    ("return (vec2<f32>(x, y) % z).x;", Some("divide")),
    ("var q = x; q /= 3.0f; return q;", Some("divide")),
    ("return buffer[n / 3u + n % WIDTH];", None),
    // Functions of floats.
    ("return max(x, y);", Some("function")),
    ("return clamp(x, 0.0f, 1.0f);", Some("function")),
    ("return sqrt(x);", Some("function")),
    ("return exp(x);", Some("function")),
    ("return dot(vec2<f32>(x, y), vec2<f32>(y, z));", Some("function")),
    ("return mix(x, y, z);", Some("function")),
    ("return floor(x);", Some("function")),
    ("return sign(x);", Some("function")),
    ("return saturate(x);", Some("function")),
    ("return (mat2x2<f32>(x, y, z, x) * vec2<f32>(x, y)).x;", Some("function")),
    ("return unpack4x8unorm(n).x;", Some("function")),
    ("return abs(x);", None),
    ("return buffer[max(n, 3u) + u32(clamp(i, 0, 7))];", None),
    // Conversions.
    ("return buffer[u32(x)];", Some("convert")),
    ("return bitcast<f32>(i32(x));", Some("convert")),
    ("return f32(i);", Some("convert")),
    ("return select(x, y, bool(z));", Some("convert")),
    ("return f32(n);", None),
    ("return bitcast<f32>(bitcast<u32>(x) + u32(i));", None),
    // Comparisons.
    ("return select(x, y, x != x);", Some("compare")),
    ("return select(x, y, x == y);", Some("compare")),
    ("return select(x, y, x == HALF);", Some("compare")),
    ("return select(x, y, z == 0.0f || 0.0f != x || x < y);", None),
    // Constants that cannot be held.
    ("return x + 1e-40f;", Some("literal")),
    ("return x * -2e-39f;", Some("literal")),
    ("return select(x, bitcast<f32>(0x7f800000u), y < z);", Some("literal")),
    ("return select(x, bitcast<f32>(0x7fc00000u), y < z);", Some("literal")),
    ("return x + 1.2e-38f;", None),
    ("return select(x, bitcast<f32>(0x3f800000u), y < z);", None),
    // Arithmetic between constants.
    ("return x * (1.0f / 3.0f);", Some("folded")),
    ("return x * (HALF + 0.25f);", Some("folded")),
    ("return x + fma(HALF, 3.0f, 0.25f);", Some("folded")),
    ("return x * (1.0 - 0.3);", Some("folded")),
    ("return x * exp(1.0f);", Some("folded")),
    ("let c = 0.3f; return x * (c * 3.0f);", Some("folded")),
    ("let c = 0.3f; return fma(c, 3.0f, 2.0f);", Some("folded")),
    ("return (vec2<f32>(0.3f) * HALF * x).x;", Some("folded")),
    ("return x * f32(WIDTH * 3u + 1u);", None),
    ("return fma(x, -HALF, -(1e-5f));", None),
    ("return x * select(2.5e-1f, HALF, WIDTH == 3u);", None),
    // Constants in a chain.
    ("return (x * 0.3f) * 0.7f;", Some("chain")),
    ("return 0.3f * (HALF * x);", Some("chain")),
    ("return (x + 0.3f) + 0.7f;", Some("chain")),
    ("return 0.3f - (x - 0.7f);", Some("chain")),
    ("return halved(halved(x));", Some("chain")),
    ("return fma(x * 0.3f, 0.7f, y);", Some("chain")),
    ("return fma(x, y, 0.3f) + 0.7f;", Some("chain")),
    ("var p = x; for (var k = 0u; k < n; k++) { p *= 0.9f; } return p;", Some("chain")),
    ("return (x * x) * 0.044715f;", None),
    ("return flush(x * 0.3f) * 0.7f;", None),
    ("var sum = 0.0f; for (var k = 0u; k < n; k++) { sum += buffer[k]; } return sum + 0.3f;", None),
    // What is added and taken away.
    ("return (x - y) + y;", Some("cancel")),
    ("return (x + y) - y;", Some("cancel")),
    ("return y - (x + y);", Some("cancel")),
    ("return plus(x, -y) + y;", Some("cancel")),
    ("let far = fma(x, z, y); return far - y;", Some("cancel")),
    ("return (x + y) + y;", None),
    ("return flush(x + y) - y;", None),
    // Products that meet sums.
    ("return x * y + z;", Some("contract")),
    ("return z - x * y;", Some("contract")),
    ("return -(x * y) + z;", Some("contract")),
    ("return x * y + x * z;", Some("contract")),
    ("var sum = z; sum += x * y; return sum;", Some("contract")),
    ("let p = x * y; return select(p, z, x < y) + z;", Some("contract")),
    ("let p = vec3<f32>(x, y, z) * x; return p.y + z;", Some("contract")),
    ("return (vec2<f32>(x * y) + vec2<f32>(z)).x;", Some("contract")),
    ("return vec2<f32>(z, x * y)[n] + z;", Some("contract")),
    ("return abs(x * y) + z;", Some("contract")),
    ("return times(x, y) + z;", Some("contract")),
    ("return plus(x * y, z);", Some("contract")),
    ("var p = x; if y < z { p = y * z; } return p + z;", Some("contract")),
    ("var p = x; for (var k = 0u; k < n; k++) { z_sum += p; p = buffer[k] * y; } return z_sum;", Some("contract")),
    ("var p = array<f32, 4>(); p[n] = x * y; return p[i] + z;", Some("contract")),
    ("var p = x; scale_into(&p, y); return p + z;", Some("contract")),
    ("shared_values[n] = x * y; workgroupBarrier(); return shared_values[i] + z;", Some("contract")),
    ("own = x * y; return own + z;", Some("contract")),
    ("buffer[n] = x * y; return buffer[n] + z;", Some("contract")),
    ("switch n { case 1u: { own = x * y; } default: {} } return own + z;", Some("contract")),
    ("return fma(x, y, z) + x;", None),
    ("return flush(x * y) + z;", None),
    ("return (x + y) * z;", None),
    ("return times(x, y) * z;", None),
    ("return plus(flush(x * y), z) + flush(times(x, y));", None),
    ("var p = x * y; p = flush(p); return p + z;", None),
    ("var p = array<f32, 4>(); p[0] = x * y; p[1] = z; return p[1] + z;", None),
    ("buffer[n] = x * y; return x + z;", None),
    ("let r = vec2<f32>(x * y, z); return r.y + z;", None),
    // An fma of a product, whose result goes on.
    ("return fma(x, y, y * z) + z;", Some("addend")),
    ("return fma(x, z, fma(y, y, x * x));", Some("addend")),
    ("var f = fma(x, y, y * z); if n > 1u { f = z; } return plus(f, x);", Some("addend")),
    ("return fma(-x, y * z, x * z) - y;", Some("addend")),
    ("return flush(fma(-x, y * z, x * z));", None),
    ("return fma(fma(x, y, y * z), z, 1.0f);", None),
    // The sum of a product or two, whose result goes on.
    ("return fma(x, y, 0.0f) + z;", Some("short")),
    ("return z - fma(x, y, fma(z, z, 0.0f));", Some("short")),
    (
        "var sum = 0.0f; for (var k = 0u; k < n; k++) { sum = fma(buffer[k + n], buffer[k], sum); } return sum + z;",
        Some("short"),
    ),
    ("return fma(x, y, fma(z, z, 1.0f)) + z;", None),
    (
        "var sum = 0.0f; for (var k = 0u; k < n; k++) { sum = fma(buffer[k + n], buffer[k], sum); } return flush(sum) + z;",
        None,
    ),
    ("var sum = z; for (var k = 0u; k < n; k++) { sum = fma(buffer[k + n], buffer[k], sum); } return sum + z;", None),
    // Two fmas with one factor.
    ("return fma(x, y, fma(x, z, 1.0f));", Some("factor")),
    ("return fma(y, x, fma(-x, z, 1.0f));", Some("factor")),
    ("return fma(y, 0.3f, fma(z, 0.3f, 1.0f));", Some("factor")),
    ("let first = fma(x, z, 1.0f); return select(y, fma(x, y, first), y < z);", Some("factor")),
    ("return fma(vec2<f32>(x), vec2<f32>(y, z), fma(vec2<f32>(x), vec2<f32>(z, y), vec2<f32>(y))).x;", Some("factor")),
    ("var sum = 0.0f; for (var k = 0u; k < n; k++) { sum = fma(x, buffer[k], sum); } return sum;", Some("factor")),
    (
        "var s = array<f32, 4>(); for (var k = 0u; k < n; k++) { s[i] = fma(x, buffer[k], s[i]); } return s[i];",
        Some("factor"),
    ),
    ("var sum = 0.0f; for (var k = 0u; k < n; k++) { sum = fma(buffer[k + n], buffer[k], sum); } return sum;", None),
    (
        "var s = array<f32, 4>(); for (var k = 0u; k < n; k++) { let b = buffer[k];
        s[0] = fma(x, b, s[0]); s[i] = fma(y, b, s[1]); } return s[n];",
        Some("factor"),
    ),
    (
        "var s = array<f32, 4>(); for (var k = 0u; k < n; k++) { let b = buffer[k];
        s[0] = fma(buffer[n + k], b, s[0]); s[i] = fma(buffer[n - k], b, s[i]); } return s[n];",
        None,
    ),
    ("var y1 = y; for (var k = 0; k < 3; k++) { let e = fma(-x, y1, 1.0f); y1 = fma(e, y1, y1); } return y1;", None),
    ("return fma(x, y, flush(fma(x, z, 1.0f)));", None),
    ("return fma(x, fma(x, z, 1.0f), y);", None),
];

fn module(body: &str) -> String {
    format!(
        "{PRELUDE}\nfn snippet(x: f32, y: f32, z: f32, i: i32, n: u32) -> f32 {{\nvar z_sum = z;\n{body}\n}}\n@compute \
         @workgroup_size(64)\nfn kernel(@builtin(local_invocation_index) n: u32) {{\n    buffer[n] = flush(snippet(buffer[n], \
         buffer[n + 1u], buffer[n + 2u], bitcast<i32>(n), n + 3u));\n}}\n"
    )
}

#[test]
fn each_rule_rejects_its_cases_alone() {
    let mut wrong = Vec::new();
    for &(body, rule) in CASES {
        let broken = rules::check("case", &module(body)).err().unwrap_or_default();
        let expected = rule.map(|rule| format!("[{rule}]"));
        let agrees = match &expected {
            Some(rule) => !broken.is_empty() && broken.iter().all(|sentence| sentence.contains(rule)),
            None => broken.is_empty(),
        };
        if !agrees {
            wrong.push(format!("{body}\n    expected {expected:?}, found {broken:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn a_sentence_names_the_place_the_rule_and_the_cure() {
    let source = "fn f(x: f32, y: f32) -> f32 {\n    let p = x * y;\n    return p + x;\n}\n";
    let expected = "kernel `dense forward`, function `f`, line 3 `return p + x;`, with line 2 `let p = x * y;`: [contract] some \
                    drivers contract a product that meets a sum, some do not: write fma, or flush the product";
    assert_eq!(rules::check("dense forward", source), Err(vec![expected.into()]));
}

#[test]
fn a_module_that_is_no_wgsl_is_rejected() {
    for source in ["fn f() -> f32 { return 1u; }", "fn f( {", "fn f() -> f32 { return 1e39f; }"] {
        assert!(rules::check("case", source).is_err(), "{source}");
    }
}

/// The exact conversions of arith.wgsl are allowed by the names of its functions.
#[test]
fn an_exponent_may_be_converted() {
    for (name, allowed) in [("exp_bits", true), ("loom_log", true), ("other", false)] {
        let source = format!("fn {name}(n: i32) -> f32 {{ return f32(n); }}");
        assert_eq!(rules::check("case", &source).is_ok(), allowed, "{name}");
    }
}
