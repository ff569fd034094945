//! Checkpoints: all that a training run needs to go on with the same bits, in one safetensors file.
//!
//! The weights lie under their own names, so that a checkpoint also loads as a network. Everything else begins with
//! `loom.`: the optimizer's tensors, laid out as the flat parameter buffer; the place in the data; the history; and, for
//! early stopping, the best weights. The metadata holds the settings that must not change.

use crate::dtype::Dtype;
use crate::error::Error;
use crate::files::file::{Entry, File, little_endian, read, write};
use crate::training::loss::BatchScore;
use crate::training::optim::{Optimizer, OptimizerState};
use crate::training::trainer::run::{Best, Run, Total};
use crate::training::trainer::{Epoch, History, Score};
use crate::weights::Weights;
use crate::weights::safetensors::{PREFIX, entries, metadata, take};
use core::iter;
use loom_ir::plan::VERSION;
use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

/// What the names of the best weights begin with.
const BEST: &str = "loom.best.";

/// The settings that a run and its continuation must share, each with its name.
pub(crate) type Settings = Vec<(&'static str, String)>;

/// The name of the metadata that holds the version of the network's plan.
const PLAN_VERSION: &str = "loom.plan version";

/// The name of the tensor that holds an optimizer's numbers.
const SCALARS: &str = "loom.optimizer.scalars";

/// The name of a tensor of an optimizer's.
fn name_of_state(name: &str) -> String {
    format!("{PREFIX}optimizer.{name}")
}

/// Checks that a checkpoint can hold the state of an optimizer, whose tensors it knows by their names.
pub(crate) fn check_names(state: &OptimizerState<'_>) -> Result<(), Error> {
    for (i, &(name, _)) in state.tensors.iter().enumerate() {
        let fault = if name.is_empty() {
            "the name is empty"
        } else if name_of_state(name) == SCALARS {
            "the checkpoint's tensor of its numbers has that name"
        } else if state.tensors[..i].iter().any(|&(other, _)| other == name) {
            "another has the same name"
        } else {
            continue;
        };
        return Err(Error::StateName { name, fault });
    }
    Ok(())
}

/// Writes a checkpoint; the one that was there is replaced once the new one is complete.
pub(crate) fn save(
    path: &Path,
    settings: &Settings,
    weights: &Weights,
    optimizer: &mut impl Optimizer,
    run: &Run,
) -> Result<(), Error> {
    let state = optimizer.state(weights.plan().trained_len);
    check_names(&state)?;
    let stopped = u64::from(run.history.stopped_early);
    let place = [run.epoch as u64, run.batch as u64, run.step, stopped];
    let terms = run.total.terms.as_slice();
    let counts: Vec<u64> = terms.iter().flat_map(|total| [total.rows as u64, total.correct as u64]).collect();
    let loss_sums: Vec<f32> = terms.iter().map(|total| total.loss_sum).collect();
    let scalars: Vec<f64> = state.scalars.iter().map(|(_, value)| **value).collect();
    let seconds = run.elapsed.as_secs_f64();
    let best = [cell(run.best.loss), run.best.epochs_since as f64];
    let history: Vec<f64> = run.history.epochs.iter().flat_map(|epoch| row(epoch, terms.len())).collect();

    let mut entries: Vec<Entry<'_>> = entries(weights).collect();
    for (name, values) in &state.tensors {
        entries.push(entry(name_of_state(name), Dtype::F32, vec![values.len()], little_endian(values).into()));
    }
    let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let floats = |floats: &[f64]| floats.iter().flat_map(|float| float.to_le_bytes()).collect::<Vec<u8>>();
    entries.push(entry(SCALARS, Dtype::F64, vec![scalars.len()], floats(&scalars)));
    entries.push(entry("loom.place", Dtype::U64, vec![place.len()], words(&place)));
    entries.push(entry("loom.counts", Dtype::U64, vec![terms.len(), 2], words(&counts)));
    entries.push(entry("loom.loss_sum", Dtype::F32, vec![terms.len()], little_endian(&loss_sums).into()));
    entries.push(entry("loom.seconds", Dtype::F64, vec![1], floats(&[seconds])));
    entries.push(entry("loom.best_loss", Dtype::F64, vec![2], floats(&best)));
    entries.push(entry(
        "loom.history",
        Dtype::F64,
        vec![run.history.epochs.len(), columns(terms.len())],
        floats(&history),
    ));
    if let Some(weights) = &run.best.weights {
        let best = self::entries(weights).map(|entry| Entry { name: format!("{BEST}{}", entry.name).into(), ..entry });
        entries.extend(best);
    }
    let mut metadata = metadata();
    metadata.insert(PLAN_VERSION.to_owned(), VERSION.to_string());
    metadata.extend(settings.iter().map(|(name, value)| (format!("{PREFIX}{name}"), value.clone())));
    write(path, &entries, &metadata)
}

fn entry<'a>(name: impl Into<String>, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Entry<'a> {
    Entry { name: name.into().into(), dtype, shape, bytes: bytes.into() }
}

/// What stands for no number: NaN. A loss that is NaN has the other bits.
const NONE: f64 = f64::from_bits(0x7ff8_0000_0000_0000);
const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);

fn cell(value: Option<f64>) -> f64 {
    value.map_or(NONE, |value| if value.is_nan() { NAN } else { value })
}

fn value(cell: f64) -> Option<f64> {
    (cell.to_bits() != NONE.to_bits()).then_some(cell)
}

/// Columns of the history: the learning rate and seconds, and of training and of validation the loss and the accuracy, of the whole
/// and, where there are several, of each output.
fn columns(terms: usize) -> usize {
    2 + 4 * scores(terms)
}

/// Scores of the whole and of the outputs.
fn scores(terms: usize) -> usize {
    if terms == 1 { 1 } else { 1 + terms }
}

fn row(epoch: &Epoch, terms: usize) -> Vec<f64> {
    let mut row = vec![epoch.learning_rate, epoch.duration.as_secs_f64()];
    for score in [Some(&epoch.training), epoch.validation.as_ref()] {
        let all = score.into_iter().flat_map(|score| iter::once(score).chain(&score.outputs));
        row.extend(all.flat_map(|score| [cell(Some(score.loss)), cell(score.accuracy)]));
        row.resize(if score.is_some() { row.len() } else { columns(terms) }, NONE);
    }
    row
}

/// The reverse of a part of [`row`].
fn score(cells: &[[f64; 2]]) -> Option<Score> {
    let mut scores = cells
        .iter()
        .map(|&[loss, accuracy]| Some(Score { loss: value(loss)?, accuracy: value(accuracy), outputs: Vec::new() }));
    let whole = scores.next()??;
    Some(Score { outputs: scores.collect::<Option<_>>()?, ..whole })
}

/// Reads a checkpoint of a run with so many batches in an epoch, and so many terms of the loss: replaces the weights and the optimizer's
/// state, and gives the run. On an error nothing changes.
pub(crate) fn load<O: Optimizer>(
    path: &Path,
    settings: &Settings,
    (batches, terms): (usize, usize),
    weights: &mut Weights,
    optimizer: &mut O,
) -> Result<Run, Error> {
    let (loaded, resumed, run) = read(path, |file| {
        let reader = Reader { file };
        reader.check(settings)?;
        let loaded = take(weights.plan(), "", file)?;
        let mut resumed = optimizer.clone();
        reader.optimizer(&mut resumed, weights.plan().trained_len)?;
        Ok((loaded, resumed, reader.run(weights, batches as u64, terms)?))
    })?;
    (*weights, *optimizer) = (loaded, resumed);
    Ok(run)
}

struct Reader<'a> {
    file: &'a File<'a>,
}

impl Reader<'_> {
    fn damaged(&self, what: String) -> Error {
        Error::Checkpoint { path: self.file.path.to_owned(), what }
    }

    /// Compares the settings with those that the checkpoint was made with.
    fn check(&self, settings: &Settings) -> Result<(), Error> {
        let header = &self.file.header;
        let settings = settings.iter().map(|(name, value)| (name, value, header.metadata(&format!("{PREFIX}{name}"))));
        let version = header.metadata(PLAN_VERSION);
        if version.as_deref() != Some(&*VERSION.to_string()) && settings.clone().any(|(_, _, found)| found.is_some()) {
            let (path, found) = (self.file.path.to_owned(), version.map(Cow::into_owned));
            return Err(Error::CheckpointVersion { path, found, expected: VERSION });
        }
        for (name, value, found) in settings {
            let Some(found) = found else {
                return Err(self.damaged(format!("it does not say its {name}; it is no checkpoint")));
            };
            if found != *value {
                return Err(self.damaged(format!("it was made with {name} {found}, but the trainer has {value}")));
            }
        }
        Ok(())
    }

    /// The bytes of a tensor that must have that format and length.
    fn bytes(&self, name: &str, dtype: Dtype, len: usize) -> Result<Cow<'_, [u8]>, Error> {
        let Some(tensor) = self.file.tensor(name) else {
            return Err(self.damaged(format!("it has no tensor `{name}`")));
        };
        let found: usize = tensor.shape.iter().product();
        if tensor.dtype != dtype || found != len {
            let (format, shape) = (tensor.dtype, &tensor.shape);
            return Err(self.damaged(format!("tensor `{name}` is {format} {shape:?}, not {dtype} of {len} values")));
        }
        self.file.bytes(&tensor)
    }

    fn words(&self, name: &str, len: usize) -> Result<Vec<u64>, Error> {
        let bytes = self.bytes(name, Dtype::U64, len)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect())
    }

    fn floats(&self, name: &str, len: usize) -> Result<Vec<f64>, Error> {
        let bytes = self.bytes(name, Dtype::F64, len)?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
    }

    fn optimizer(&self, optimizer: &mut impl Optimizer, len: usize) -> Result<(), Error> {
        let state = optimizer.state(len);
        for (name, to) in state.tensors {
            let bytes = self.bytes(&name_of_state(name), Dtype::F32, to.len())?;
            for (to, &bytes) in to.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *to = f32::from_le_bytes(bytes);
            }
        }
        let scalars = self.floats(SCALARS, state.scalars.len())?;
        for ((_, to), value) in state.scalars.into_iter().zip(scalars) {
            *to = value;
        }
        Ok(())
    }

    fn run(&self, weights: &Weights, batches: u64, terms: usize) -> Result<Run, Error> {
        let place = self.words("loom.place", 4)?;
        let (epoch, batch, step, stopped) = (place[0], place[1], place[2], place[3]);
        let counts = self.words("loom.counts", 2 * terms)?;
        let loss_sums = self.bytes("loom.loss_sum", Dtype::F32, terms)?;
        let expected = epoch.checked_sub(1).and_then(|epochs| epochs.checked_mul(batches)?.checked_add(batch));
        // Rows are samples or their steps; 2^48 of them is more than any memory holds.
        let fit = |&[rows, correct]: &[u64; 2]| correct <= rows && rows < 1 << 48 && (batch > 0 || rows == 0);
        let counts = counts.as_chunks::<2>().0;
        let is_possible = batch <= batches && counts.iter().all(fit);
        if expected != Some(step) || !is_possible || stopped > u64::from(epoch > 1) {
            return Err(
                self.damaged(format!("its place {place:?} with {counts:?} is none of {batches} batches an epoch"))
            );
        }
        let total = counts.iter().zip(loss_sums.as_chunks::<4>().0).map(|(&[rows, correct], &loss_sum)| BatchScore {
            loss_sum: f32::from_le_bytes(loss_sum),
            rows: rows as usize,
            correct: correct as usize,
        });
        let total = Total { terms: total.collect() };
        let seconds = self.floats("loom.seconds", 1)?[0];
        let Ok(elapsed) = Duration::try_from_secs_f64(seconds) else {
            return Err(self.damaged(format!("its time is {seconds} s")));
        };
        Ok(Run {
            epoch: epoch as usize,
            batch: batch as usize,
            step,
            total,
            elapsed,
            best: self.best(weights, epoch)?,
            history: History { epochs: self.history(epoch, terms)?, stopped_early: stopped != 0 },
        })
    }

    fn best(&self, weights: &Weights, epoch: u64) -> Result<Best, Error> {
        let best = self.floats("loom.best_loss", 2)?;
        let (loss, since) = (best[0], best[1]);
        if !(0.0..epoch as f64).contains(&since) {
            return Err(self.damaged(format!("its best epoch is {since} epochs back in epoch {epoch}")));
        }
        let stored = self.file.header.names().any(|name| name.starts_with(BEST));
        let best = if stored { Some(take(weights.plan(), BEST, self.file)?) } else { None };
        Ok(Best { loss: value(loss), weights: best, epochs_since: since as usize })
    }

    /// The epochs before number `epoch`.
    fn history(&self, epoch: u64, terms: usize) -> Result<Vec<Epoch>, Error> {
        let columns = columns(terms);
        let Some(len) = epoch.saturating_sub(1).checked_mul(columns as u64).and_then(|len| usize::try_from(len).ok())
        else {
            return Err(self.damaged(format!("its epoch is {epoch}")));
        };
        let values = self.floats("loom.history", len)?;
        values.chunks_exact(columns).zip(1..).map(|(row, number)| self.epoch(number, row, terms)).collect()
    }

    fn epoch(&self, number: usize, row: &[f64], terms: usize) -> Result<Epoch, Error> {
        let (learning_rate, seconds) = (row[0], row[1]);
        let Ok(duration) = Duration::try_from_secs_f64(seconds) else {
            return Err(self.damaged(format!("epoch {number} took {seconds} s")));
        };
        let (training, validation) = row[2..].as_chunks::<2>().0.split_at(scores(terms));
        let Some(training) = score(training) else {
            return Err(self.damaged(format!("epoch {number} has no loss")));
        };
        Ok(Epoch { number, training, validation: score(validation), learning_rate, duration })
    }
}
