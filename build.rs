//! Finds the tests of the layers, `tests/layers/*.rs`, so that a new file needs no line elsewhere.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

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
    let text = format!("{modules}macro_rules! layers {{ ($then:ident) => {{ $then! {{{names} }} }}; }}\n");
    let out = env::var_os("OUT_DIR").expect("Cargo names a folder for the output");
    fs::write(Path::new(&out).join("layers.rs"), text).expect("the output can be written");
}
