//! The MNIST database of handwritten digits, which lies compressed in `examples/data/mnist`.

use crate::Failure;
use flate2::read::GzDecoder;
use loom::data::{Dataset, Idx};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A grey image of 28 x 28 bytes.
pub type Image = [[[u8; 28]; 28]; 1];

/// What a demo on these images takes beside the options of all.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Folder of the four IDX files, plain or gzipped [default: the MNIST database in the repository]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// The training and the test images with their labels, from a folder of the four IDX files, plain or gzipped; from the
/// repository's own where none is named. Pixels go into the network as 0 to 1.
pub fn load(folder: Option<&Path>) -> Result<[Dataset<Image, u8>; 2], Failure> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/mnist");
    let folder = folder.unwrap_or(&own);
    let data = |part: &str| -> Result<_, Failure> {
        let images: Vec<Image> = samples(folder, &format!("{part}-images-idx3-ubyte"))?;
        let labels: Vec<u8> = samples(folder, &format!("{part}-labels-idx1-ubyte"))?;
        let data = Dataset::new(images, labels).and_then(|data| data.scaled(1.0 / 255.0));
        Ok(data.map_err(|error| format!("`{part}` in `{}`: {error}", folder.display()))?)
    };
    Ok([data("train")?, data("t10k")?])
}

fn samples<S: bytemuck::Pod>(folder: &Path, name: &str) -> Result<Vec<S>, Failure> {
    let (path, bytes) = read(folder, name)?;
    let samples = Idx::parse(bytes).and_then(Idx::into_samples);
    Ok(samples.map_err(|error| format!("`{}`: {error}", path.display()))?)
}

/// The bytes of the file of that name, or of its gzipped form.
fn read(folder: &Path, name: &str) -> Result<(PathBuf, Vec<u8>), Failure> {
    let plain = folder.join(name);
    if plain.exists() {
        let bytes = fs::read(&plain).map_err(|error| format!("cannot read `{}`: {error}", plain.display()))?;
        return Ok((plain, bytes));
    }
    let gzipped = folder.join(format!("{name}.gz"));
    let fail = |error| format!("cannot read `{}` (nor without `.gz`): {error}", gzipped.display());
    let mut bytes = Vec::new();
    let file = fs::File::open(&gzipped).map_err(fail)?;
    GzDecoder::new(file).read_to_end(&mut bytes).map_err(fail)?;
    Ok((gzipped, bytes))
}
