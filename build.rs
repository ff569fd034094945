//! Finds the tests of the layers, `tests/layers/*.rs`, so that a new file needs no line elsewhere, and writes random networks beside
//! them.

#[path = "tests/common/functions.rs"]
mod functions;
#[path = "tests/common/graphs.rs"]
mod graphs;
#[path = "tests/common/random.rs"]
mod random;

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The random networks that every check runs: their seed, and how many. The variable `LOOM_GRAPHS` has others, as `7,100`.
const GRAPHS: [u64; 2] = [48, 6];
/// The networks of one function for each of them, which are small.
const FUNCTIONS: u64 = 6;

fn main() {
    let folder =
        Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("Cargo names the package's folder")).join("tests/layers");
    println!("cargo::rerun-if-changed={}", folder.display());
    let paths =
        fs::read_dir(&folder).expect("the folder is there").map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    paths.sort();
    let (mut modules, mut names) = (String::new(), String::new());
    for path in paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a file is named after its module");
        writeln!(modules, "#[path = {path:?}]\npub mod {name};").expect("a string takes any text");
        names += &format!(" {name}");
    }
    let sample = fs::read_to_string(folder.join("random_graphs.txt")).expect("the folder has the sample");
    let random = random_networks(&sample);
    let text =
        format!("{modules}{random}macro_rules! layers {{ ($then:ident) => {{ $then! {{{names} random }} }}; }}\n");
    let out = env::var_os("OUT_DIR").expect("Cargo names a folder for the output");
    fs::write(Path::new(&out).join("layers.rs"), text).expect("the output can be written");
}

/// The module of the random networks, and of the sample that PyTorch has too. Each has its seed and number in its name, which a failing
/// test tells.
fn random_networks(sample: &str) -> String {
    println!("cargo::rerun-if-env-changed=LOOM_GRAPHS");
    let [seed, count] = env::var("LOOM_GRAPHS").map_or(GRAPHS, |text| {
        let numbers = text.split_once(',').and_then(|(seed, count)| Some([seed.parse().ok()?, count.parse().ok()?]));
        numbers.expect("LOOM_GRAPHS is SEED,COUNT")
    });
    let mut networks =
        Vec::from_iter((0..count).flat_map(|index| graphs::graph(seed, index, &format!("Seed{seed}Graph{index}"))));
    let mut definitions = Vec::new();
    for index in 0..count {
        let (structs, functions) = graphs::graph_of_functions(seed, index, &format!("Seed{seed}Mixed{index}"));
        networks.extend(structs);
        definitions.extend(functions);
    }
    for index in 0..FUNCTIONS * count {
        let [function, network] = functions::network(seed, index);
        networks.push(network);
        definitions.push(function);
    }
    let (networks, definitions) = (networks.join("\n"), definitions.join("\n"));
    format!(
        "pub mod random {{ layer! {{ functions {{\n{definitions}\n}} networks {{\n{networks}\n}} tuned {{}} packed {{}} pytorch {{\n{sample}}} }} }}\n"
    )
}
