//! Every kernel around a network keeps the rules, for each header and each tuning.

use crate::rules;
use loom::loss::{Accuracy, Loss, Objective, Term, shaders};
use loom::optim::{Clip, Optimizer};
use loom::plan::Plan;
use loom::prelude::*;
use loom::private::custom_shaders;
use loom::shaders::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

network! {
    struct One { Dense<1, 1> }
    struct Ten { Dense<2, 10> }
    struct Steps: [3, 2] { Dense<2, 100> }

    loss Entropy(out: [10], class: Label<10>, weight: [1]) { -weight * sum(class * (out - logsumexp(out))) }
    loss Distance(out: [10], target: [10]) { norm(out - target) }
}

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

fn check_losses(terms: &[Term], plan: &Plan) {
    for (kernel, header) in shaders(terms, plan) {
        check(*kernel, &header);
        check(TOTAL, &header);
    }
    for custom in custom_shaders(terms, plan) {
        check(COMPARE, &custom.compare);
        check(D_OUTPUTS, &custom.d_outputs);
    }
}

#[test]
fn losses() {
    for (plan, classes) in [(One::PLAN, 1), (Ten::PLAN, 10), (Steps::PLAN, 100)] {
        for accuracy in [None, Some(Accuracy::ArgMax), Some(Accuracy::Threshold(-0.5))] {
            for loss in losses_of(classes) {
                let whole = Term::new(loss, accuracy, 0, plan.output_slot().len);
                check_losses(&[whole], plan);
            }
        }
    }
    let ([entropy], [distance]) = (Loss::<_, (u8, [f32; 1])>::terms(&Entropy), Distance.terms());
    for terms in [vec![entropy], vec![distance], vec![distance, entropy]] {
        check_losses(&terms, Ten::PLAN);
    }
    let [values, _, _, classes, probabilities] = losses_of(2);
    let term = |loss, at, len| Term::new(loss, Some(Accuracy::ArgMax), at, len);
    check_losses(&[term(classes, 0, 6), term(values, 6, 1), term(probabilities, 7, 2), term(values, 9, 1)], Ten::PLAN);
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
        optimizers().iter().for_each(|&kernel| check(kernel, &header));
        check(
            AVERAGE,
            &format!("{header}const RUNNING: u32 = 8u;\nconst BATCH: u32 = 16u;\nconst MOMENTUM: f32 = 0.1f;\n"),
        );
        check(ADD_GRADIENTS, &header);
        for bound in [0.5, 1e-10, f32::MIN_POSITIVE, f32::MAX] {
            for clip in [Clip::Value(bound), Clip::Norm(bound)] {
                clip.shaders(len).iter().for_each(|(kernel, header, _)| check(**kernel, header));
            }
        }
    }
}

/// One of each loss, where cross-entropies have so many classes.
fn losses_of(classes: usize) -> [Objective; 5] {
    let entropy = |probabilities| Objective::CrossEntropy { classes, probabilities };
    let huber = Objective::Huber { delta: 0.25 };
    [Objective::Mse, huber, Objective::BinaryCrossEntropy, entropy(false), entropy(true)]
}

fn optimizers() -> [Kernel; 4] {
    let kernels =
        [Sgd::new(0.1).shader(), Adam::new(0.1).shader(), AdamW::new(0.1).shader(), RmsProp::new(0.1).shader()];
    kernels.map(|kernel| *kernel.expect("Loom's own optimizers have kernels"))
}

/// A loss or an optimizer that the tests above do not know has a file that no kernel here is made of.
#[test]
fn no_file_is_left_out() {
    let clips = [Clip::Value(1.0), Clip::Norm(1.0)].into_iter().flat_map(|clip| clip.shaders(4));
    let mut kernels =
        vec![ADD_GRADIENTS, GATHER, TOTAL, QUANTIZE, AVERAGE, COMPARE, D_OUTPUTS, CUSTOM_LOSS, CUSTOM_LABEL_LOSS];
    kernels.extend(losses_of(1).map(|loss| *shaders(&[Term::new(loss, None, 0, 1)], One::PLAN)[0].0));
    kernels.extend(clips.map(|(kernel, ..)| *kernel));
    kernels.extend(optimizers());
    let checked: BTreeSet<_> = kernels.iter().flat_map(|kernel| kernel.files.iter().copied()).collect();

    let shaders = Path::new(env!("CARGO_MANIFEST_DIR")).join("loom/src/shaders");
    let files = ["data", "loss", "optim", "quantize"].map(|folder| {
        let entries = std::fs::read_dir(shaders.join(folder)).expect("the folder is there");
        entries.map(|entry| entry.expect("the folder can be read").path()).collect::<Vec<PathBuf>>()
    });
    let files = files.concat();
    assert!(files.len() >= checked.len(), "{files:?}");
    let is_checked = |path: &PathBuf| checked.contains(std::fs::read_to_string(path).expect("it is text").as_str());
    let left_out: Vec<_> = files.iter().filter(|path| !is_checked(path)).collect();
    assert!(left_out.is_empty(), "`losses_of` or `optimizers` lacks what these compute: {left_out:?}");
}
