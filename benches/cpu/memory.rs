//! Peak memory of a process that trains, beside what the plan foresees.

use super::peer::python;
use super::{NETWORKS, PYTORCH};
use loom::plan::Plan;
use std::error::Error;
use std::process::Command;
use std::time::Duration;

/// Trains a network for some steps in this process, and prints the bytes that its plan foresees and the peak of the process.
pub fn of(network: &str) -> Result<(), Box<dyn Error>> {
    let (_, measure) = NETWORKS.iter().find(|(name, _)| *name == network).ok_or("no such network")?;
    measure("memory", 1, Duration::ZERO);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the system does not tell the peak")?;
    println!("{}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

/// Prints what a plan needs for training with Adam: activations, their gradients, and of the weights themselves, their
/// gradients and two states.
pub fn planned(plan: &Plan, batch: usize) {
    let values = (plan.train_len + plan.grad_len) * batch + 4 * plan.weights_len;
    println!("{}", values * size_of::<f32>() / 1024);
}

/// Peak memory of training, Loom's and PyTorch's, in processes of their own.
pub fn compare(networks: impl Iterator<Item = &'static str>) -> Result<(), Box<dyn Error>> {
    println!("\nkB          {:>10} {:>10} {:>10} {:>8}", "planned", "Loom", "PyTorch", "ratio");
    for network in networks {
        let loom = kilobytes(Command::new(std::env::current_exe()?).args(["--memory-of", network]))?;
        let pytorch = kilobytes(python(PYTORCH).arg(network)).unwrap_or_default();
        let (planned, peak) = (loom.first().ok_or("no plan")?, loom.get(1).ok_or("no peak")?);
        match pytorch.first() {
            Some(other) => {
                println!("{network:11} {planned:10} {peak:10} {other:10} {:8.3}", *peak as f64 / *other as f64)
            }
            None => println!("{network:11} {planned:10} {peak:10} {:>10}", "missing"),
        }
    }
    Ok(())
}

/// The numbers that a command prints, a line each.
fn kilobytes(command: &mut Command) -> Result<Vec<u64>, Box<dyn Error>> {
    let output = command.output()?;
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(|line| line.parse().ok()).collect())
}
