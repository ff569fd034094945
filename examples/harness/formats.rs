//! The table of the thirteen formats: the trained network in each, saved, loaded again, and compared with itself in F32.

use crate::demo::Data;
use crate::memory::{measured, readable};
use crate::{Failure, Options};
use loom::Sample;
use loom::data::Target;
use loom::dtype::{DType, F32, Format, Visitor};
use loom::prelude::*;
use serde_json::{Value, json};
use std::fs;

/// A target by which outputs are judged.
pub trait Judged: Target {
    /// The probability, 0 to 1, that the outputs give to the sample's class.
    fn score(&self, outputs: &[f32]) -> f64;

    /// Whether the outputs decide for the sample's class.
    fn accepts(&self, outputs: &[f32]) -> bool;
}

/// The outputs are the logits of classes, of which this is one.
impl Judged for u8 {
    fn score(&self, outputs: &[f32]) -> f64 {
        let logit = f64::from(outputs[usize::from(*self)]);
        1.0 / outputs.iter().map(|&other| (f64::from(other) - logit).exp()).sum::<f64>()
    }

    fn accepts(&self, outputs: &[f32]) -> bool {
        decision(outputs) == usize::from(*self)
    }
}

/// The output is the probability of the upper class, which the sample is in where this is above 1/2.
impl Judged for [f32; 1] {
    fn score(&self, outputs: &[f32]) -> f64 {
        let upper = f64::from(outputs[0]);
        if self[0] > 0.5 { upper } else { 1.0 - upper }
    }

    fn accepts(&self, outputs: &[f32]) -> bool {
        decision(outputs) == usize::from(self[0] > 0.5)
    }
}

/// What a network decides: the index of its greatest output, or whether its only one is above 1/2.
fn decision(outputs: &[f32]) -> usize {
    match outputs {
        [probability] => usize::from(*probability > 0.5),
        _ => (1..outputs.len()).fold(0, |best, i| if outputs[i] > outputs[best] { i } else { best }),
    }
}

/// One row of the table.
struct Row {
    format: Format,
    /// Mean of max(0, 100 - deviation), in percent.
    quality: f64,
    /// Mean deviation of the score of the sample's class from the F32 network's, in percent.
    avg_dev: f64,
    /// Share of samples with the F32 network's decision.
    top1_agreement: f64,
    /// Share of correct samples.
    accuracy: f64,
    /// Of the outputs: F32 against the difference; infinite where there is none.
    snr_db: f64,
    /// Codes, scales and zero points, for each encoded weight.
    bits_per_weight: f64,
    file_bytes: u64,
    ram_bytes: u64,
}

/// Prints the table; gives it as JSON.
pub(crate) fn table<N, X, Y>(options: &Options, net: &N, data: &Data<X, Y>) -> Result<Value, Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    let cpu = options.cpu();
    let expected = net.on(&cpu).forward_scaled(data.test.inputs(), data.test.scale());
    println!("\n  format  quality    avg dev    top-1      accuracy   SNR        bits/weight  file       RAM");
    let mut rows = Vec::new();
    for &format in Format::ALL {
        let visitor = Compare { options, cpu: &cpu, net, data, expected: N::Output::flat(&expected) };
        let row = format.visit(visitor)?;
        println!(
            "  {:<6}  {:>8.4} % {:>8.4} % {:>8.2} % {:>8.2} % {:>8.1} dB {:>9.3}    {:>9}  {:>9}",
            row.format.name(),
            row.quality,
            row.avg_dev,
            100.0 * row.top1_agreement,
            100.0 * row.accuracy,
            row.snr_db,
            row.bits_per_weight,
            readable(row.file_bytes),
            readable(row.ram_bytes),
        );
        rows.push(json!({
            "dtype": row.format.name(),
            "quality": row.quality,
            "avg_dev": row.avg_dev,
            "top1_agreement": row.top1_agreement,
            "accuracy": row.accuracy,
            // JSON has no infinity.
            "snr_db": row.snr_db.is_finite().then_some(row.snr_db),
            "bits_per_weight": row.bits_per_weight,
            "file_bytes": row.file_bytes,
            "ram_bytes": row.ram_bytes,
        }));
    }
    Ok(Value::Array(rows))
}

struct Compare<'a, N, X, Y> {
    options: &'a Options,
    cpu: &'a Cpu,
    net: &'a N,
    data: &'a Data<X, Y>,
    expected: &'a [f32],
}

impl<N, X, Y> Visitor for Compare<'_, N, X, Y>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    type Output = Result<Row, Failure>;

    fn visit<D: DType>(self) -> Result<Row, Failure> {
        let path = self.options.out.with_extension(format!("{}.safetensors", D::NAME.to_lowercase()));
        let encoded = self.net.quantize::<D>()?;
        encoded.save(&path)?;
        let (loaded, ram_bytes) = measured(|| N::load_as::<D>(&path));
        let loaded = loaded?;
        if loaded.weights() != encoded.weights() {
            return Err(format!("`{}` gives back other weights than were saved", path.display()).into());
        }
        let test = &self.data.test;
        let actual = loaded.on(self.cpu).forward_scaled(test.inputs(), test.scale());
        let actual = N::Output::flat(&actual);
        let samples = test.len() as f64;
        let len = N::Output::LEN;
        let pairs = || self.expected.chunks_exact(len).zip(actual.chunks_exact(len)).zip(test.targets());
        let deviations =
            || pairs().map(|((expected, actual), target)| deviation(target.score(expected), target.score(actual)));
        let share = |hits: usize| hits as f64 / samples;
        Ok(Row {
            format: D::FORMAT,
            quality: deviations().map(|deviation| (100.0 - deviation).max(0.0)).sum::<f64>() / samples,
            avg_dev: deviations().sum::<f64>() / samples,
            top1_agreement: share(pairs().filter(|((e, a), _)| decision(e) == decision(a)).count()),
            accuracy: share(pairs().filter(|((_, a), target)| target.accepts(a)).count()),
            snr_db: snr_db(self.expected, actual),
            bits_per_weight: loaded.weights().bits_per_weight(),
            file_bytes: fs::metadata(&path)?.len(),
            ram_bytes,
        })
    }
}

/// How far a score is from what it should be, in percent of that; of 1 where it should be all but 0.
fn deviation(expected: f64, actual: f64) -> f64 {
    let scale = if expected.abs() < 1e-10 { 1.0 } else { expected.abs() };
    100.0 * (actual - expected).abs() / scale
}

/// The ratio of the outputs' power to that of their error.
fn snr_db(expected: &[f32], actual: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let signal = power(&mut expected.iter().map(|&e| f64::from(e)));
    let noise = power(&mut expected.iter().zip(actual).map(|(&e, &a)| f64::from(a) - f64::from(e)));
    10.0 * (signal / noise).log10()
}
