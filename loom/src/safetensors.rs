//! Weights in safetensors files, under PyTorch's names and layouts.

use crate::arith::{Arith, Fused};
use crate::error::Error;
use crate::plan::Plan;
use crate::weights::Weights;
use ::safetensors::tensor::TensorView;
use ::safetensors::{Dtype, SafeTensors};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes the file beside its place, then moves it there, so that a reader never sees half of one.
pub(crate) fn save(weights: &Weights, path: &Path) -> Result<(), Error> {
    let tensors: Vec<(&str, &[usize], Vec<u8>)> =
        weights.tensors().map(|(param, values)| (param.name, param.shape, little_endian(values))).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes);
        (*name, view.expect("a tensor's bytes are four times its values"))
    });
    let file = |source| Error::File { action: "write", path: path.to_owned(), source };
    let bytes = ::safetensors::serialize(views, None).map_err(|error| file(io::Error::other(error)))?;
    write_atomically(path, &bytes).map_err(file)
}

fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Writes `bytes` to a temporary file in the same folder, flushes it to the disk, and renames it.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".loom-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file, less what the process's umask takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The weights of a file, whose tensors must be those of the plan.
pub(crate) fn load(plan: &'static Plan, path: &Path) -> Result<Weights, Error> {
    let bytes = fs::read(path).map_err(|source| Error::File { action: "read", path: path.to_owned(), source })?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| Error::NotSafetensors { path: path.to_owned(), reason: error.to_string() })?;
    if let Some(tensor) = file.names().into_iter().find(|name| !plan.params.iter().any(|param| param.name == *name)) {
        return Err(Error::UnknownTensor { path: path.to_owned(), network: plan.name, tensor: tensor.to_owned() });
    }
    let mut weights = Weights::zeroed(plan);
    for param in plan.params {
        let (network, tensor) = (plan.name, param.name);
        let Ok(view) = file.tensor(tensor) else {
            return Err(Error::MissingTensor { path: path.to_owned(), network, tensor, shape: param.shape });
        };
        if view.dtype() != Dtype::F32 {
            let found = format!("{:?}", view.dtype());
            return Err(Error::DType { path: path.to_owned(), network, tensor, found });
        }
        if view.shape() != param.shape {
            let (found, wanted) = (view.shape().to_vec(), param.shape);
            return Err(Error::Shape { path: path.to_owned(), network, tensor, found, wanted });
        }
        let values = view.data().as_chunks::<4>().0.iter().map(|&bytes| Fused::snap(f32::from_le_bytes(bytes)));
        weights.set(param, values)?;
    }
    Ok(weights)
}
