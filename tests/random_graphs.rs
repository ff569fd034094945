//! The random graphs that PyTorch computes too are some of those that every check runs.

#[path = "common/functions.rs"]
mod functions;
#[path = "common/graphs.rs"]
mod graphs;
#[path = "common/random.rs"]
mod random;

use std::fs;

/// Their numbers, under the seed that `build.rs` has: some of those where PyTorch's binary32 misses its binary64 by a quarter of the
/// tolerance at most. Where gradients cancel, it misses by more than all of it.
const SAMPLE: [u64; 6] = [0, 1, 3, 7, 8, 11];

/// `LOOM_BLESS=1` writes the file anew; then `make.py` makes new fixtures.
#[test]
fn the_sample_is_what_the_generator_writes() {
    let networks = SAMPLE.map(|index| {
        let structs = graphs::graph(48, index, "Net").into_iter();
        let structs = structs.map(|text| format!("    pub struct {}\n", text.replace('\n', "\n    ")));
        format!("random_graph_{index} {{\n{}}}\n", Vec::from_iter(structs).concat())
    });
    let networks = networks.concat();
    // Several inputs and outputs; a layer, its weight and a struct that are used again; odd sizes.
    for part in ["(x: ", "y: ", ") -> (", " -> w0", "tied = ", " tower: ", " -> tower", "<1,", "3", "17"] {
        assert!(networks.contains(part), "no network of the sample has `{part}`");
    }
    let (text, path) = (networks, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/layers/random_graphs.txt"));
    if std::env::var_os("LOOM_BLESS").is_some() {
        fs::write(path, &text).expect("the file can be written");
    }
    assert!(fs::read_to_string(path).is_ok_and(|found| found == text), "`{path}` is not what the generator writes");
}
