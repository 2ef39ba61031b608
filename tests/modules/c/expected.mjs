// Calls the functions of shapes.cpp with the JavaScript that Emscripten itself made for them, and the
// programs with Node's own WASI, under Node.js 20 or later, and writes what came out into expected.json.
// A host without either has to come to the same answers, with the modules of every compiler.
//
// expected.json has `functions`, `programs` and `large`, a rule for a large input: `start`, then
// `repeat` as often as `times`, then `end`; an input that is the word `large` stands for it. A call
// names its `function` and `input`; one of these follows:
//   output        the text that came out; null if nothing did
//   outputSha256  of a long output, with its length in `outputBytes`
//   code          the code of a failure, and `output` beside it where there was one
//   ended         true where the function did not return

import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

const here = new URL("./", import.meta.url);
const glue = await import(new URL("../build/glue/shapes.mjs", here));

const ADA = '{"email":"ada@example.com","name":"Ada Lovelace"}';
const LARGE = { start: '{"text":"', repeat: "é😀", times: 180000, end: '"}' };
const INPUTS = [
  ADA,
  '{"email":"zoë@bücher.example","name":"Zoë 😀 \\u0000 \\ud83d\\ude00"}',
  '{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}',
  "[".repeat(100) + "]".repeat(100),
  '"unknown"',
  "[]",
  "0",
];
const text = (input) => (input === "large" ? LARGE.start + LARGE.repeat.repeat(LARGE.times) + LARGE.end : input);

/** A module in which nothing has run but its constructors and `main`, with the input in its memory. */
async function call(name, input, run) {
  const module = await glue.default({ print() {}, printErr() {} });
  const bytes = new TextEncoder().encode(text(input));
  const at = module._malloc(bytes.length + 1);
  const out = module._malloc(8);
  module.HEAPU8.set(bytes, at);
  module.HEAPU8[at + bytes.length] = 0;
  const word = (address) => new DataView(module.HEAPU8.buffer).getUint32(address, true);
  const copy = (start, length) => new TextDecoder().decode(module.HEAPU8.slice(start, start + length));
  const until0 = (start) => copy(start, module.HEAPU8.indexOf(0, start) - start);
  try {
    return run({ f: module["_" + name], at, length: bytes.length, out, word, copy, until0 });
  } catch {
    return { ended: true };
  }
}

const viaOutLength = ({ f, at, length, out, word, copy }) => {
  const start = f(at, length, out);
  return { output: start === 0 ? null : copy(start, word(out)) };
};
const viaPacked = ({ f, at, length, copy }) => {
  const packed = BigInt.asUintN(64, f(at, length));
  return { output: copy(Number(packed >> 32n), Number(packed & 0xffffffffn)) };
};
const viaStatus = ({ f, at, length, out, word, copy }) => {
  const code = f(at, length, out, out + 4);
  if (code === 0) return { output: copy(word(out), word(out + 4)) };
  return { code, ...(code > 0 && { output: copy(word(out), word(out + 4)) }) };
};
const FUNCTIONS = {
  buffer_out_length: viaOutLength,
  packed: viaPacked,
  cString: ({ f, at, until0 }) => ({ output: until0(f(at)) }),
  status_out: viaStatus,
  status_alone: viaStatus,
  struct_return: ({ f, at, length, out, word, copy }) => {
    f(out, at, length);
    return { output: copy(word(out), word(out + 4)) };
  },
  static_buffer: ({ f, at, until0 }) => ({ output: until0(f(at)) }),
  in_place: viaOutLength,
  bufferToText: ({ f, at, length, until0 }) => ({ output: until0(f(at, length)) }),
  no_input: ({ f, out, word, copy }) => ({ output: copy(f(out), word(out)) }),
  constructed: viaPacked,
  count_calls: ({ f }) => ({ output: String(f()) }),
  ratio: ({ f }) => ({ output: String(f()) }),
  logs: viaOutLength,
  asserts: viaOutLength,
  aborts: viaOutLength,
  exits: viaOutLength,
};

/** Long texts as their digest. */
function shortened(told) {
  if (typeof told.output !== "string" || told.output.length < 2000) return told;
  const { output, ...rest } = told;
  const bytes = Buffer.from(output);
  return { ...rest, outputSha256: createHash("sha256").update(bytes).digest("hex"), outputBytes: bytes.length };
}

/** Runs a program with Node's own WASI. */
async function program(file, name, input) {
  const folder = mkdtempSync(join(tmpdir(), "program-"));
  const paths = ["stdin", "stdout", "stderr"].map((stream) => join(folder, stream));
  writeFileSync(paths[0], text(input));
  const [stdin, stdout, stderr] = paths.map((path, at) => openSync(path, at === 0 ? "r" : "w"));
  const wasi = new WASI({ version: "preview1", args: ["program", name], env: {}, stdin, stdout, stderr, returnOnExit: true });
  const module = await WebAssembly.compile(readFileSync(file));
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  let told;
  try {
    const code = wasi.start(instance);
    const output = readFileSync(paths[1], "utf8");
    told = code === 0 ? { output: output === "" ? null : output } : { code, ...(output !== "" && { output }) };
  } catch {
    told = { ended: true };
  }
  [stdin, stdout, stderr].forEach((stream) => closeSync(stream));
  return { ...told, stderr: readFileSync(paths[2], "utf8") };
}

const functions = [];
for (const [name, run] of Object.entries(FUNCTIONS)) {
  for (const input of [...INPUTS, "large"]) {
    functions.push({ function: name, input, ...shortened(await call(name, input, run)) });
  }
}
const programs = {};
for (const file of ["cpp-emscripten-3.1.6", "cpp-emscripten-3.1.69", "cpp-clang-14", "rust-1.95"]) {
  programs[`command/${file}.wasm`] = [];
  for (const [name, inputs] of Object.entries({ createUser: [...INPUTS, "large"], refuse: [ADA], quiet: [ADA], large: [ADA], panic: [ADA] })) {
    for (const input of inputs) {
      const told = await program(new URL(`../command/${file}.wasm`, here), name, input);
      programs[`command/${file}.wasm`].push({ function: name, input, ...shortened(told) });
    }
  }
}
writeFileSync(new URL("expected.json", here), JSON.stringify({ large: LARGE, functions, programs }, null, 1) + "\n");
// Emscripten notes the code of a function that exits as that of this process.
process.exitCode = 0;
