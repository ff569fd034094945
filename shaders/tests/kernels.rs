//! Every kernel of this crate is a valid module and breaks no rule, whatever its header says.

mod rules;
mod storage;

use loom_shaders::{
    DENSE, ELEMENTWISE, EMBEDDING, FORK, Form, GLU, GRU, JOIN, Kernel, LSTM, QUANTIZE, RNN, Storage, Tile, Tuning,
};

/// A layer's kernels, and the constants that its networks might give them.
struct Layer {
    name: &'static str,
    kernels: &'static [Kernel],
    headers: Vec<String>,
}

/// Where a layer finds its values, which every kernel knows.
const PLACES: &str = "const INPUT: u32 = 0u;\nconst OUTPUT: u32 = 1024u;\nconst SKIP: u32 = 2048u;\nconst D_INPUT: u32 = \
                      0u;\nconst D_OUTPUT: u32 = 1024u;\nconst D_SKIP: u32 = 2048u;\n";

/// The constants of one layer: lengths, then `NAME value` pairs whose type is that of the value.
fn header(input_len: u32, output_len: u32, constants: &[(&str, &str)]) -> String {
    let mut header = format!("{PLACES}const INPUT_LEN: u32 = {input_len}u;\nconst OUTPUT_LEN: u32 = {output_len}u;\n");
    for (name, value) in constants {
        header.push_str(&format!("const {name} = {value};\n"));
    }
    header
}

fn dense(input: u32, output: u32, rows: u32, bias: bool, activation: u32) -> String {
    header(
        rows * input,
        rows * output,
        &[
            ("ROWS", &format!("{rows}u")),
            ("IN", &format!("{input}u")),
            ("OUT", &format!("{output}u")),
            ("WEIGHT", "64u"),
            ("BIAS", "32u"),
            ("HAS_BIAS", &bias.to_string()),
            ("ACTIVATION", &format!("{activation}u")),
            ("SLOPE", "0.01f"),
        ],
    )
}

fn elementwise(len: u32, activation: u32) -> String {
    let constants = [("LEN", format!("{len}u")), ("ACTIVATION", format!("{activation}u")), ("SLOPE", "0.3f".into())];
    header(len, len, &constants.each_ref().map(|(name, value)| (*name, value.as_str())))
}

fn recurrence(gates: u32, (steps, hidden): (u32, u32)) -> String {
    let constants = [("STEPS", steps), ("HIDDEN", hidden), ("WEIGHT", 64), ("BIAS", 32), ("WORK", 4096)];
    let constants = constants.map(|(name, value)| (name, format!("{value}u")));
    let relu = (hidden == 1).to_string();
    let constants: Vec<_> =
        constants.iter().map(|(name, value)| (*name, value.as_str())).chain([("RELU", &*relu)]).collect();
    header(steps * gates * hidden, steps * hidden, &constants)
}

fn quantize(bits: &str, least: &str, scale: &str) -> String {
    let numbers = [("WEIGHT", 8), ("LEN", 510), ("COLUMNS", 17), ("GROUP", 16), ("ROW_SCALES", 2), ("FIRST", 3)];
    let numbers = numbers.map(|(name, number)| format!("const {name}: u32 = {number}u;\n")).concat();
    format!("{numbers}const BITS: i32 = {bits};\nconst LEAST: i32 = {least};\nconst SCALE: f32 = {scale};\n")
}

/// A line for each layer. Activations up to Tanh, number 4, are those that a Dense may carry.
fn layers() -> Vec<Layer> {
    let values = || vec![header(1, 1, &[("LEN", "1u")]), header(257, 257, &[("LEN", "257u")])];
    vec![
        Layer {
            name: "dense",
            kernels: DENSE,
            headers: vec![
                dense(1, 1, 1, true, 0),
                dense(17, 257, 3, true, 1),
                dense(257, 3, 1, false, 2),
                dense(257, 257, 1, true, 3),
                dense(3, 17, 17, false, 4),
            ],
        },
        Layer {
            name: "elementwise",
            kernels: ELEMENTWISE,
            headers: (0..=7).map(|activation| elementwise(257, activation)).collect(),
        },
        Layer {
            name: "quantize",
            kernels: &[QUANTIZE],
            headers: [("23", "0", "1.0f"), ("1", "-1", "0.0003f")]
                .map(|(bits, least, scale)| quantize(bits, least, scale))
                .into(),
        },
        Layer { name: "fork", kernels: FORK, headers: values() },
        Layer { name: "join", kernels: JOIN, headers: values() },
        Layer { name: "rnn", kernels: RNN, headers: [(1, 1), (5, 17)].map(|sizes| recurrence(1, sizes)).into() },
        Layer { name: "lstm", kernels: LSTM, headers: [(1, 1), (5, 17)].map(|sizes| recurrence(4, sizes)).into() },
        Layer { name: "gru", kernels: GRU, headers: [(1, 1), (5, 17)].map(|sizes| recurrence(3, sizes)).into() },
        Layer {
            name: "glu",
            kernels: GLU,
            headers: [(1, 1), (5, 257)]
                .map(|(rows, hidden)| header(2 * rows * hidden, rows * hidden, &[("HIDDEN", &format!("{hidden}u"))]))
                .into(),
        },
        Layer {
            name: "embedding",
            kernels: EMBEDDING,
            headers: [(1, 1, 1), (17, 257, 33)]
                .map(|(steps, vocabulary, features)| {
                    let sizes = [("VOCABULARY", vocabulary), ("FEATURES", features), ("WEIGHT", 64)];
                    let sizes = sizes.map(|(name, size)| (name, format!("{size}u")));
                    header(steps, steps * features, &sizes.each_ref().map(|(name, size)| (*name, size.as_str())))
                })
                .into(),
        },
    ]
}

/// Tiles matter to products alone.
fn tunings(form: Form) -> Vec<Tuning> {
    let tiled = |threads, row_quads| Tile::Tiled { threads, row_quads, depth: 16 };
    let (tiles, workgroups) = if form.is_product() {
        (vec![Tile::Single, Tile::Direct, tiled(8, 1), tiled(8, 2), tiled(16, 1), tiled(16, 2)], vec![64])
    } else {
        (vec![Tile::Single], vec![32, 64, 256])
    };
    let with = |workgroup| tiles.iter().map(move |&tile| Tuning { workgroup, tile });
    workgroups.into_iter().flat_map(with).collect()
}

/// Decoding is the same however a kernel is cut up: one way of it shows what becomes of a weight.
fn storages(kernel: &Kernel, tuning: Tuning) -> Vec<(Storage, String)> {
    let mut storages = storage::storages(kernel);
    if tuning.workgroup != 64
        || !matches!((kernel.form, tuning.tile), (Form::Product, Tile::Direct) | (Form::Items | Form::Groups, _))
    {
        storages.truncate(1);
    }
    storages
}

#[test]
fn every_kernel_keeps_the_rules() {
    let mut broken = Vec::new();
    for layer in layers() {
        for kernel in layer.kernels {
            for tuning in tunings(kernel.form) {
                for header in &layer.headers {
                    for (storage, constants) in storages(kernel, tuning) {
                        let name = format!("{} {} {storage:?} {tuning:?}", layer.name, kernel.name);
                        let source = kernel.source_from(storage, &format!("{header}{constants}"), tuning);
                        broken.extend(rules::check(&name, &source).err().into_iter().flatten());
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} places break rules:\n{}", broken.len(), broken[..broken.len().min(20)].join("\n"));
}

/// A kernel, a line of its module, what is written instead, and the rule that this breaks.
const CHANGES: &[(&Kernel, &str, &str, &str)] = &[
    (
        &DENSE[0],
        "sums[r] = fma(vec4<f32>(a_at(row + r, k)), b, sums[r]);",
        "sums[r] += a_at(row + r, k) * b;",
        "contract",
    ),
    (&DENSE[0], "rounded(sum)", "sum", "short"),
    (&DENSE[0], "return weight(column, k);", "return parameter(WEIGHT);", "factor"),
    (&DENSE[0], "return select(snap(x * SLOPE), x, x > 0.0f);", "return max(x, x * SLOPE);", "function"),
    (&DENSE[0], "r = fma(f32(bitcast<i32>(exponent)), -1.703032e-13f, r);", "r = fma(n, -1.42e-6f, r);", "factor"),
    (&DENSE[0], "let n = bitcast<f32>(whole) - 768.0f;", "let n = fma(x, 1.442695f, 768.5f) - 768.0f;", "chain"),
    (&DENSE[0], "let error = fma(-t, y, 1.0f - y);", "let error = (1.0f - y) - t * y;", "contract"),
    (&DENSE[2], "snap(sum)", "snap(sum / f32(call.batch))", "divide"),
    (&DENSE[3], "return gradients[D_OUTPUT", "return call.loss_scale * gradients[D_OUTPUT", "contract"),
    (&ELEMENTWISE[1], "return snap(d * fma(-y, y, 1.0f));", "return snap(fma(-d, y * y, d * y) + d);", "addend"),
    (&ELEMENTWISE[0], "const GELU_BOUND: f32 = 16.0f;", "const GELU_BOUND: f32 = 8.0f + 8.0f;", "folded"),
    (&JOIN[0], "let sum = ", "let sum = call.loss_scale * ", "contract"),
];

#[test]
fn a_change_to_a_kernel_is_seen() {
    let header = dense(17, 257, 3, true, 3);
    for &(kernel, line, change, rule) in CHANGES {
        let source = kernel.source(&header, Tuning { workgroup: 64, tile: Tile::Direct });
        let changed = source.replace(line, change);
        assert_ne!(source, changed, "{line}");
        let broken = rules::check(kernel.name, &changed).err().unwrap_or_default();
        let rule = format!("[{rule}]");
        assert!(broken.iter().any(|sentence| sentence.contains(&rule)), "{change}\n    {rule}: {broken:#?}");
    }
}
