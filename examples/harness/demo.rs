//! A demo from its options to its report: training, formats, plot and JSON.

use crate::device::{Devices, train};
use crate::formats::{Judged, Method, Row, fine_tuned, table};
use crate::memory::{peak_bytes, readable};
use crate::plot::plot;
use crate::{Defaults, Failure, Options};
use loom::data::Target;
use loom::dtype::F32;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{History, Sample, Score};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A demo's data: what it learns from, and what it is judged by.
pub struct Data<X, Y> {
    /// Seen in training.
    pub training: Dataset<X, Y>,
    /// Not seen in training, unless a demo says so.
    pub test: Dataset<X, Y>,
}

impl<X: Sample, Y: Target> Data<X, Y> {
    /// At most so many samples of each part, from its start on.
    fn first(&self, count: usize) -> Result<Self, Failure> {
        let first = |data: &Dataset<X, Y>| match data.clone() {
            data if count < data.len() => data.split_at(count).map(|(first, _)| first),
            data => Ok(data),
        };
        Ok(Data { training: first(&self.training)?, test: first(&self.test)? })
    }
}

/// A demo with its devices and what its networks gave so far.
pub struct Demo<'a> {
    defaults: Defaults,
    options: &'a Options,
    devices: Devices,
    runs: Vec<Run>,
}

/// What one network gave.
struct Run {
    name: &'static str,
    history: History,
    report: Value,
}

/// A network after its training.
pub struct Trained<N> {
    /// The network.
    pub net: N,
    /// What it scores on the test data.
    pub score: Score,
}

/// A demo of one network: trains, scores and saves it, and prints what came of it.
pub fn run<N, X, Y, O, L>(
    defaults: Defaults,
    options: &Options,
    data: &Data<X, Y>,
    trainer: &Trainer<O, L>,
) -> Result<(), Failure>
where
    N: Network<Precision = F32, Output: Target>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
    O: Optimizer,
    L: Loss<N::Output, Y>,
{
    let mut demo = Demo::new(defaults, options)?;
    demo.train::<N, _, _, _, _>("", data, trainer)?;
    demo.finish()
}

impl<'a> Demo<'a> {
    /// Finds the devices, and says what is going to be done.
    pub fn new(defaults: Defaults, options: &'a Options) -> Result<Self, Failure> {
        println!("{}: {}", defaults.name, defaults.about);
        println!(
            "  training   {} epochs of batches of {}, {} threads, seed {}",
            options.epochs,
            options.batch,
            options.cpu().thread_count(),
            options.seed
        );
        Ok(Demo { defaults, options, devices: options.devices()?, runs: Vec::new() })
    }

    /// The CPU that the demo computes on.
    pub fn cpu(&self) -> &Cpu {
        &self.devices.cpu
    }

    /// Trains a network on each device, scores and saves it, and prints what came of it. The name, which tells it from
    /// the demo's other networks, is empty where there is only one.
    pub fn train<N, X, Y, O, L>(
        &mut self,
        name: &'static str,
        data: &Data<X, Y>,
        trainer: &Trainer<O, L>,
    ) -> Result<Trained<N>, Failure>
    where
        N: Network<Precision = F32, Output: Target>,
        X: Sample<AsF32 = N::Input>,
        Y: Judged,
        O: Optimizer,
        L: Loss<N::Output, Y>,
    {
        let (options, devices, plan) = (self.options, &self.devices, N::PLAN);
        let few = options.samples.map(|count| data.first(count)).transpose()?;
        let data = few.as_ref().unwrap_or(data);
        if !name.is_empty() {
            println!("\n{name}");
        }
        let [input, output] = [plan.inputs, plan.outputs].map(|ports| ports[0].shape);
        println!("  network    {input:?} -> {output:?}, {} parameters", plan.parameters());
        println!("  data       {} training samples, {} test samples", data.training.len(), data.test.len());

        let by_cpu = match devices.cpu_trains {
            true => Some(train::<N, _, _, _, _>(options.seed, &trainer.clone().on(&devices.cpu), &data.training)?),
            false => None,
        };
        let by_gpu = devices.train_on_gpu::<N, _, _, _, _>(options.seed, trainer, &data.training)?;
        let gpu_seconds = by_gpu.as_ref().map(|(.., seconds)| *seconds);
        let parity = devices.compare(&by_cpu, &by_gpu, &data.test)?;
        let (net, history, seconds) = by_cpu.or(by_gpu).expect("a demo trains on one device at least");
        let score = trainer.clone().on(&devices.cpu).evaluate(&net, &data.test)?;

        let out = self.out(name);
        create_parent(&out)?;
        net.save(&out)?;
        let back = N::load(&out)?;
        if back.fingerprint() != net.fingerprint() {
            return Err(format!("`{}` gives back other weights than were saved", out.display()).into());
        }
        let file_bytes = fs::metadata(&out)?.len();
        let (fingerprint, peak) = (net.fingerprint(), peak_bytes());

        println!("  trained    in {seconds:.1} s, training loss {:.6}", history.last().training.loss);
        if let (true, Some(gpu)) = (devices.cpu_trains, gpu_seconds) {
            println!("  on the GPU in {gpu:.1} s");
        }
        println!("  test       {}", describe(&score));
        println!(
            "  memory     {}",
            peak.map_or("unknown on this system".to_owned(), |peak| format!("{} at most", readable(peak)))
        );
        println!("  saved      {} ({})", out.display(), readable(file_bytes));
        println!("  weights    {fingerprint}");
        let mut formats = table(devices, &out, &net, data)?;
        if options.fine_tune > 0 {
            formats.push(fine_tuned(options, devices, &out, &net, data)?);
        }
        let differing =
            devices.has_gpu().then(|| formats.iter().filter_map(|row| row.outputs_differing).sum::<usize>());
        if let Some(differing) = differing {
            println!("\n  parity     {differing} outputs of the {} rows differ between CPU and GPU", formats.len());
        }
        let is_exact = parity.as_ref().map(|parity| parity.is_exact() && differing.unwrap_or(0) == 0);
        println!("\n  summary    {}", summary(&score, is_exact, &formats));

        let rows = |method| formats.iter().filter(|row| row.method == method).map(Row::json).collect::<Vec<_>>();
        let report = json!({
            "network": name,
            "parameters": plan.parameters(),
            "accuracy": score.accuracy,
            "loss": score.loss,
            "fingerprint": fingerprint.to_string(),
            "seconds": seconds,
            "gpu_seconds": gpu_seconds,
            "parity": parity.map(|parity| parity.json()),
            "peak_bytes": peak,
            "file_bytes": file_bytes,
            "formats": rows(Method::Nearest),
            "calibrated": rows(Method::Calibrated),
            "fine_tuned": rows(Method::FineTuned),
            "history": history.epochs.iter().map(|epoch| json!({
                "epoch": epoch.number,
                "loss": epoch.training.loss,
                "accuracy": epoch.training.accuracy,
                "seconds": epoch.duration.as_secs_f64(),
            })).collect::<Vec<_>>(),
        });
        self.runs.push(Run { name, history, report });
        Ok(Trained { net, score })
    }

    /// Compares the networks, where there are several, and writes the report and the plot.
    pub fn finish(self) -> Result<(), Failure> {
        let Demo { defaults, options, runs, .. } = self;
        if runs.len() > 1 {
            print_curves(&runs);
        }
        let plotted = options.plot.as_deref().map(|path| {
            let histories: Vec<_> = runs.iter().map(|run| (run.name, &run.history)).collect();
            write(path, &plot(defaults.name, &histories)?)
        });
        let reported = options.json.as_deref().map(|path| {
            let report = json!({
                "demo": defaults.name,
                "seed": options.seed,
                "epochs": options.epochs,
                "batch": options.batch,
                "networks": runs.iter().map(|run| &run.report).collect::<Vec<_>>(),
            });
            write(path, &format!("{report:#}\n"))
        });
        // Each file is tried, so that one that cannot be written does not cost the other.
        plotted.into_iter().chain(reported).collect()
    }

    /// Where a network is saved: in the file that the user names, or beside it, under the network's name.
    fn out(&self, name: &str) -> PathBuf {
        match name {
            "" => self.options.out.clone(),
            name => self.options.out.with_extension(format!("{}.safetensors", name.to_lowercase())),
        }
    }
}

/// The epochs of all networks side by side, at most some twenty of them.
fn print_curves(runs: &[Run]) {
    let columns = |of: &dyn Fn(&Run) -> String| runs.iter().map(of).collect::<String>();
    println!("\n  epoch  {}", columns(&|run| format!("{:<24}", run.name)).trim_end());
    let epochs = runs.iter().map(|run| run.history.epochs.len()).max().unwrap_or(0);
    let every = epochs.div_ceil(20);
    for i in (0..epochs).filter(|i| i % every == 0 || i + 1 == epochs) {
        let columns = columns(&|run| {
            let text = run.history.epochs.get(i).map(|epoch| brief(&epoch.training));
            format!("{:<24}", text.unwrap_or_default())
        });
        println!("  {:>5}  {}", i + 1, columns.trim_end());
    }
}

/// Loss and accuracy of an epoch.
fn brief(score: &Score) -> String {
    match score.accuracy {
        Some(accuracy) => format!("{:.6}  {:>6.2} %", score.loss, 100.0 * accuracy),
        None => format!("{:.6}", score.loss),
    }
}

/// The result in a line: what was learnt, whether the devices agree, and what the smallest file keeps of it.
fn summary(score: &Score, is_exact: Option<bool>, formats: &[Row]) -> String {
    let parity = match is_exact {
        Some(true) => "CPU and GPU agree to the bit",
        Some(false) => "CPU and GPU differ",
        None => "trained on one device",
    };
    let smallest = formats.iter().min_by_key(|row| row.file_bytes).expect("there are thirteen formats");
    let (name, quality) = (smallest.name(), smallest.quality);
    format!("{}; {parity}; {name} keeps {quality:.2} % in {}", describe(score), readable(smallest.file_bytes))
}

/// Makes the folder that a file is to lie in.
pub(crate) fn create_parent(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent() else { return Ok(()) };
    Ok(fs::create_dir_all(folder).map_err(|error| format!("cannot create `{}`: {error}", folder.display()))?)
}

/// Writes a file, and its folder where there is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    create_parent(path)?;
    Ok(fs::write(path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?)
}

fn describe(score: &Score) -> String {
    match score.accuracy {
        Some(accuracy) => format!("accuracy {:.2} %, loss {:.6}", 100.0 * accuracy, score.loss),
        None => format!("loss {:.6}", score.loss),
    }
}
