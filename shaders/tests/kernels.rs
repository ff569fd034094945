//! Every kernel of this crate is a valid module and breaks no rule, whatever its header says.

mod rules;

use loom_shaders::{DENSE, ELEMENTWISE, FORK, Form, JOIN, Kernel, Tile, Tuning};

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
        Layer { name: "fork", kernels: FORK, headers: values() },
        Layer { name: "join", kernels: JOIN, headers: values() },
    ]
}

/// Tiles matter to products alone.
fn tunings(form: Form) -> Vec<Tuning> {
    let tiled = |threads, row_quads| Tile::Tiled { threads, row_quads, depth: 16 };
    let tiles = match form {
        Form::Product => vec![Tile::Single, Tile::Direct, tiled(8, 1), tiled(8, 2), tiled(16, 1), tiled(16, 2)],
        _ => vec![Tile::Single],
    };
    let workgroups = if form == Form::Product { vec![64] } else { vec![32, 64, 256] };
    let with = |workgroup| tiles.iter().map(move |&tile| Tuning { workgroup, tile });
    workgroups.into_iter().flat_map(with).collect()
}

#[test]
fn every_kernel_keeps_the_rules() {
    let mut broken = Vec::new();
    for layer in layers() {
        for kernel in layer.kernels {
            for tuning in tunings(kernel.form) {
                for header in &layer.headers {
                    let name = format!("{} {} {tuning:?}", layer.name, kernel.name);
                    broken.extend(rules::check(&name, &kernel.source(header, tuning)).err().into_iter().flatten());
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} places break rules:\n{}", broken.len(), broken[..broken.len().min(20)].join("\n"));
}
