//! Weights in safetensors files, under PyTorch's names and layouts.

use crate::dtype::{Dtype, Encoded, Family, Format, Parts, Precision, scale_groups, usual_group};
use crate::error::Error;
use crate::files::file::{Entry, File, floats, little_endian, read, read_bytes, to_bytes, write};
use crate::plan::{Param, Plan, Role, assert_runs};
use crate::weights::{Weights, format_of};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// What the names begin with of tensors that are no weights but a checkpoint's own, and of a checkpoint's metadata.
pub(crate) const PREFIX: &str = "loom.";
/// What the name of the metadata begins with that gives the shape of a weight whose tensor has another.
pub(crate) const SHAPE: &str = "loom.shape.";

pub(crate) fn save<P: Precision>(weights: &Weights<P>, path: &Path) -> Result<(), Error> {
    let metadata = metadata_of(weights)?;
    write(path, &entries(weights).collect::<Vec<_>>(), &metadata)
}

/// The bytes of the file that [`save`] writes.
pub(crate) fn save_to_bytes<P: Precision>(weights: &Weights<P>) -> Result<Vec<u8>, Error> {
    let metadata = metadata_of(weights)?;
    Ok(to_bytes(&entries(weights).collect::<Vec<_>>(), &metadata))
}

/// The metadata of a file of weights, which are finite.
fn metadata_of<P: Precision>(weights: &Weights<P>) -> Result<BTreeMap<String, String>, Error> {
    weights.check_finite()?;
    let mut metadata = metadata();
    for (param, _) in weights.formats().filter(|(_, format)| *format == Format::F4) {
        metadata.insert(format!("{SHAPE}{}", param.name), format!("{:?}", param.shape));
    }
    Ok(metadata)
}

/// The weights' tensors, each with its scales and zero points.
pub(crate) fn entries<P: Precision>(weights: &Weights<P>) -> impl Iterator<Item = Entry<'_>> {
    weights.formats().flat_map(|(param, _)| match weights.encoding(param) {
        None => vec![Entry {
            name: param.name.into(),
            dtype: Dtype::F32,
            shape: param.shape.to_vec(),
            bytes: little_endian(weights.stored(param)),
        }],
        Some(encoded) => encoded_entries(param.name, param.shape, &encoded).collect(),
    })
}

/// The tensors of one encoded weight.
pub(crate) fn encoded_entries(name: &str, shape: &[usize], encoded: &Encoded) -> impl Iterator<Item = Entry<'static>> {
    let parts = encoded.parts();
    tensors(name, shape, parts.format, parts.group).into_iter().map(|tensor| Entry {
        name: tensor.name.into(),
        dtype: tensor.dtype,
        shape: tensor.shape,
        bytes: tensor.part.bytes(parts).into_owned().into(),
    })
}

/// One of the tensors that an encoded weight consists of.
struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    part: Part,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Data,
    Scale,
    BlockScale,
    ZeroPoint,
}

impl Part {
    fn bytes(self, parts: &Parts) -> Cow<'_, [u8]> {
        match self {
            Part::Data => parts.data.as_slice().into(),
            Part::Scale => little_endian(&parts.scale),
            Part::BlockScale => parts.block_scale.as_slice().into(),
            Part::ZeroPoint => parts.zero_point.as_slice().into(),
        }
    }

    fn set(self, parts: &mut Parts, bytes: Cow<'_, [u8]>) {
        match self {
            Part::Data => parts.data = bytes.into_owned(),
            Part::Scale => parts.scale = floats(&bytes).collect(),
            Part::BlockScale => parts.block_scale = bytes.into_owned(),
            Part::ZeroPoint => parts.zero_point = bytes.into_owned(),
        }
    }
}

/// The tensors of a weight in a format, with its scales in groups. See [`crate::dtype`].
fn tensors(name: &str, shape: &[usize], format: Format, group: usize) -> Vec<Tensor> {
    let (rows, columns) = rows_and_columns(shape);
    let groups = scale_groups([rows, columns], group).to_vec();
    let tensor = |suffix, dtype, shape, part| Tensor { name: format!("{name}{suffix}"), dtype, shape, part };
    let data = |shape| tensor("", format.safetensors(), shape, Part::Data);
    match format.family() {
        Family::Float => vec![data(shape.to_vec())],
        Family::Block => vec![
            data(vec![rows, columns.next_multiple_of(2)]),
            tensor("_scale", Dtype::F8_E4M3, groups, Part::BlockScale),
            tensor("_scale_2", Dtype::F32, vec![1], Part::Scale),
        ],
        Family::Signed => {
            vec![data(shape.to_vec()), tensor("_scale", Dtype::F32, groups, Part::Scale)]
        }
        Family::Unsigned => vec![
            data(shape.to_vec()),
            tensor("_scale", Dtype::F32, groups.clone(), Part::Scale),
            tensor("_zero_point", format.safetensors(), groups, Part::ZeroPoint),
        ],
    }
}

/// A weight's output channels, its first dimension, and the values of each, the product of the others. A number alone is a
/// matrix of one.
pub(crate) fn rows_and_columns(shape: &[usize]) -> (usize, usize) {
    (shape.first().copied().unwrap_or(1), shape.iter().skip(1).product())
}

/// Says that names and layouts are PyTorch's, as some of its loaders demand.
pub(crate) fn metadata() -> BTreeMap<String, String> {
    BTreeMap::from([("format".to_owned(), "pt".to_owned())])
}

/// The weights of a file, whose tensors must be those of the plan. A checkpoint's own tensors are passed over.
pub(crate) fn load<P: Precision>(plan: &'static Plan, path: &Path) -> Result<Weights<P>, Error> {
    read(path, |file| of_file(plan, file))
}

/// The weights of the bytes of a file.
pub(crate) fn load_from_bytes<P: Precision>(plan: &'static Plan, bytes: &[u8]) -> Result<Weights<P>, Error> {
    read_bytes(bytes, |file| of_file(plan, file))
}

fn of_file<P: Precision>(plan: &'static Plan, file: &File<'_>) -> Result<Weights<P>, Error> {
    assert_runs(plan);
    let usual = |(param, name): (&Param, &str)| {
        let format = format_of::<P>(param);
        tensors(name, param.shape, format, usual_group(format, param.columns()))
    };
    let names = names(plan, "", file);
    let named =
        || plan.params.iter().zip(&names).flat_map(|(param, names)| names.iter().map(move |name| (param, &**name)));
    // A file in another format is told as such before the tensors that only the one or the other has.
    for (param, name) in named() {
        let tensor = usual((param, name)).swap_remove(0);
        if let Some(index) = file.header.find(name) {
            check_format(plan, &tensor, file.header.dtype(index), file, || precision_of(plan, &names, file))?;
        }
    }
    let known: HashSet<String> = named().flat_map(usual).map(|tensor| tensor.name).collect();
    let is_known = |name: &str| name.starts_with(PREFIX) || known.contains(name) || is_batch_count(plan, name);
    if let Some(tensor) = file.header.names().find(|name| !is_known(name)) {
        let (path, network, tensor) = (file.path.to_owned(), plan.name, tensor.into_owned());
        return Err(Error::UnknownTensor { path, network, tensor });
    }
    take(plan, "", file)
}

/// Whether a tensor counts the batches that a running mean of the plan has seen, which PyTorch keeps and nothing here needs.
fn is_batch_count(plan: &Plan, name: &str) -> bool {
    let Some(layer) = name.strip_suffix("num_batches_tracked") else { return false };
    let statistics = plan.params.iter().filter(|param| param.role == Role::Statistic);
    statistics.filter_map(|param| param.name.strip_suffix("running_mean")).any(|other| other == layer)
}

/// The names under which the file has each parameter, of which one is enough: its own, and those that the layers tied to it would give
/// it, as PyTorch has them. Its own where the file has none.
fn names(plan: &Plan, prefix: &str, file: &File<'_>) -> Vec<Vec<String>> {
    let mut names: Vec<_> = plan.params.iter().map(|param| vec![param.name.to_owned()]).collect();
    let mut owners = vec![None; plan.params.len()];
    for step in plan.steps {
        let mut params = step.params.iter();
        step.layer.description().params(&mut |read| {
            let &param = params.next().expect("a step has the parameters of its layer");
            let name = format!("{}.{}", step.name, read.name);
            if *owners[param].get_or_insert(step.name) != step.name && !names[param].contains(&name) {
                names[param].push(name);
            }
        });
    }
    for names in &mut names {
        let is_there = |name: &String| file.header.find(&format!("{prefix}{name}")).is_some();
        match names.iter().any(is_there) {
            true => names.retain(is_there),
            false => names.truncate(1),
        }
    }
    names
}

/// The weights whose names in the file begin with `prefix`.
pub(crate) fn take<P: Precision>(plan: &'static Plan, prefix: &str, file: &File<'_>) -> Result<Weights<P>, Error> {
    let mut weights = Weights::zeroed(plan);
    for (param, names) in plan.params.iter().zip(names(plan, prefix, file)) {
        let format = format_of::<P>(param);
        let find = |name: &str| stored(plan, prefix, (param, name), format, file);
        let found = find(&names[0])?;
        for other in &names[1..] {
            if find(other)? != found {
                let (path, network) = (file.path.to_owned(), plan.name);
                return Err(Error::Tied { path, network, tensors: [names[0].clone(), other.clone()] });
            }
        }
        let Stored { group, tensors } = found;
        if format == Format::F32 {
            tensors.iter().try_for_each(|(_, bytes)| weights.store(param, floats(bytes)))?;
            continue;
        }
        let mut parts = Parts { group, ..Parts::empty(format, param.rows(), param.columns()) };
        tensors.into_iter().for_each(|(part, bytes)| part.set(&mut parts, bytes));
        let encoded = Encoded::from_parts(parts).map_err(|source| {
            let (path, tensor) = (file.path.to_owned(), param.name);
            Error::Encoding { path, tensor, source }
        })?;
        weights.encode(param, &encoded);
    }
    Ok(weights)
}

/// A weight in a file: the groups of its scales, and the bytes of its tensors.
#[derive(PartialEq)]
struct Stored<'a> {
    group: usize,
    tensors: Vec<(Part, Cow<'a, [u8]>)>,
}

/// The weight of that name, which must have the format and shape of the parameter.
fn stored<'a>(
    plan: &Plan,
    prefix: &str,
    (param, name): (&Param, &str),
    format: Format,
    file: &'a File<'_>,
) -> Result<Stored<'a>, Error> {
    let group = group_of((param, name), format, prefix, file);
    if format == Format::F4 {
        check_shape(plan, (param, name), file)?;
    }
    let tensors = tensors(name, param.shape, format, group).into_iter();
    let tensors = tensors.map(|tensor| bytes_of(plan, prefix, &tensor, file).map(|bytes| (tensor.part, bytes)));
    Ok(Stored { group, tensors: tensors.collect::<Result<_, _>>()? })
}

/// The groups of a weight's scales, by the shape that these have in the file; the usual ones where no groups have it.
fn group_of((param, name): (&Param, &str), format: Format, prefix: &str, file: &File<'_>) -> usize {
    let shape = [param.rows(), param.columns()];
    let scale = file.tensor(&format!("{prefix}{name}_scale"));
    let group = scale.and_then(|scale| group_of_scales(format, shape, &scale.shape));
    group.unwrap_or(usual_group(format, param.columns()))
}

/// The groups that have scales of that shape, if there are any.
pub(crate) fn group_of_scales(format: Format, shape: [usize; 2], scales: &[usize]) -> Option<usize> {
    let groups = [usual_group(format, shape[1]), shape[1], 16, 32, 0];
    groups.into_iter().find(|&group| scales == scale_groups(shape, group))
}

/// The metadata must give the shape that the tensor itself does not.
fn check_shape(plan: &Plan, (param, name): (&Param, &str), file: &File<'_>) -> Result<(), Error> {
    let (found, wanted) = (file.header.metadata(&format!("{SHAPE}{name}")), format!("{:?}", param.shape));
    if found.as_deref() == Some(&wanted) {
        return Ok(());
    }
    let (path, network, tensor) = (file.path.to_owned(), plan.name, name.to_owned());
    Err(Error::ShapeText { path, network, tensor, found: found.unwrap_or_default().into_owned(), wanted })
}

fn check_format(
    plan: &Plan,
    wanted: &Tensor,
    found: Dtype,
    file: &File<'_>,
    loads_as: impl FnOnce() -> Option<String>,
) -> Result<(), Error> {
    if found == wanted.dtype {
        return Ok(());
    }
    let (path, network, tensor) = (file.path.to_owned(), plan.name, wanted.name.clone());
    let (found, wanted) = (found.name(), wanted.dtype.name());
    Err(Error::DType { path, network, tensor, found, wanted, loads_as: loads_as() })
}

/// The precision of a file of the plan's weights, as it is written in Rust; none where it is none of [`dtype`](crate::dtype).
fn precision_of(plan: &Plan, names: &[Vec<String>], file: &File<'_>) -> Option<String> {
    let format = |names: &Vec<String>| Format::from_name(file.header.dtype(file.header.find(&names[0])?).name());
    let found: Vec<Format> = names.iter().map(format).collect::<Option<_>>()?;
    let is = |of: &dyn Fn(&Param) -> Format| plan.params.iter().zip(&found).all(|(param, found)| of(param) == *found);
    let of_one = |&d: &Format| is(&|param| d.of(param)).then(|| d.name().to_owned());
    let of_matrices = |&d: &Format| {
        is(&|param| if param.shape.len() > 1 { d.of(param) } else { Format::F32 }).then(|| format!("Matrices<{d}>"))
    };
    let of_two = |&d: &Format| {
        let of = |c: Format, param: &Param| if param.shape.len() > 2 { c.of(param) } else { d.of(param) };
        let mixed = |&c: &Format| is(&|param| of(c, param)).then(|| format!("Mixed<{d}, {c}>"));
        Format::ALL.iter().find_map(mixed)
    };
    let all = Format::ALL;
    all.iter().find_map(of_one).or_else(|| all.iter().find_map(of_matrices)).or_else(|| all.iter().find_map(of_two))
}

/// The bytes of a tensor, which must have its format and shape.
fn bytes_of<'a>(plan: &Plan, prefix: &str, wanted: &Tensor, file: &'a File<'_>) -> Result<Cow<'a, [u8]>, Error> {
    let (path, network, tensor) = (|| file.path.to_owned(), plan.name, wanted.name.clone());
    let Some(found) = file.tensor(&format!("{prefix}{tensor}")) else {
        return Err(Error::MissingTensor { path: path(), network, tensor, shape: wanted.shape.clone() });
    };
    check_format(plan, wanted, found.dtype, file, || None)?;
    if found.shape != wanted.shape {
        let (found, wanted) = (found.shape, wanted.shape.clone());
        return Err(Error::Shape { path: path(), network, tensor, found, wanted });
    }
    file.bytes(&found)
}
