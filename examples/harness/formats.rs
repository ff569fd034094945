//! The table of the thirteen formats: the trained network in each, saved, loaded again, and compared with itself in F32.

use crate::device::{Devices, differing};
use crate::memory::{measured, peak, readable};
use crate::{Data, Failure, Options};
use bytemuck::Zeroable;
use loom::Sample;
use loom::data::Target;
use loom::dtype::{DType, F4, F32, Format, Visitor};
use loom::prelude::*;
use loom::quantize::Rounding;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A target by which outputs are judged.
pub trait Judged: Target {
    /// Decisions that the target asks for, each of an equal part of the outputs.
    const DECISIONS: usize = 1;

    /// The probability, 0 to 1, that the part of the outputs for decision `i` gives to what is right.
    fn score(&self, i: usize, outputs: &[f32]) -> f64;

    /// What is right: the index of a class, or 0 or 1 for the lower or upper side.
    fn right(&self, i: usize) -> usize;
}

/// The outputs are the logits of classes, of which this is one.
impl Judged for u8 {
    fn score(&self, _: usize, outputs: &[f32]) -> f64 {
        let logit = f64::from(outputs[usize::from(*self)]);
        1.0 / outputs.iter().map(|&other| (f64::from(other) - logit).exp()).sum::<f64>()
    }

    fn right(&self, _: usize) -> usize {
        usize::from(*self)
    }
}

/// One class for each step of a sequence.
impl<const STEPS: usize> Judged for [u8; STEPS] {
    const DECISIONS: usize = STEPS;

    fn score(&self, i: usize, outputs: &[f32]) -> f64 {
        self[i].score(0, outputs)
    }

    fn right(&self, i: usize) -> usize {
        self[i].right(0)
    }
}

/// The output is the probability of the upper class, which the sample is in where this is above 1/2.
impl Judged for [f32; 1] {
    fn score(&self, _: usize, outputs: &[f32]) -> f64 {
        let upper = f64::from(outputs[0]);
        if self[0] > 0.5 { upper } else { 1.0 - upper }
    }

    fn right(&self, _: usize) -> usize {
        usize::from(self[0] > 0.5)
    }
}

/// What a network decides: the index of its greatest output, or whether its only one is above 1/2.
fn decision(outputs: &[f32]) -> usize {
    match outputs {
        [probability] => usize::from(*probability > 0.5),
        _ => (1..outputs.len()).fold(0, |best, i| if outputs[i] > outputs[best] { i } else { best }),
    }
}

/// Formats that are shown calibrated too, and by how many training samples at most.
const CALIBRATED: [Format; 3] = [Format::I8, Format::U8, Format::F4];
const CALIBRATION_SAMPLES: usize = 2048;

/// What was done to bring a network into a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Nearest,
    Calibrated,
    FineTuned,
}

impl Method {
    /// What it adds to a format's name.
    fn text(self) -> &'static str {
        match self {
            Method::Nearest => "",
            Method::Calibrated => " calibrated",
            Method::FineTuned => " fine-tuned",
        }
    }
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) format: Format,
    pub(crate) method: Method,
    /// Mean of max(0, 100 - deviation), in percent.
    pub(crate) quality: f64,
    /// Mean deviation of the score of what is right from the F32 network's, in percent.
    avg_dev: f64,
    /// Share of decisions that are the F32 network's.
    top1_agreement: f64,
    /// Share of right decisions.
    accuracy: f64,
    /// Of the outputs: F32 against the difference; infinite where there is none.
    snr_db: f64,
    /// Codes, scales and zero points, for each encoded weight.
    bits_per_weight: f64,
    pub(crate) file_bytes: u64,
    /// What the loaded network holds.
    ram_bytes: u64,
    /// That, and what running one sample on one thread needs at most.
    running_bytes: u64,
    /// Outputs whose bits are others on the GPU, where there is one.
    pub(crate) outputs_differing: Option<usize>,
}

impl Row {
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.format, self.method.text())
    }

    fn print(&self) {
        println!(
            "  {:<14}  {:>8.4} % {:>8.4} % {:>8.2} % {:>8.2} % {:>8.1} dB {:>9.3}    {:>9}  {:>9}  {:>9}",
            self.name(),
            self.quality,
            self.avg_dev,
            100.0 * self.top1_agreement,
            100.0 * self.accuracy,
            self.snr_db,
            self.bits_per_weight,
            readable(self.file_bytes),
            readable(self.ram_bytes),
            readable(self.running_bytes),
        );
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "dtype": self.name(),
            "quality": self.quality,
            "avg_dev": self.avg_dev,
            "top1_agreement": self.top1_agreement,
            "accuracy": self.accuracy,
            // JSON has no infinity.
            "snr_db": self.snr_db.is_finite().then_some(self.snr_db),
            "bits_per_weight": self.bits_per_weight,
            "file_bytes": self.file_bytes,
            "ram_bytes": self.ram_bytes,
            "running_bytes": self.running_bytes,
            "outputs_differing": self.outputs_differing,
        })
    }
}

/// Prints the table, row by row, and gives its rows: the thirteen formats, then those that are calibrated by samples of the
/// training data. The network in each is saved beside `out`, and run on each device.
pub(crate) fn table<N, X, Y>(devices: &Devices, out: &Path, net: &N, data: &Data<X, Y>) -> Result<Vec<Row>, Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    let expected = net.on(&devices.cpu).forward_scaled(data.test.inputs(), data.test.scale());
    println!(
        "\n  format          quality    avg dev    top-1      accuracy   SNR        bits/weight  file       RAM        running"
    );
    let row = |(format, method): (&Format, Method)| {
        format.visit(Compare { devices, out, net, data, expected: N::Output::flat(&expected), method })
    };
    let plain = Format::ALL.iter().map(|format| (format, Method::Nearest));
    plain.chain(CALIBRATED.iter().map(|format| (format, Method::Calibrated))).map(row).collect()
}

/// Fine-tunes the calibrated F4 network for the outputs of the F32 one, and prints its row.
pub(crate) fn fine_tuned<N, X, Y>(
    options: &Options,
    devices: &Devices,
    out: &Path,
    net: &N,
    data: &Data<X, Y>,
) -> Result<Row, Failure>
where
    N: Network<Precision = F32, Output: Target>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    let (cpu, training, test) = (&devices.cpu, &data.training, &data.test);
    let outputs = net.on(cpu).forward_scaled(training.inputs(), training.scale());
    let taught = Dataset::new(training.inputs().to_vec(), outputs)?.scaled(training.scale())?;
    let trainer =
        Trainer::new(Adam::new(1e-4), Mse).batch(options.batch).epochs(options.fine_tune).seed(Seed(options.seed));
    let steps = trainer.steps(taught.len());
    let trainer = trainer.schedule(Schedule::cosine(steps)).on(cpu);
    let mut small = calibrated::<_, _, _, F4>(cpu, net, data)?;
    trainer.fine_tune(&mut small, &taught)?;
    let expected = net.on(cpu).forward_scaled(test.inputs(), test.scale());
    let expected = N::Output::flat(&expected);
    Compare { devices, out, net, data, expected, method: Method::FineTuned }.row(&small)
}

struct Compare<'a, N, X, Y> {
    devices: &'a Devices,
    out: &'a Path,
    net: &'a N,
    data: &'a Data<X, Y>,
    expected: &'a [f32],
    method: Method,
}

impl<N, X, Y> Visitor for Compare<'_, N, X, Y>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    type Output = Result<Row, Failure>;

    fn visit<D: DType>(self) -> Result<Row, Failure> {
        let encoded = match self.method {
            Method::Nearest => self.net.quantize::<D>()?,
            _ => calibrated::<_, _, _, D>(&self.devices.cpu, self.net, self.data)?,
        };
        self.row(&encoded)
    }
}

/// The network in a format, calibrated by samples of the training data.
fn calibrated<N, X, Y, D>(cpu: &Cpu, net: &N, data: &Data<X, Y>) -> Result<N::In<D>, Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Target,
    D: DType,
{
    let samples = &data.training.inputs()[..data.training.len().min(CALIBRATION_SAMPLES)];
    Ok(net.on(cpu).quantize_calibrated::<D>(&Rounding::new(), samples, data.training.scale())?)
}

impl<N, X, Y> Compare<'_, N, X, Y>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
{
    /// Saves and loads a network in a format, runs it on each device, and prints how it compares with the one in F32.
    fn row<D: DType>(self, encoded: &N::In<D>) -> Result<Row, Failure> {
        let test = &self.data.test;
        let name = D::NAME.to_lowercase();
        let path = self.out.with_extension(format!("{name}{}.safetensors", self.method.text().replace(' ', "-")));
        encoded.save(&path)?;
        let (loaded, ram_bytes) = measured(|| N::load_as::<D>(&path));
        let loaded = loaded?;
        let running_bytes = ram_bytes + running_bytes(&loaded);
        if loaded.weights() != encoded.weights() {
            return Err(format!("`{}` gives back other weights than were saved", path.display()).into());
        }
        let actual = loaded.on(&self.devices.cpu).forward_scaled(test.inputs(), test.scale());
        let actual = N::Output::flat(&actual);
        let by_gpu = self.devices.outputs_of_gpu(&loaded, test.inputs(), test.scale())?;
        let outputs_differing = by_gpu.map(|found| differing(actual, N::Output::flat(&found)));
        let len = N::Output::LEN / Y::DECISIONS;
        let targets = || test.targets().iter().flat_map(|target| (0..Y::DECISIONS).map(move |i| (target, i)));
        let decisions = || self.expected.chunks_exact(len).zip(actual.chunks_exact(len)).zip(targets());
        let deviations = || {
            decisions()
                .map(|((expected, actual), (target, i))| deviation(target.score(i, expected), target.score(i, actual)))
        };
        let count = (test.len() * Y::DECISIONS) as f64;
        let share = |hits: usize| hits as f64 / count;
        let row = Row {
            format: D::FORMAT,
            method: self.method,
            quality: deviations().map(|deviation| (100.0 - deviation).max(0.0)).sum::<f64>() / count,
            avg_dev: deviations().sum::<f64>() / count,
            top1_agreement: share(decisions().filter(|((e, a), _)| decision(e) == decision(a)).count()),
            accuracy: share(decisions().filter(|((_, a), (target, i))| decision(a) == target.right(*i)).count()),
            snr_db: snr_db(self.expected, actual),
            bits_per_weight: loaded.weights().bits_per_weight(),
            file_bytes: fs::metadata(&path)?.len(),
            ram_bytes,
            running_bytes,
            outputs_differing,
        };
        row.print();
        Ok(row)
    }
}

/// What one sample on one thread needs at most beside the network.
fn running_bytes<N: Network>(net: &N) -> u64 {
    let input = [N::Input::zeroed()];
    // On a thread of its own, which has no room left from before.
    let run = || peak(|| net.on(&Cpu::new().threads(1)).forward_batch(&input));
    std::thread::scope(|scope| scope.spawn(run).join().expect("inference does not panic"))
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
