//! Training on the CPU, on a GPU or on both, and the comparison of the results.

use crate::{Failure, Options};
use loom::Sample;
use loom::dtype::F32;
use loom::loss::Loss;
use loom::optim::Optimizer;
use loom::prelude::*;
use serde_json::{Value, json};

/// Where a demo trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DeviceChoice {
    /// On the processor.
    Cpu,
    /// On a GPU, which must be there.
    Gpu,
    /// On both, one after the other; the results are compared.
    Both,
}

/// The devices that a demo found.
pub(crate) struct Devices {
    pub(crate) cpu: Cpu,
    #[cfg(feature = "gpu")]
    pub(crate) gpu: Option<Gpu>,
    /// Whether the CPU trains too.
    pub(crate) cpu_trains: bool,
}

impl Options {
    /// Finds the devices, and says what it found. Without a choice a GPU is taken where there is one that is not the
    /// processor in disguise.
    pub(crate) fn devices(&self) -> Result<Devices, Failure> {
        let cpu = self.cpu();
        let alone = |cpu: Cpu| Devices {
            cpu,
            #[cfg(feature = "gpu")]
            gpu: None,
            cpu_trains: true,
        };
        match self.device {
            Some(DeviceChoice::Cpu) => Ok(alone(cpu)),
            #[cfg(feature = "gpu")]
            _ => self.find_gpu(cpu, alone),
            #[cfg(not(feature = "gpu"))]
            None => Ok(alone(cpu)),
            #[cfg(not(feature = "gpu"))]
            Some(_) => Err("the demo was built without the feature `gpu`".into()),
        }
    }

    #[cfg(feature = "gpu")]
    fn find_gpu(&self, cpu: Cpu, alone: impl Fn(Cpu) -> Devices) -> Result<Devices, Failure> {
        let gpu = match Gpu::new() {
            Ok(gpu) => gpu,
            Err(error) if self.device.is_none() => {
                println!("  device     the CPU: {error}");
                return Ok(alone(cpu));
            }
            Err(error) => return Err(error.into()),
        };
        if self.device.is_none() && gpu.adapter().kind == loom::AdapterKind::Software {
            println!("  device     the CPU: {} is a GPU in software; `--device both` takes it", gpu.name());
            return Ok(alone(cpu));
        }
        println!("  device     {}, {}", gpu.adapter(), gpu.exactness());
        // The CPU computes as the GPU does, where the two can be compared.
        let cpu = gpu.fma_mode().map_or(cpu.clone(), |fma_mode| cpu.fma_mode(fma_mode));
        Ok(Devices { cpu, gpu: Some(gpu), cpu_trains: self.device != Some(DeviceChoice::Gpu) })
    }
}

/// In how many values a network that trained on the CPU and one that trained on a GPU differ.
pub(crate) struct Parity {
    adapter: String,
    fma_mode: String,
    outputs: usize,
    weights: usize,
    fingerprints: [String; 2],
}

impl Parity {
    /// Whether none does.
    pub(crate) fn is_exact(&self) -> bool {
        self.outputs == 0 && self.weights == 0
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "adapter": self.adapter,
            "fma_mode": self.fma_mode,
            "outputs_differing": self.outputs,
            "weights_differing": self.weights,
            "cpu_fingerprint": self.fingerprints[0],
            "gpu_fingerprint": self.fingerprints[1],
        })
    }
}

/// What a network learned on a device, its history, and the seconds that it took.
pub(crate) type Learned<N> = (N, loom::History, f64);

/// Without a GPU, none of these.
#[cfg_attr(not(feature = "gpu"), expect(unused_variables, reason = "there is no GPU to use them"))]
impl Devices {
    pub(crate) fn has_gpu(&self) -> bool {
        #[cfg(feature = "gpu")]
        return self.gpu.is_some();
        #[cfg(not(feature = "gpu"))]
        false
    }

    /// What a network learns on the GPU.
    pub(crate) fn train_on_gpu<N, X, Y, O, L>(
        &self,
        seed: u64,
        trainer: &Trainer<O, L>,
        training: &Dataset<X, Y>,
    ) -> Result<Option<Learned<N>>, Failure>
    where
        N: Network<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        Y: loom::data::Target,
        O: Optimizer,
        L: Loss<N::Output, Y>,
    {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            return train(seed, &trainer.clone().on(gpu), training).map(Some);
        }
        Ok(None)
    }

    /// The outputs that the GPU gives.
    pub(crate) fn outputs_of_gpu<N: Network, X: Sample<AsF32 = N::Input>>(
        &self,
        net: &N,
        inputs: &[X],
        scale: f32,
    ) -> Result<Option<Vec<N::Output>>, Failure> {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            return Ok(Some(net.on(gpu).forward_scaled(inputs, scale)?));
        }
        Ok(None)
    }

    /// Compares a network that was trained on the CPU and one that was trained on the GPU.
    pub(crate) fn compare<N, X, Y>(
        &self,
        by_cpu: &Option<Learned<N>>,
        by_gpu: &Option<Learned<N>>,
        test: &Dataset<X, Y>,
    ) -> Result<Option<Parity>, Failure>
    where
        N: Network<Precision = F32>,
        X: Sample<AsF32 = N::Input>,
        Y: loom::data::Target,
    {
        #[cfg(feature = "gpu")]
        if let (Some(gpu), Some((by_cpu, ..)), Some((by_gpu, ..))) = (&self.gpu, by_cpu, by_gpu) {
            return compare((&self.cpu, gpu), by_cpu, by_gpu, test).map(Some);
        }
        Ok(None)
    }
}

/// Compares two trained networks, and prints what came of it.
#[cfg(feature = "gpu")]
fn compare<N, X, Y>((cpu, gpu): (&Cpu, &Gpu), by_cpu: &N, by_gpu: &N, test: &Dataset<X, Y>) -> Result<Parity, Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: loom::data::Target,
{
    let expected = by_cpu.on(cpu).forward_scaled(test.inputs(), test.scale())?;
    let found = by_gpu.on(gpu).forward_scaled(test.inputs(), test.scale())?;
    let parity = Parity {
        adapter: gpu.name().to_owned(),
        fma_mode: gpu.exactness().to_string(),
        outputs: differing(bytemuck::cast_slice(&expected), bytemuck::cast_slice(&found)),
        weights: differing(by_cpu.weights().values(), by_gpu.weights().values()),
        fingerprints: [by_cpu, by_gpu].map(|net| net.fingerprint().to_string()),
    };
    println!(
        "  parity     {} outputs and {} weights differ, of {} and {}",
        parity.outputs,
        parity.weights,
        expected.len() * N::Output::LEN,
        N::PLAN.parameters()
    );
    println!("  by CPU     {}", parity.fingerprints[0]);
    println!("  by GPU     {}", parity.fingerprints[1]);
    Ok(parity)
}

/// How many values have other bits.
pub(crate) fn differing(a: &[f32], b: &[f32]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.to_bits() != b.to_bits()).count()
}

/// Trains a network on one device.
pub(crate) fn train<N, X, Y, O, L>(
    seed: u64,
    trainer: &Trainer<O, L>,
    training: &Dataset<X, Y>,
) -> Result<Learned<N>, Failure>
where
    N: Network<Precision = F32>,
    X: Sample<AsF32 = N::Input>,
    Y: loom::data::Target,
    O: Optimizer,
    L: Loss<N::Output, Y>,
{
    let mut net = N::new(Seed(seed));
    let start = std::time::Instant::now();
    let history = trainer.fit(&mut net, training)?;
    Ok((net, history, start.elapsed().as_secs_f64()))
}
