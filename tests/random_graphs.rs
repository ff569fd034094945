//! The random graphs that PyTorch computes too, and what the random functions consist of.

#[path = "common/functions.rs"]
mod functions;
#[path = "common/graphs.rs"]
mod graphs;
#[path = "common/random.rs"]
mod random;

use std::fs;

/// Their numbers, under the seed that `build.rs` has: some where PyTorch's binary32 misses its binary64 by a quarter of the
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

/// Every operator and function of an expression is in one of the functions that every check runs.
#[test]
fn functions_have_every_operation() {
    let definitions = Vec::from_iter((0..36).map(|index| functions::network(48, index)[0].clone())).concat();
    let operators = ["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="].map(|operator| format!(" {operator} "));
    let names = "abs exp log log1p tanh sigmoid erf normal_cdf sin cos sqrt rsqrt recip square softplus relu max min mul_add clamp \
        detach select sum mean norm argmax softmax logsumexp matmul transpose reshape one_hot gather";
    let names = names.split_whitespace().map(|name| format!("{name}("));
    let others = ["(-", "Param<[C]>", "axis = 2", "keep = true"].map(String::from);
    for part in names.chain(operators).chain(others) {
        // `max(` is no part of `argmax(`.
        let is_whole = |(at, part): (usize, &str)| {
            let is_name = |character: char| character.is_alphanumeric();
            !(part.starts_with(is_name) && definitions[..at].ends_with(is_name))
        };
        assert!(definitions.match_indices(&part).any(is_whole), "no function has `{part}`");
    }
}

/// Graphs have functions as layers, calls of functions, and expressions.
#[test]
fn graphs_have_functions() {
    let graphs = (0..6).map(|index| graphs::graph_of_functions(48, index, "Net"));
    let (structs, functions): (Vec<_>, Vec<_>) =
        graphs.map(|(structs, functions)| (structs.concat(), functions.concat())).unzip();
    let (structs, functions) = (structs.concat(), functions.concat());
    for part in ["-> net_", "= net_", "= (", "::<", "<17>"] {
        assert!(structs.contains(part), "no graph has `{part}`");
    }
    assert!(functions.contains("fn net_0<C>(x"), "no function has a size");
}
