//! Writes files to begin with into a folder, one folder for each target: `cargo run --example seeds FOLDER`.

use loom::archive::Conversion;
use loom::dtype::{DType, F32, Format, Visitor};
use loom::prelude::*;
use loom::quantize::{Granularity, Rounding};
use loom_fuzz::networks::{Graph, Image, RUNS, Steps, Words};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name the folder")?);
    for target in ["archive", "checkpoint", "idx", "load", "parser", "resume"] {
        fs::create_dir_all(folder.join(target))?;
    }
    idx(&folder.join("idx"))?;
    save_all(&Image::new(Seed(42)), &folder.join("load/image"));
    save_all(&Words::new(Seed(42)), &folder.join("load/words"));
    save_all(&Steps::new(Seed(42)), &folder.join("load/steps"));
    save_all(&Graph::new(Seed(42)), &folder.join("load/graph"));
    archive(&folder)?;
    runs(&folder)?;
    parser(&folder.join("parser"))
}

fn idx(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (i, sizes) in [&[5][..], &[2, 6], &[2, 3, 3], &[2, 1, 2, 2], &[1; 255]].iter().enumerate() {
        let mut file = vec![0, 0, 8, sizes.len() as u8];
        file.extend(sizes.iter().flat_map(|size: &u32| size.to_be_bytes()));
        file.extend(0..sizes.iter().product::<u32>() as u8);
        fs::write(folder.join(i.to_string()), file)?;
    }
    Ok(())
}

/// Saves a network in every format.
fn save_all<N: Network<Precision = F32>>(net: &N, path: &Path) {
    struct Save<'a, N>(&'a N, &'a Path);
    impl<N: Network<Precision = F32>> Visitor for Save<'_, N> {
        type Output = ();
        fn visit<D: DType>(self) {
            let net = self.0.quantize::<D>().expect("the weights are finite");
            net.save(self.1.with_extension(D::NAME)).expect("the folder can be written");
        }
    }
    Format::ALL.iter().for_each(|format| format.visit(Save(net, path)));
}

/// Files of Loom's and of compressed-tensors', with scales for all groups.
fn archive(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (input, to) = (folder.join("load/words.F32"), folder.join("archive"));
    for &format in Format::ALL {
        Conversion::new(format).convert(&input, to.join(format.name()))?;
        if let Some(conversion) = Conversion::new(format).compressed_tensors() {
            conversion.convert(&input, to.join(format!("compressed-{format}")))?;
        }
        for granularity in [Granularity::PerTensor, Granularity::PerChannel, Granularity::Block16, Granularity::Block32]
        {
            let rounding = Rounding::new().granularity(granularity);
            // A format without scales has no use for it.
            let to = to.join(format!("{format}-{granularity:?}"));
            let _ = Conversion::new(format).rounding(rounding).convert(&input, to);
        }
    }
    Ok(())
}

/// A checkpoint of each run, in its first epoch and after one and two.
fn runs(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (i, run) in RUNS.iter().enumerate() {
        for epochs in [1, 2] {
            let file = folder.join(format!("resume/{i}-{epochs}"));
            run(None, Some(&file), epochs)?;
            run(Some(&file), None, 3)?;
            fs::copy(&file, folder.join(format!("checkpoint/{i}-{epochs}")))?;
        }
    }
    Ok(())
}

/// The calls of the macro in its own tests.
fn parser(to: &Path) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("ui-tests/fail"), root.join("ui-tests/pass"), root.join("tests/common")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for call in calls(&fs::read_to_string(path)?) {
                    fs::write(to.join(count.to_string()), call)?;
                    count += 1;
                }
            }
        }
    }
    if count == 0 { Err("no tests of the macro were found".into()) } else { Ok(()) }
}

/// What stands in each `network!` of a source: up to the bracket that closes it.
fn calls(source: &str) -> Vec<&str> {
    source
        .match_indices("network!")
        .filter_map(|(at, name)| {
            let call = source[at + name.len()..].trim_start();
            let mut depth = 0;
            let end = call.find(|letter| {
                match letter {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            })?;
            Some(call.get(1..end)?.trim())
        })
        .collect()
}
