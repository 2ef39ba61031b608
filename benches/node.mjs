// What Node.js takes for the calls that benches/invoke.rs measures, with the JavaScript glue that each
// module's own toolchain made: with a fresh instance for every call, and on one that is kept. Prints
// one JSON object: the call's name, and the medians in microseconds; or, with the folder that cargo
// builds into, a table of these beside what `cargo bench --bench invoke` measured before. compare.sh
// runs one after the other.
//
//   tests/modules/build.sh             keeps the glue in tests/modules/build/glue
//   node benches/node.mjs [target]

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const root = new URL("../", import.meta.url);
const glue = new URL("tests/modules/build/glue/", root);
const file = (path) => readFileSync(new URL(path, root));
const USER = new TextEncoder().encode('{"email":"ada@example.org","name":"Ada"}');

/** Glue for `wasm-bindgen --target web`, evaluated anew for each instance: it keeps one for ever. */
function wasmBindgen(name, path, call) {
  const text = readFileSync(new URL(`${name}.mjs`, glue), "utf8")
    .replace(/^export \{.*\};?$/m, "")
    .replace(/^export function/gm, "function")
    .replaceAll("import.meta.url", "''");
  const make = new Function(`${text}\nreturn { initSync, call: ${call} };`);
  const module = new WebAssembly.Module(file(path));
  return async () => {
    const { initSync, call } = make();
    initSync({ module });
    return () => call(USER);
  };
}

/** Glue of `asc --bindings raw`. */
function assemblyScript(name, path, call) {
  const module = new WebAssembly.Module(file(path));
  return async () => {
    const { instantiate } = await import(new URL(`${name}.mjs`, glue));
    const functions = await instantiate(module);
    return () => functions[call](USER);
  };
}

/** A module that needs no glue but its own memory functions: pointer and length in, packed out. */
function packed(path, call) {
  const module = new WebAssembly.Module(file(path));
  const decoder = new TextDecoder();
  const nothing = new Proxy({}, { get: () => () => 0 });
  return async () => {
    const imports = Object.fromEntries(WebAssembly.Module.imports(module).map(({ module }) => [module, nothing]));
    const { exports } = new WebAssembly.Instance(module, imports);
    exports._initialize?.();
    return () => {
      const input = exports.malloc(USER.length);
      new Uint8Array(exports.memory.buffer).set(USER, input);
      const result = BigInt.asUintN(64, exports[call](input, USER.length));
      const [pointer, length] = [Number(result >> 32n), Number(result & 0xffffffffn)];
      const text = decoder.decode(new Uint8Array(exports.memory.buffer, pointer, length));
      exports.free(input);
      exports.free(pointer);
      return text;
    };
  };
}

/** A Go program with the wasm_exec.js of its version; fresh instances are booted. */
function go(version, path, call) {
  globalThis.require = createRequire(import.meta.url);
  (0, eval)(readFileSync(new URL(`wasm_exec-${version}.js`, glue), "utf8"));
  const module = new WebAssembly.Module(file(path));
  return async () => {
    const program = new globalThis.Go();
    program.run(new WebAssembly.Instance(module, program.importObject));
    const registered = globalThis[call];
    return () => registered(USER);
  };
}

const CALLS = [
  ["wasm-bindgen create_user", () => wasmBindgen("user-service", "sample-bundle/wasm/user-service.wasm", "create_user")],
  ["AssemblyScript 0.28 echo", () => assemblyScript("functions-0.28", "tests/modules/assemblyscript/functions-0.28.wasm", "echo")],
  ["C++ packed", () => packed("tests/modules/c/shapes-emscripten-3.1.69-growth.wasm", "packed")],
  ["Go 1.27 bytesToBytes", () => go("1.27", "tests/modules/go/functions-1.27.wasm", "bytesToBytes")],
];

/** The median of `rounds` rounds in microseconds a call, each of at least 20 ms. */
async function median(call, rounds = 15) {
  const round = async (calls) => {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) await call();
    return Number(process.hrtime.bigint() - begun) / 1e3;
  };
  let calls = 1;
  while ((await round(calls)) < 20_000) calls *= 2;
  const times = [];
  for (let i = 0; i < rounds; i++) times.push((await round(calls)) / calls);
  return times.sort((a, b) => a - b)[rounds >> 1];
}

/** The same for a call that never waits: an `await` costs as much as a call. */
function medianWithoutWaiting(call, rounds = 15) {
  const round = (calls) => {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) call();
    return Number(process.hrtime.bigint() - begun) / 1e3;
  };
  let calls = 1;
  while (round(calls) < 20_000) calls *= 2;
  const times = Array.from({ length: rounds }, () => round(calls) / calls);
  return times.sort((a, b) => a - b)[rounds >> 1];
}

const measured = {};
for (const [name, prepare] of CALLS) {
  try {
    const instance = prepare();
    const kept = await instance();
    measured[name] = {
      fresh: await median(async () => (await instance())()),
      reused: medianWithoutWaiting(kept),
    };
  } catch (error) {
    if (existsSync(glue)) throw error;
    console.error(`${name}: ${error.message}`);
  }
}
const target = process.argv[2];
if (!target) {
  console.log(JSON.stringify({ node: process.version, measured }, null, 2));
} else {
  /** The median of a criterion bench in microseconds. */
  const ours = (name) => {
    const folder = name.replace(/[?"/\\*<>:|^]/g, "_");
    const path = `${target}/criterion/invoke/${folder}/new/estimates.json`;
    return JSON.parse(readFileSync(path)).median.point_estimate / 1e3;
  };
  console.log(`| call | fresh instance | Node ${process.version} | ratio | kept instance | Node | ratio |`);
  console.log("|---|--:|--:|--:|--:|--:|--:|");
  for (const [name, { fresh, reused }] of Object.entries(measured)) {
    const [cold, warm] = [ours(name), ours(`${name}, reused`)];
    const micros = (time) => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} µs`;
    const row = [name, micros(cold), micros(fresh), (fresh / cold).toFixed(1), micros(warm), micros(reused), (reused / warm).toFixed(2)];
    console.log(`| ${row.join(" | ")} |`);
  }
}
