// Runs a network that `loom::export` wrote, in Node, without Rust. A browser's `navigator.gpu` takes the place of `gpu`.
//
//     npm install webgpu
//     node run.mjs FOLDER INPUTS OUTPUTS
//
// INPUTS holds samples and OUTPUTS gets the network's outputs, both as little-endian f32, one sample after the other.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);

const product = (shape) => shape.reduce((a, b) => a * b, 1);

// The tensors of a safetensors file, as f32: the header's length, the header, and what it refers to.
function tensors(file) {
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + headerLength).toString());
  const data = file.subarray(8 + headerLength);
  const tensor = ([name, { data_offsets: [start, end] }]) => [name, data.subarray(start, end)];
  return new Map(Object.entries(header).filter(([name]) => name !== "__metadata__").map(tensor));
}

// Loom knows neither -0 nor numbers below 2^-60.
const flush = (x) => (Math.abs(x) < 2 ** -60 ? 0 : x);

async function load(device, folder) {
  const manifest = JSON.parse(await readFile(join(folder, "network.json"), "utf8"));
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffers = {};
  for (const { name, type, size } of manifest.buffers) {
    const kind = type === "uniform" ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE;
    buffers[name] = device.createBuffer({ label: name, size, usage: kind | usage });
  }
  const weights = tensors(await readFile(join(folder, "weights.safetensors")));
  for (const { name, offset } of manifest.parameters) {
    device.queue.writeBuffer(buffers.weights, offset, weights.get(name));
  }
  const layout = device.createBindGroupLayout({
    entries: manifest.buffers.map(({ binding, type }) => ({
      binding, visibility: GPUShaderStage.COMPUTE, buffer: { type },
    })),
  });
  const group = device.createBindGroup({
    layout,
    entries: manifest.buffers.map(({ name, binding }) => ({ binding, resource: { buffer: buffers[name] } })),
  });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const dispatches = await Promise.all(manifest.dispatches.map(async ({ module, entry_point, workgroups }) => {
    const code = await readFile(join(folder, module), "utf8");
    const compute = { module: device.createShaderModule({ label: module, code }), entryPoint: entry_point };
    const pipeline = await device.createComputePipelineAsync({ label: module, layout: pipelineLayout, compute });
    return { pipeline, workgroups };
  }));
  return { manifest, buffers, group, dispatches };
}

// The outputs of at most `manifest.batch` samples.
async function forward(device, { manifest, buffers, group, dispatches }, inputs, samples) {
  const { input, output } = manifest;
  device.queue.writeBuffer(buffers.call, manifest.call.samples, new Uint32Array([samples]));
  device.queue.writeBuffer(buffers.activations, input.offset_per_sample * samples, inputs.map(flush));
  const size = samples * output.size;
  const results = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setBindGroup(0, group);
  for (const { pipeline, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.dispatchWorkgroups(...workgroups);
  }
  pass.end();
  encoder.copyBufferToBuffer(buffers.activations, output.offset_per_sample * samples, results, 0, size);
  device.queue.submit([encoder.finish()]);
  await results.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(results.getMappedRange().slice(0));
  results.destroy();
  return values;
}

const [folder, inputsFile, outputsFile] = process.argv.slice(2);
const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("no WebGPU adapter: install a Vulkan driver");
const device = await adapter.requestDevice();
device.onuncapturederror = ({ error }) => {
  console.error(error.message);
  process.exit(1);
};
const network = await load(device, folder);
const bytes = await readFile(inputsFile);
const inputs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const length = network.manifest.input.size / 4;
const outputs = [];
for (let first = 0; first < inputs.length; first += length * network.manifest.batch) {
  const part = inputs.subarray(first, first + length * network.manifest.batch);
  outputs.push(Buffer.from((await forward(device, network, part, part.length / length)).buffer));
}
await writeFile(outputsFile, Buffer.concat(outputs));
process.exit(0);
