//! Every kernel is valid WGSL and keeps the rules of Loom arithmetic, however it is cut up and however weights are stored. No GPU
//! is needed.

#[path = "../common/mod.rs"]
mod common;
mod rejects;
mod rules;
mod storage;
mod training;

use common::Check;
use common::networks::for_each_network;
use loom::dtype::F32;
use loom::prelude::*;
use loom::shaders::{Kernel, Storage, Tile, Tuning};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

/// A kernel with the constants of a step.
struct Case {
    name: String,
    kernel: &'static Kernel,
    constants: String,
}

/// The kernels of all networks.
#[derive(Default)]
struct Cases(Mutex<Vec<Case>>);

impl Check for Cases {
    fn check<N: Network<Precision = F32>>(&self) {
        for (shader, step) in N::PLAN.shaders().iter().zip(N::PLAN.steps) {
            assert_eq!(shader.name, step.name, "{}: a shader for each step", N::PLAN.name);
            for &kernel in &shader.kernels {
                let name = format!("{} {} {}", N::PLAN.name, shader.name, kernel.name);
                let case = Case { name, kernel, constants: shader.constants() };
                self.0.lock().expect("no check panics").push(case);
            }
        }
    }
}

/// One way to cut products up of each kind.
const TILES: &[Tile] = &[Tile::Single, Tile::Direct, Tile::Tiled { threads: 8, row_quads: 1, depth: 16 }];

/// Other ways, which change loops and no formula.
const OTHERS: &[Tuning] = &[
    Tuning { workgroup: 32, tile: Tile::Tiled { threads: 8, row_quads: 2, depth: 16 } },
    Tuning { workgroup: 48, tile: Tile::Tiled { threads: 16, row_quads: 1, depth: 8 } },
    Tuning { workgroup: 256, tile: Tile::Tiled { threads: 16, row_quads: 2, depth: 16 } },
];

#[test]
fn every_kernel_of_every_network() {
    let cases = Cases::default();
    for_each_network(&cases);
    let mut cases = cases.0.into_inner().expect("no check panics");
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut kernels, mut sources) = (HashSet::new(), BTreeMap::new());
    for Case { name, kernel, constants } in &cases {
        let mut add = |storage, more: &str, tuning| {
            let source = kernel.source_from(storage, &format!("{constants}{more}"), tuning);
            sources.entry(source).or_insert_with(|| format!("{name}, {storage:?}, {tuning:?}"));
        };
        for &tile in &TILES[..if kernel.form.is_product() { TILES.len() } else { 1 }] {
            add(Storage::Values, "", Tuning { workgroup: 64, tile });
        }
        // The first of each kernel's cases is cut up in all ways and reads weights from all storages.
        if kernels.insert((kernel.name, kernel.files)) {
            OTHERS.iter().for_each(|&tuning| add(Storage::Values, "", tuning));
            for (storage, more) in storage::storages(kernel) {
                add(storage, &more, Tuning { workgroup: 64, tile: Tile::Direct });
            }
        }
    }
    assert!(sources.len() > 300, "{} kernels were walked", sources.len());
    let (sources, broken) = (Mutex::new(sources.into_iter()), Mutex::new(Vec::new()));
    let next = || sources.lock().expect("no walk panics").next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some((source, name)) = next() {
                    let found = rules::check(&name, &source).err().unwrap_or_default();
                    broken.lock().expect("no walk panics").extend(found);
                }
            });
        }
    });
    let broken = broken.into_inner().expect("no walk panics");
    assert!(broken.is_empty(), "{} places break rules:\n{}", broken.len(), broken[..broken.len().min(20)].join("\n"));
}

/// A layer and a kernel of it, a line of its module, what is written instead, and the rule that this breaks.
const CHANGES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "Dense",
        "forward",
        "sums[r] = fma(vec4<f32>(a_at(row + r, k)), b, sums[r]);",
        "sums[r] += a_at(row + r, k) * b;",
        "contract",
    ),
    ("Dense", "forward", "rounded(sum)", "sum", "short"),
    ("Dense", "forward", "return weight(column, k);", "return parameter(WEIGHT);", "factor"),
    ("Dense", "forward", "return select(flush(x * SLOPE), x, x > 0.0f);", "return max(x, x * SLOPE);", "function"),
    (
        "Dense",
        "forward",
        "r = fma(f32(bitcast<i32>(exponent)), -1.703032e-13f, r);",
        "r = fma(n, -1.42e-6f, r);",
        "factor",
    ),
    (
        "Dense",
        "forward",
        "let n = bitcast<f32>(whole) - 768.0f;",
        "let n = fma(x, 1.442695f, 768.5f) - 768.0f;",
        "chain",
    ),
    ("Dense", "forward", "let error = fma(-t, y, 1.0f - y);", "let error = (1.0f - y) - t * y;", "contract"),
    ("Dense", "d_weight", "flush(sum)", "flush(sum / f32(call.batch))", "divide"),
    ("Dense", "d_bias", "return gradients[D_OUTPUT", "return call.loss_scales[0].x * gradients[D_OUTPUT", "contract"),
    (
        "Elementwise",
        "d_input",
        "return flush(d * fma(-y, y, 1.0f));",
        "return flush(fma(-d, y * y, d * y) + d);",
        "addend",
    ),
    ("Elementwise", "forward", "const GELU_BOUND: f32 = 16.0f;", "const GELU_BOUND: f32 = 8.0f + 8.0f;", "folded"),
    ("Sum", "forward", "sum = flush(sum + ", "sum = flush(call.loss_scales[0].x * sum + ", "contract"),
];

network! {
    struct Changed: [17] { Dense<17, 257> -> Sigmoid -> Residual { Tanh } }
}

#[test]
fn a_change_to_a_kernel_is_seen() {
    let shaders = Changed::PLAN.shaders();
    let steps = || shaders.iter().zip(Changed::PLAN.steps);
    for &(layer, kernel, line, change, rule) in CHANGES {
        let (shader, _) = steps().find(|(_, step)| format!("{:?}", step.layer).starts_with(layer)).expect(layer);
        let kernel = shader.kernel(kernel).expect(kernel);
        let source = shader.source(kernel, Tuning { workgroup: 64, tile: Tile::Direct });
        let changed = source.replace(line, change);
        assert_ne!(source, changed, "{line}");
        let broken = rules::check(kernel.name, &changed).err().unwrap_or_default();
        let rule = format!("[{rule}]");
        assert!(broken.iter().any(|sentence| sentence.contains(&rule)), "{change}\n    {rule}: {broken:#?}");
    }
}
