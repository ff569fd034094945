//! Every kernel around a network keeps the rules, for each header and each tuning.

use crate::rules;
use loom::shaders::*;

const TUNINGS: [Tuning; 4] = [
    Tuning { workgroup: 16, tile: Tile::Single },
    Tuning { workgroup: 48, tile: Tile::Direct },
    Tuning { workgroup: 64, tile: Tile::Tiled { threads: 8, row_quads: 1, depth: 8 } },
    Tuning { workgroup: 256, tile: Tile::Tiled { threads: 16, row_quads: 2, depth: 16 } },
];

fn check(kernel: Kernel, header: &str) {
    for tuning in TUNINGS {
        if let Err(broken) = rules::check(kernel.name, &kernel.source(header, tuning)) {
            panic!("{}", broken.join("\n"));
        }
    }
}

#[test]
fn gather() {
    for (len, scale, bytes) in
        [(1, "1.0f", false), (784, "0.003921569f", true), (3, "1e-7f", true), (5, "-2e20f", false)]
    {
        let header = format!(
            "const INPUT: u32 = 4u;\nconst INPUT_LEN: u32 = {len}u;\nconst SCALE: f32 = {scale};\nconst BYTES: bool = {bytes};\n"
        );
        check(GATHER, &header);
    }
}

#[test]
fn losses() {
    let kernels = [MSE, HUBER, BINARY_CROSS_ENTROPY, CROSS_ENTROPY, SOFT_CROSS_ENTROPY, TOTAL];
    for (len, row_len, mean) in [(1, 1, "1.0f"), (10, 10, "0.1f"), (300, 100, "0.01f")] {
        for (accuracy, threshold) in [(0, "0.0f"), (1, "0.0f"), (2, "-0.5f")] {
            let header = format!(
                "const OUTPUT: u32 = 8u;\nconst D_OUTPUT: u32 = 0u;\nconst OUTPUT_LEN: u32 = {len}u;\nconst ROW_LEN: u32 = \
                 {row_len}u;\nconst MEAN: f32 = {mean};\nconst ACCURACY: u32 = {accuracy}u;\nconst THRESHOLD: f32 = \
                 {threshold};\nconst DELTA: f32 = 0.25f;\nconst HALF_DELTA: f32 = 0.125f;\n"
            );
            kernels.iter().for_each(|&kernel| check(kernel, &header));
        }
    }
}

#[test]
fn quantize() {
    for [columns, group, row_scales] in [[17, 17, 0], [30, 16, 2], [784, 784, 1], [1, 1, 1]] {
        for (bits, least, scale) in [(23, 0, "1.0f"), (1, -1, "0.00012f"), (10, -24, "1.0f"), (23, -100, "1e-30f")] {
            let header = format!(
                "const WEIGHT: u32 = 8u;\nconst LEN: u32 = {}u;\nconst COLUMNS: u32 = {columns}u;\nconst GROUP: u32 = \
                 {group}u;\nconst ROW_SCALES: u32 = {row_scales}u;\nconst FIRST: u32 = 3u;\nconst BITS: i32 = \
                 {bits};\nconst LEAST: i32 = {least};\nconst SCALE: f32 = {scale};\n",
                5 * columns
            );
            check(QUANTIZE, &header);
        }
    }
}

#[test]
fn clips_and_optimizers() {
    for len in [4, 4096, 1_000_000] {
        let header = format!("const LEN: u32 = {len}u;\n");
        [SGD, ADAM, RMSPROP].iter().for_each(|&kernel| check(kernel, &header));
        check(AVERAGE, &format!("{header}const FIRST: u32 = 8u;\nconst MOMENTUM: f32 = 0.1f;\n"));
        for bound in ["0.5f", "1e-10f", "1.1754944e-38f", "3.4028235e38f"] {
            let header = format!("{header}const BOUND: f32 = {bound};\n");
            check(CLIP_VALUE, &header);
            CLIP_NORM.iter().for_each(|&kernel| check(kernel, &header));
        }
    }
}
