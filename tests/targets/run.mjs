// Prints the fingerprints that a module of WebAssembly computes: `node run.mjs FILE.wasm`.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const start = instance.exports.fingerprints() >>> 0;
const bytes = new Uint8Array(instance.exports.memory.buffer, start);
process.stdout.write(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))));
