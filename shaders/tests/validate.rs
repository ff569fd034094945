//! Every kernel of the layers is valid WGSL, whatever a layer's sizes and however an adapter is tuned.

mod storage;

use loom_shaders::*;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Where a layer's slots lie, and how long they are.
fn places(input_len: u32, output_len: u32) -> String {
    format!(
        "const INPUT: u32 = 0u;\nconst OUTPUT: u32 = {input_len}u;\nconst SKIP: u32 = 0u;\nconst D_INPUT: u32 = \
         {output_len}u;\nconst D_OUTPUT: u32 = 0u;\nconst D_SKIP: u32 = 0u;\nconst INPUT_LEN: u32 = {input_len}u;\nconst \
         OUTPUT_LEN: u32 = {output_len}u;\n"
    )
}

fn numbers<const N: usize>(constants: [(&str, u32); N]) -> String {
    constants.map(|(name, value)| format!("const {name}: u32 = {value}u;\n")).concat()
}

fn activation(activation: u32) -> String {
    format!("const ACTIVATION: u32 = {activation}u;\nconst SLOPE: f32 = 0.01f;\n")
}

/// A window's walk over an image: the constants, the values of a channel, and the positions.
fn window([image, kernel, stride, padding, dilation]: [[u32; 2]; 5]) -> (String, u32, u32) {
    let reach = [0, 1].map(|axis| dilation[axis] * (kernel[axis] - 1) + 1);
    let positions = [0, 1].map(|axis| (image[axis] + 2 * padding[axis] - reach[axis]) / stride[axis] + 1);
    let header = numbers([
        ("HEIGHT", image[0]),
        ("WIDTH", image[1]),
        ("KERNEL_ROWS", kernel[0]),
        ("KERNEL_COLUMNS", kernel[1]),
        ("STRIDE_ROWS", stride[0]),
        ("STRIDE_COLUMNS", stride[1]),
        ("PADDING_ROWS", padding[0]),
        ("PADDING_COLUMNS", padding[1]),
        ("DILATION_ROWS", dilation[0]),
        ("DILATION_COLUMNS", dilation[1]),
        ("OUT_ROWS", positions[0]),
        ("OUT_COLUMNS", positions[1]),
    ]);
    (header, image[0] * image[1], positions[0] * positions[1])
}

fn windows() -> [(String, u32, u32); 7] {
    [
        [[5, 7], [3, 3], [1, 1], [1, 1], [1, 1]],
        [[28, 28], [5, 5], [1, 1], [0, 0], [1, 1]],
        [[9, 8], [3, 2], [2, 2], [1, 0], [1, 1]],
        [[11, 13], [2, 3], [3, 3], [0, 1], [1, 1]],
        [[4, 6], [4, 6], [4, 6], [0, 0], [1, 1]],
        [[1, 1], [1, 1], [1, 1], [0, 0], [1, 1]],
        [[1, 33], [1, 3], [1, 2], [0, 2], [1, 5]],
    ]
    .map(window)
}

const TUNINGS: [Tuning; 7] = [
    Tuning { workgroup: 64, tile: Tile::Single },
    Tuning { workgroup: 32, tile: Tile::Direct },
    Tuning { workgroup: 256, tile: Tile::Direct },
    Tuning { workgroup: 64, tile: Tile::Tiled { threads: 8, row_quads: 1, depth: 16 } },
    Tuning { workgroup: 64, tile: Tile::Tiled { threads: 8, row_quads: 2, depth: 16 } },
    Tuning { workgroup: 64, tile: Tile::Tiled { threads: 16, row_quads: 1, depth: 16 } },
    Tuning { workgroup: 64, tile: Tile::Tiled { threads: 16, row_quads: 2, depth: 16 } },
];

fn validate(layer: &str, kernels: &[Kernel], header: &str) {
    for kernel in kernels {
        for tuning in TUNINGS {
            // Decoding is the same however a product is cut up.
            let storages = storage::storages(kernel).into_iter();
            for (storage, constants) in storages.take(if tuning == TUNINGS[1] { usize::MAX } else { 1 }) {
                let header = format!("{header}{constants}");
                let source = kernel.source_from(storage, &header, tuning);
                let name = format!("{layer} {}, {storage:?}, {tuning:?}\n{header}", kernel.name);
                validate_module(&name, &source, kernel, tuning);
            }
        }
    }
}

fn validate_module(name: &str, source: &str, kernel: &Kernel, tuning: Tuning) {
    let module =
        naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{name}\n{}", error.emit_to_string(source)));
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{name}\n{}", error.emit_to_string(source)));
    let [entry] = &module.entry_points[..] else { panic!("{name}: one entry point") };
    assert_eq!(entry.name, kernel.name, "{name}");
    assert_eq!(entry.workgroup_size, [kernel.workgroup(tuning), 1, 1], "{name}");
}

#[test]
fn dense() {
    for (function, [rows, inputs, outputs], bias) in [(0, [1, 784, 10], true), (4, [3, 17, 33], false)] {
        let header = places(rows * inputs, rows * outputs)
            + &numbers([("ROWS", rows), ("IN", inputs), ("OUT", outputs), ("WEIGHT", 0), ("BIAS", inputs * outputs)])
            + &format!("const HAS_BIAS: bool = {bias};\n")
            + &activation(function);
        validate("Dense", DENSE, &header);
    }
}

#[test]
fn conv2d() {
    for (i, (window, image, positions)) in windows().into_iter().enumerate() {
        let [inputs, outputs] = [[1, 6], [3, 5], [16, 33]][i % 3];
        for function in 0..5 {
            let header = places(inputs * image, outputs * positions)
                + &numbers([("IN_CHANNELS", inputs), ("OUT_CHANNELS", outputs), ("WEIGHT", 12), ("BIAS", 4)])
                + &window
                + &format!("const HAS_BIAS: bool = {};\n", (i as u32 + function).is_multiple_of(2))
                + &activation(function);
            validate("Conv2d", CONV2D, &header);
        }
    }
}

#[test]
fn pools() {
    for (window, image, positions) in windows() {
        let header = places(3 * image, 3 * positions) + &numbers([("CHANNELS", 3)]) + &window;
        validate("MaxPool2d", MAX_POOL2D, &header);
        validate("AvgPool2d", AVG_POOL2D, &(header + "const SHARE: f32 = 0.11111111f;\n"));
    }
}

#[test]
fn softmax() {
    for [rows, len] in [[1, 1], [1, 10], [7, 257]] {
        let header = places(rows * len, rows * len) + &numbers([("ROWS", rows), ("LEN", len)]);
        validate("Softmax", SOFTMAX, &header);
    }
}

#[test]
fn dropout() {
    for (len, threshold) in [(1, 0), (129, 0x8000_0000), (64, u32::MAX - 255)] {
        let header = places(len, len)
            + &numbers([("LEN", len), ("THRESHOLD", threshold), ("STREAM", 1)])
            + "const SCALE: f32 = 2.0f;\n";
        validate("Dropout", DROPOUT, &header);
    }
}

#[test]
fn value_by_value() {
    for function in 0..8 {
        validate("Elementwise", ELEMENTWISE, &(places(33, 33) + &activation(function)));
    }
    validate("Fork", FORK, &places(33, 33));
    validate("Join", JOIN, &places(33, 33));
}

#[test]
fn sequences() {
    for [rows, columns] in [[1, 1], [1, 17], [17, 1], [33, 257]] {
        let len = rows * columns;
        let mean = numbers([("CHANNELS", rows), ("LEN", columns)]) + "const SHARE: f32 = 0.058823529f;\n";
        validate("GlobalAvgPool", GLOBAL_AVG_POOL, &(places(len, rows) + &mean));
        validate("Last", LAST, &places(len, columns));
        let sizes = numbers([("ROWS", rows), ("COLUMNS", columns)]);
        validate("Transpose", TRANSPOSE, &(places(len, len) + &sizes));
    }
}

#[test]
fn attention() {
    for (causal, rotary, [steps, heads, width]) in
        [(false, false, [1, 1, 1]), (true, true, [17, 3, 4]), (true, false, [5, 2, 3])]
    {
        let len = steps * heads * width;
        let header = places(3 * len, len)
            + &numbers([("STEPS", steps), ("HEADS", heads), ("WIDTH", width), ("TABLE", 64), ("WORK", 4 * len)])
            + &format!("const CAUSAL: bool = {causal};\nconst ROTARY: bool = {rotary};\nconst SCALE: f32 = 0.5f;\n");
        validate("Attention", ATTENTION, &header);
    }
}

#[test]
fn glu() {
    for [rows, hidden] in [[1, 1], [7, 257]] {
        validate("Glu", GLU, &(places(2 * rows * hidden, rows * hidden) + &numbers([("HIDDEN", hidden)])));
    }
}

#[test]
fn recurrences() {
    for [steps, hidden] in [[1, 1], [5, 17], [300, 257]] {
        let sizes = [("STEPS", steps), ("HIDDEN", hidden), ("WEIGHT", 64), ("BIAS", 4), ("WORK", 128)];
        let header = |gates| places(steps * gates * hidden, steps * hidden) + &numbers(sizes);
        validate("Rnn", RNN, &(header(1) + "const RELU: bool = false;\n"));
        validate("Rnn", RNN, &(header(1) + "const RELU: bool = true;\n"));
        validate("Lstm", LSTM, &header(4));
        validate("Gru", GRU, &header(3));
    }
}

#[test]
fn norms() {
    for ([rows, len], centred, bias) in [([1, 1], true, true), ([3, 17], true, false), ([2, 257], false, false)] {
        let header = places(rows * len, rows * len)
            + &numbers([("WORK", 2 * rows * len), ("ROWS", rows), ("LEN", len), ("WEIGHT", 0), ("BIAS", len)])
            + &format!("const CENTRED: bool = {centred};\nconst HAS_BIAS: bool = {bias};\n")
            + &format!("const SHARE: f32 = {:?}f;\nconst EPSILON: f32 = 1e-5f;\n", 1.0 / len as f32);
        validate("LayerNorm", NORM, &header);
    }
    for [channels, positions] in [[1, 1], [3, 35], [17, 784]] {
        let header = places(channels * positions, channels * positions)
            + &numbers([("WORK", 2 * channels * positions), ("CHANNELS", channels), ("POSITIONS", positions)])
            + &numbers([("WEIGHT", 0), ("BIAS", 20), ("RUNNING_MEAN", 40), ("RUNNING_VAR", 60)])
            + "const EPSILON: f32 = 1e-15f;\n";
        validate("BatchNorm2d", BATCH_NORM2D, &header);
    }
}

#[test]
fn embedding() {
    for [steps, vocabulary, features] in [[1, 1, 1], [17, 257, 33], [64, 1 << 24, 255]] {
        let header = places(steps, steps * features)
            + &numbers([("VOCABULARY", vocabulary), ("FEATURES", features), ("WEIGHT", 4)]);
        validate("Embedding", EMBEDDING, &header);
    }
}

#[test]
fn positions() {
    for [len, features] in [[1, 1], [257, 257], [35, 5]] {
        validate("Positions", POSITIONS, &(places(len, len) + &numbers([("WEIGHT", 12), ("FEATURES", features)])));
    }
}
