//! A network as files for a WebGPU host that knows nothing of Loom.

use crate::dtype::Dtype;
use crate::error::{Error, require};
use crate::files::file::{Entry, little_endian, write, write_atomically};
use crate::layers::operator::Operator;
use crate::plan::{Plan, Port, Slot, Table};
use crate::run::shader::Shaders;
use crate::shaders::{CALL_BYTES, Phase};
use crate::weights::Held;
use crate::weights::model::Model;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Writes all that a WebGPU host needs to run a network's forward pass, for batches of at most `batch` samples, into a
/// folder, which is made where there is none: `network.json`, `weights.safetensors`, and a WGSL module for each dispatch.
/// The outputs have the bits that Loom itself computes wherever the host's adapter is exact.
///
/// `network.json` holds, with all offsets and sizes in bytes:
///
/// | key | what |
/// |---|---|
/// | `network` | the struct's name |
/// | `batch` | the most samples of a call |
/// | `buffers` | each with its `name`, its `binding` in group 0, the `type` of a WebGPU buffer binding, and its `size` |
/// | `call` | where in the uniform buffer `call` the samples of this call go, a `u32`; all else in it stays 0 |
/// | `parameters` | each with its `name` in the safetensors file, its `shape`, and its `offset` in `weights`; behind them, as `tables.0`, `tables.1`, .., the constant tables of positions that layers read |
/// | `input`, `output` | the place of samples in `activations`: the first is at `offset_per_sample` times the samples of this call, and the others follow without a gap; the `size` of one; and its `parts`, one for each input or output of the network, each with `name`, `shape` and its `offset` in the sample. A call may overwrite its input |
/// | `dispatches` | in the order to run them: `step`, `module` (a file), `entry_point`, and `workgroups` along each dimension |
///
/// Values are little-endian `f32`. Loom knows neither -0 nor numbers below 2^-60: the host writes +0 for both. A call of
/// fewer samples than `batch` runs the same dispatches.
///
/// ```
/// use loom::prelude::*;
///
/// network! { pub struct Xor { Dense<2, 8> -> Tanh -> Dense<8, 1> } }
///
/// let folder = tempfile::tempdir()?;
/// loom::export(&Xor::new(Seed(42)), 4, folder.path())?;
/// let manifest: serde_json::Value =
///     serde_json::from_slice(&std::fs::read(folder.path().join("network.json"))?)?;
/// assert_eq!(manifest["dispatches"][0]["module"], "0.forward.wgsl");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] where `batch` is 0 or its buffers are larger than 4 GiB; [`Error::File`] where a file cannot be
/// written. Each file is replaced once it is complete, the manifest last.
pub fn export<N: Model>(network: &N, batch: usize, folder: impl AsRef<Path>) -> Result<(), Error> {
    write_all(network.own_weights().held(), batch, folder.as_ref())
}

fn write_all(held: &Held, batch: usize, folder: &Path) -> Result<(), Error> {
    let plan = held.plan;
    require(batch > 0, "batch", 0.0, "at least 1")?;
    let largest = u32::MAX as usize / 4 / plan.train_len.max(1);
    require(batch <= largest, "batch", batch as f64, "small enough for activations of 4 GiB")?;
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let mut dispatches = Vec::new();
    for (step, shader) in plan.steps.iter().zip(plan.shaders()) {
        for launch in step.layer.launches_of(Phase::Forward) {
            let (kernel, tuning) = (launch.kernel, launch.tuning(batch));
            // The parts of a layer may share its name.
            let name = format!("{}.{}", step.name, kernel.name);
            let is_taken = dispatches.iter().any(|dispatch: &Value| dispatch["module"] == format!("{name}.wgsl"));
            let module = if is_taken { format!("{name}.{}.wgsl", dispatches.len()) } else { format!("{name}.wgsl") };
            write_atomically(&folder.join(&module), shader.source(kernel, tuning).as_bytes())?;
            dispatches.push(json!({
                "step": step.name,
                "module": module,
                "entry_point": kernel.name,
                "workgroups": launch.workgroups(tuning, batch),
            }));
        }
    }
    let values = held.flat();
    let entry = |name, shape, offset, len| {
        let bytes = little_endian(&values[offset..][..len]);
        Entry { name, dtype: Dtype::F32, shape, bytes }
    };
    let params = plan.params.iter().map(|param| {
        let shape = param.shape.to_vec();
        entry(param.name.into(), shape, param.offset, param.len())
    });
    let tables = plan.tables.iter().enumerate().map(|(i, table)| {
        let shape = table_shape(table);
        entry(table_name(i).into(), shape.to_vec(), table.offset, shape.iter().product())
    });
    let entries: Vec<_> = params.chain(tables).collect();
    write(&folder.join("weights.safetensors"), &entries, &BTreeMap::new())?;
    let manifest = serde_json::to_string_pretty(&manifest(plan, batch, &dispatches));
    let path = folder.join("network.json");
    write_atomically(&path, manifest.map_err(|error| failed(&path, error.into()))?.as_bytes())
}

fn manifest(plan: &Plan, batch: usize, dispatches: &[Value]) -> Value {
    let call = json!({ "name": "call", "binding": 0, "type": "uniform", "size": CALL_BYTES });
    let storage = Phase::Forward.bindings().iter().map(|&(binding, written)| {
        let name = format!("{binding:?}").to_lowercase();
        let len = if name == "weights" { plan.weights_len } else { plan.train_len * batch };
        let ty = if written { "storage" } else { "read-only-storage" };
        json!({ "name": name, "binding": binding as u32, "type": ty, "size": 4 * len.max(4) })
    });
    let params = plan.params.iter();
    let params = params.map(|p| json!({ "name": p.name, "shape": p.shape, "offset": 4 * p.offset }));
    let tables = plan.tables.iter().enumerate();
    let tables = tables
        .map(|(i, table)| json!({ "name": table_name(i), "shape": table_shape(table), "offset": 4 * table.offset }));
    json!({
        "network": plan.name,
        "batch": batch,
        "buffers": core::iter::once(call).chain(storage).collect::<Vec<_>>(),
        "call": { "samples": 0 },
        "parameters": params.chain(tables).collect::<Vec<_>>(),
        "input": place(plan.inputs, *plan.input_slot()),
        "output": place(plan.outputs, *plan.output_slot()),
        "dispatches": dispatches,
    })
}

/// What the table of this number is called beside the parameters.
fn table_name(index: usize) -> String {
    format!("tables.{index}")
}

fn table_shape(table: &Table) -> [usize; 2] {
    [table.steps, table.features]
}

fn place(ports: &[Port], slot: Slot) -> Value {
    let mut end = 0;
    let parts = ports.iter().map(|port| {
        let offset = end;
        end += 4 * port.shape.iter().product::<usize>();
        json!({ "name": port.name, "shape": port.shape, "offset": offset })
    });
    let parts: Vec<_> = parts.collect();
    json!({ "offset_per_sample": 4 * slot.train, "size": end, "parts": parts })
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::File { action: "write", path: path.to_owned(), source }
}
