use crate::device::{compare, train};
use crate::formats::{Judged, table};
use crate::memory::{peak_bytes, readable};
use crate::{Defaults, Failure, Options};
use loom::dtype::F32;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::prelude::*;
use loom::{Sample, Score};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A demo's data: what it learns from, and what it is judged by.
pub struct Data<X, Y> {
    /// Seen in training.
    pub training: Dataset<X, Y>,
    /// Not seen in training, unless a demo says so.
    pub test: Dataset<X, Y>,
}

/// Trains a network, scores and saves it, and prints what came of it.
pub fn run<N, X, Y, O, L>(
    defaults: Defaults,
    options: &Options,
    data: &Data<X, Y>,
    trainer: &Trainer<O, L>,
) -> Result<(), Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: Judged,
    O: Optimizer,
    L: Loss<N::Output, Y>,
{
    let plan = N::PLAN;
    println!("{}: {}", defaults.name, defaults.about);
    println!("  network    {:?} -> {:?}, {} parameters", plan.input, plan.output, plan.parameters());
    println!("  data       {} training samples, {} test samples", data.training.len(), data.test.len());
    println!(
        "  training   {} epochs of batches of {}, {} threads, seed {}",
        options.epochs,
        options.batch,
        options.cpu().thread_count(),
        options.seed
    );

    let devices = options.devices()?;
    let by_cpu = match devices.cpu_trains {
        true => Some(train::<N, _, _, _, _>(options.seed, &trainer.clone().on(&devices.cpu), &data.training)?),
        false => None,
    };
    let by_gpu = match &devices.gpu {
        Some(gpu) => Some(train::<N, _, _, _, _>(options.seed, &trainer.clone().on(gpu), &data.training)?),
        None => None,
    };
    let gpu_seconds = by_gpu.as_ref().map(|(.., seconds)| *seconds);
    let parity = match (&by_cpu, &by_gpu) {
        (Some((by_cpu, ..)), Some((by_gpu, ..))) => compare(&devices, by_cpu, by_gpu, &data.test)?,
        _ => Value::Null,
    };
    let (net, history, seconds) = by_cpu.or(by_gpu).expect("a demo trains on one device at least");
    let score = trainer.clone().on(&devices.cpu).evaluate(&net, &data.test)?;

    create_parent(&options.out)?;
    net.save(&options.out)?;
    let back = N::load(&options.out)?;
    if back.fingerprint() != net.fingerprint() {
        return Err(format!("`{}` gives back other weights than were saved", options.out.display()).into());
    }
    let file_bytes = fs::metadata(&options.out)?.len();
    let (fingerprint, peak) = (net.fingerprint(), peak_bytes());

    println!("  trained    in {seconds:.1} s, training loss {:.6}", history.last().training.loss);
    if let (true, Some(gpu)) = (devices.cpu_trains, gpu_seconds) {
        println!("  on the GPU in {gpu:.1} s");
    }
    println!("  test       {}", describe(score));
    println!(
        "  memory     {}",
        peak.map_or("unknown on this system".to_owned(), |peak| format!("{} at most", readable(peak)))
    );
    println!("  saved      {} ({})", options.out.display(), readable(file_bytes));
    println!("  weights    {fingerprint}");
    let formats = table(options, &net, data)?;

    if let Some(path) = &options.json {
        let report = json!({
            "demo": defaults.name,
            "parameters": plan.parameters(),
            "accuracy": score.accuracy,
            "loss": score.loss,
            "fingerprint": fingerprint.to_string(),
            "seed": options.seed,
            "epochs": options.epochs,
            "batch": options.batch,
            "seconds": seconds,
            "gpu_seconds": gpu_seconds,
            "parity": parity,
            "peak_bytes": peak,
            "file_bytes": file_bytes,
            "formats": formats,
            "history": history.epochs.iter().map(|epoch| json!({
                "epoch": epoch.number,
                "loss": epoch.training.loss,
                "accuracy": epoch.training.accuracy,
                "seconds": epoch.duration.as_secs_f64(),
            })).collect::<Vec<_>>(),
        });
        create_parent(path)?;
        fs::write(path, format!("{report:#}\n"))
            .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    }
    Ok(())
}

/// Makes the folder that a file is to lie in.
fn create_parent(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent() else { return Ok(()) };
    Ok(fs::create_dir_all(folder).map_err(|error| format!("cannot create `{}`: {error}", folder.display()))?)
}

fn describe(score: Score) -> String {
    match score.accuracy {
        Some(accuracy) => format!("accuracy {:.2} %, loss {:.6}", 100.0 * accuracy, score.loss),
        None => format!("loss {:.6}", score.loss),
    }
}
