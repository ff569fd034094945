//! Runs Loom arithmetic on an adapter when it is opened, and compares every bit with the CPU's.

mod arguments;
mod reference;

use super::GpuError;
use super::device::Device;
use super::exactness::{Deviation, Exactness};
use super::pipeline::{BindingLayout, Trust, compile, storage};
use crate::numerics::arith::Arith;
use crate::run::cpu::{FmaMode, with_fma_mode};
use crate::shaders;
use reference::{FORMULAS, FUNCTIONS, SUMS, TERMS};

/// Invocations of a workgroup, as `probe.wgsl` has it.
const WORKGROUP: usize = 64;

/// What a kernel was given and what it gave: a result for each function and each argument.
struct Results<'a, T> {
    names: &'static [&'static str],
    arguments: &'a [T],
    gpu: Vec<u32>,
}

/// Whether an adapter computes Loom arithmetic, and in which rounding mode.
pub(super) fn run(device: &Device) -> Result<Exactness, GpuError> {
    let arguments = arguments::functions();
    let quintuples = arguments::formulas();
    let [left, right] = arguments::sums();
    let chains: Vec<_> = (0..left.len() / TERMS).collect();

    let adapter = Adapter::new(device)?;
    let functions = adapter.run("functions", FUNCTIONS, &arguments, &arguments)?;
    let formulas = adapter.run_formulas(&quintuples)?;
    let sums = adapter.run("sums", SUMS, &chains, &[left.as_slice(), &right].concat())?;

    // The rounding mode of which fewer bare multiply-adds differ.
    let differing_in = |fma_mode| {
        let cpu = with_fma_mode!(fma_mode, formulas_cpu(&quintuples));
        let pairs = formulas.gpu.iter().zip(&cpu).zip(&quintuples).enumerate();
        pairs.filter(|&(i, ((&gpu, &cpu), x))| arguments::formula_is_defined(0, i, x) && zero(gpu) != zero(cpu)).count()
    };
    let fma_mode =
        if differing_in(FmaMode::Split) < differing_in(FmaMode::Fused) { FmaMode::Split } else { FmaMode::Fused };

    let mut found = Findings { fma_mode, first: None };
    found.compare(
        &formulas,
        &with_fma_mode!(fma_mode, formulas_cpu(&quintuples)),
        arguments::formula_is_defined,
        |x| x.map(f32::to_bits).to_vec(),
        zero,
    );
    found.compare(
        &functions,
        &with_fma_mode!(fma_mode, functions_cpu(&arguments)),
        |function, _, &x| arguments::function_is_defined(FUNCTIONS[function], x),
        |x| vec![x.to_bits()],
        |bits| bits,
    );
    found.compare(
        &sums,
        &with_fma_mode!(fma_mode, sums_cpu(&left, &right)),
        |_, _, _| true,
        |_| Vec::new(),
        |bits| bits,
    );
    Ok(found.first.map_or(Exactness::Exact(fma_mode), Exactness::Deviates))
}

// What `with_fma_mode` calls.
fn functions_cpu<A: Arith<T = f32>>(arguments: &[f32]) -> Vec<u32> {
    reference::functions::<A>(arguments)
}

fn formulas_cpu<A: Arith<T = f32>>(arguments: &[[f32; 5]]) -> Vec<u32> {
    reference::formulas::<A>(arguments)
}

fn sums_cpu<A: Arith<T = f32>>(left: &[f32], right: &[f32]) -> Vec<u32> {
    reference::sums::<A>(left, right)
}

/// The bits of a number, of which the sign does not count where it is zero.
fn zero(bits: u32) -> u32 {
    if bits << 1 == 0 { 0 } else { bits }
}

/// What differs, as far as it is compared.
struct Findings {
    fma_mode: FmaMode,
    first: Option<Deviation>,
}

impl Findings {
    /// Compares the results that are defined.
    fn compare<T>(
        &mut self,
        results: &Results<T>,
        cpu: &[u32],
        is_defined: impl Fn(usize, usize, &T) -> bool,
        bits: impl Fn(&T) -> Vec<u32>,
        significant: impl Fn(u32) -> u32,
    ) {
        let count = results.arguments.len();
        for (function, &name) in results.names.iter().enumerate() {
            let (gpu, cpu) = (&results.gpu[function * count..][..count], &cpu[function * count..][..count]);
            let defined: Vec<_> = (0..count).filter(|&i| is_defined(function, i, &results.arguments[i])).collect();
            let mut differing = defined.iter().filter(|&&i| significant(gpu[i]) != significant(cpu[i]));
            let Some(&i) = differing.next() else { continue };
            let differing = 1 + differing.count();
            match &mut self.first {
                Some(first) => first.others.push(name),
                None => {
                    self.first = Some(Deviation {
                        function: name,
                        arguments: bits(&results.arguments[i]),
                        gpu: gpu[i],
                        cpu: cpu[i],
                        fma_mode: self.fma_mode,
                        differing,
                        of: defined.len(),
                        others: Vec::new(),
                    });
                }
            }
        }
    }
}

/// The adapter, with what all kernels of the probe share.
struct Adapter<'a> {
    device: &'a Device,
    layout: BindingLayout,
}

impl<'a> Adapter<'a> {
    fn new(device: &'a Device) -> Result<Self, GpuError> {
        Ok(Adapter { device, layout: BindingLayout::new(device, &[storage(0, false), storage(1, true)])? })
    }

    /// Runs a kernel that has all of its functions in one module.
    fn run<'b, T>(
        &self,
        entry: &str,
        names: &'static [&'static str],
        arguments: &'b [T],
        numbers: &[f32],
    ) -> Result<Results<'b, T>, GpuError> {
        let gpu = self.dispatch(entry, 0, [arguments.len(), names.len()], &self.upload(numbers)?)?;
        Ok(Results { names, arguments, gpu })
    }

    /// Runs each formula in a module of its own.
    fn run_formulas<'b>(&self, quintuples: &'b [[f32; 5]]) -> Result<Results<'b, [f32; 5]>, GpuError> {
        let input = self.upload(quintuples.as_flattened())?;
        let mut gpu = Vec::with_capacity(FORMULAS.len() * quintuples.len());
        for formula in 0..FORMULAS.len() {
            gpu.extend(self.dispatch("formulas", formula, [quintuples.len(), 1], &input)?);
        }
        Ok(Results { names: FORMULAS, arguments: quintuples, gpu })
    }

    fn upload(&self, numbers: &[f32]) -> Result<wgpu::Buffer, GpuError> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let input = self.device.buffer("the probe's arguments", size_of_val(numbers) as u64, usage)?;
        self.device.queue.write_buffer(&input, 0, bytemuck::cast_slice(numbers));
        Ok(input)
    }

    /// The results of a kernel for so many arguments and functions.
    fn dispatch(
        &self,
        entry: &str,
        formula: usize,
        [arguments, functions]: [usize; 2],
        input: &wgpu::Buffer,
    ) -> Result<Vec<u32>, GpuError> {
        let Adapter { device, layout } = self;
        let header = format!("const FORMULA: u32 = {formula}u;");
        let source = [&header, shaders::ARITH, shaders::TRIGONOMETRY, shaders::PROBE].join("\n");
        let pipeline = compile(device, &source, entry, layout, Trust::Unchecked)?;
        let bytes = (arguments * functions * size_of::<u32>()) as u64;
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let output = device.buffer("the probe's results", bytes, usage)?;
        let group = device.raw.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout.group,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: input.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: output.as_entire_binding() },
            ],
        });
        let mut encoder = device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(arguments.div_ceil(WORKGROUP) as u32, functions as u32, 1);
        drop(pass);
        device.queue.submit([encoder.finish()]);
        Ok(bytemuck::pod_collect_to_vec(&device.read(&output, 0..bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_formula_with_a_multiply_add_tells_the_modes_apart() {
        let quintuples = arguments::formulas();
        let [fused, split] =
            [FmaMode::Fused, FmaMode::Split].map(|fma_mode| with_fma_mode!(fma_mode, formulas_cpu(&quintuples)));
        for (formula, name) in FORMULAS.iter().enumerate() {
            let part = formula * quintuples.len()..(formula + 1) * quintuples.len();
            let defined = |i: usize| arguments::formula_is_defined(formula, i, &quintuples[i]);
            let pairs = fused[part.clone()].iter().zip(&split[part]).enumerate();
            let differing = pairs.filter(|&(i, (fused, split))| defined(i) && fused != split).count();
            assert_eq!(differing > 0, name.contains("fma") || name.contains("sqrt"), "{name}: {differing}");
        }
    }

    #[test]
    fn one_wrong_bit_is_a_deviation() {
        let arguments = [1.0, 2.0, f32::from_bits(1)];
        let cpu = reference::functions::<crate::numerics::arith::Fused>(&arguments);
        let mut gpu = cpu.clone();
        gpu[4] ^= 1;
        gpu[3 * FUNCTIONS.len() - 1] ^= 1;
        let results = Results { names: FUNCTIONS, arguments: &arguments, gpu };
        let mut found = Findings { fma_mode: FmaMode::Fused, first: None };
        let defined = |function: usize, _, &x: &f32| arguments::function_is_defined(FUNCTIONS[function], x);
        found.compare(&results, &cpu, defined, |x| vec![x.to_bits()], |bits| bits);
        let text = Exactness::Deviates(found.first.unwrap()).to_string();
        let (right, wrong) = (cpu[4], cpu[4] ^ 1);
        let expected = format!("rsqrt at 40000000 gives {wrong:08x}, the CPU in Fused {right:08x} (1 of 3 differ)");
        assert_eq!(text, format!("deviates: {expected}"));
    }
}
