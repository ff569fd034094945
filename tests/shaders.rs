//! Every kernel of every network is valid WGSL and keeps the rules of Loom arithmetic. No GPU is needed.

mod common;
#[path = "../shaders/tests/rules/mod.rs"]
mod rules;

use common::Check;
use common::networks::for_each_network;
use loom::dtype::F32;
use loom::prelude::*;
use loom::shaders::{Tile, Tuning};
use std::collections::HashSet;
use std::sync::Mutex;

/// Walks what was not walked yet.
#[derive(Default)]
struct Walk {
    seen: Mutex<HashSet<String>>,
    broken: Mutex<Vec<String>>,
}

/// One way to cut products up of each kind; the shaders' own tests walk more of them.
const TILES: [Tile; 3] = [Tile::Single, Tile::Direct, Tile::Tiled { threads: 8, row_quads: 1, depth: 16 }];

impl Check for Walk {
    fn check<N: Network<Precision = F32>>(&self) {
        for (shader, step) in N::PLAN.shaders().iter().zip(N::PLAN.steps) {
            assert_eq!(shader.name, step.name, "{}: a shader for each step", N::PLAN.name);
            for kernel in shader.kernels {
                // What a step without a fused activation never launches has nothing to compute.
                if kernel.name == "d_activation" && shader.header.contains("const ACTIVATION: u32 = 0u;") {
                    continue;
                }
                for tile in &TILES[..if kernel.form.is_product() { 3 } else { 1 }] {
                    let source = shader.source(kernel, Tuning { workgroup: 64, tile: *tile });
                    let name = format!("{} {} {}", N::PLAN.name, shader.name, kernel.name);
                    let is_new = self.seen.lock().expect("no walk panics").insert(source.clone());
                    if is_new && let Err(broken) = rules::check(&name, &source) {
                        self.broken.lock().expect("no walk panics").extend(broken);
                    }
                }
            }
        }
    }
}

#[test]
fn every_kernel_of_every_network() {
    let walk = Walk::default();
    for_each_network(&walk);
    let (seen, broken) =
        (walk.seen.into_inner().expect("no walk panics"), walk.broken.into_inner().expect("no walk panics"));
    assert!(seen.len() > 300, "{} kernels were walked", seen.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
