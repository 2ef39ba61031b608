// Calls the functions of Go's test modules under Node.js 20 or later with the wasm_exec.js that came
// with the module's Go version (../build.sh keeps it in ../build/glue), as a page would, and writes what
// came out into expected.json. The form is that of ../expected.json. A call in a page can end in
// three ways more:
//   rejected   what a promise was rejected with: the text of an Error or string, or JSON
//   panic      the first line of the panic that ended the program
//   exit       the code that the program ended itself with
// and a returned value that is neither text nor bytes is written as JSON; that of an Error is
// `error`, its message. Every call has its own instance, booted for it.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL("./", import.meta.url);
const VERSIONS = process.argv.length > 2 ? process.argv.slice(2) : ["1.19", "1.27"];

const BYTES = (text) => [new TextEncoder().encode(text)];
const TEXT = (text) => [text];
const OBJECT = (text) => [JSON.parse(text)];

const ADA = '{"email":"ada@example.com","name":"Ada Lovelace","tags":["a","b"]}';
const INPUTS = [
  ADA,
  '{"email":"zoë@bücher.example","name":"Zoë 😀 \\u0000 \\ud83d\\ude00 <&>"}',
  '{"email":"nobody","name":"x"}',
  '{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}',
  '{"email":"ada@example.com"',
  "[]",
  "7",
  "",
];
const JSONS = INPUTS.filter((text) => { try { JSON.parse(text); return true; } catch { return false; } });
const OBJECTS = JSONS.filter((text) => text.startsWith("{"));
/** A megabyte and more. */
const LARGE = { start: '{"email":"a@b.c","name":"', repeat: "é😀 ", times: 150000, end: '"}' };
const DEEP = { start: "[".repeat(3000), repeat: "[", times: 1, end: "]".repeat(3001) };
const NAMES = { start: "[", repeat: ADA + ",", times: 2000, end: ADA + "]" };

const FUNCTIONS = {
  bytesToBytes: [BYTES, [...INPUTS, LARGE, NAMES, DEEP]],
  textToText: [TEXT, [...INPUTS, LARGE]],
  bytesToText: [BYTES, INPUTS],
  echoBytes: [BYTES, [...JSONS, LARGE, DEEP]],
  echoText: [TEXT, [...JSONS, LARGE, DEEP]],
  echoByIndex: [BYTES, JSONS],
  sameValue: [TEXT, JSONS],
  objectToObject: [OBJECT, OBJECTS],
  throughJSON: [OBJECT, [...JSONS, LARGE, NAMES]],
  parsedText: [TEXT, [...JSONS, LARGE, DEEP]],
  byType: [BYTES, [ADA]],
  textOnly: [TEXT, ['"abc ß"']],
  noInput: [BYTES, [ADA, ""]],
  noOutput: [BYTES, [ADA]],
  undefinedResult: [BYTES, [ADA]],
  number: [BYTES, [ADA]],
  zero: [BYTES, [ADA]],
  boolean: [BYTES, [ADA]],
  array: [BYTES, [ADA]],
  errorValue: [BYTES, [ADA]],
  errorObject: [BYTES, [ADA]],
  date: [BYTES, [ADA]],
  manyKeys: [BYTES, [ADA]],
  surroundings: [BYTES, [ADA]],
  "api.inObject": [BYTES, [ADA]],
  "api.deeper.inDeeperObject": [BYTES, INPUTS],
  logAll: [BYTES, [ADA]],
  panics: [BYTES, ['"why"', '"Zoë 😀"']],
  panicsWithError: [BYTES, [ADA]],
  indexOutOfRange: [BYTES, [ADA]],
  nilPointer: [BYTES, [ADA]],
  recovers: [BYTES, [ADA]],
  parsesBadJSON: [BYTES, [ADA]],
  exits: [BYTES, [ADA]],
  exitsWithZero: [BYTES, [ADA]],
  readsFile: [BYTES, [ADA]],
  listsFolder: [BYTES, [ADA]],
  notJSON: [BYTES, [ADA]],
  notUTF8: [BYTES, [ADA]],
  bigOutput: [TEXT, ["3", "1000000"]],
  countDown: [OBJECT, ['{"n":0,"depth":0}', '{"n":40,"depth":0}']],
  promised: [BYTES, INPUTS],
  promisedLater: [BYTES, [ADA, "[]"]],
  rejectedLater: [BYTES, [ADA]],
  rejectedWithObject: [BYTES, [ADA]],
  rejectedWithText: [BYTES, [ADA]],
  chained: [BYTES, [ADA]],
  awaits: [BYTES, [ADA]],
  timeouts: [BYTES, [ADA]],
  blocks: [BYTES, [ADA]],
  timerFromStart: [BYTES, [ADA]],
  countCalls: [BYTES, [ADA]],
};

// A program that panicked has left its timers behind.
process.on("uncaughtException", () => {});

const LEVELS = { log: "info", info: "info", debug: "debug", warn: "warn", error: "error" };

/** A program booted afresh, with its output turned into lines. */
async function boot(version, module) {
  const lines = [];
  // What the page has: no file system. Go's glue makes its own fs, whose output goes to console.log
  // whichever stream it is; this one keeps the streams apart.
  const begun = {};
  const write = (fd, buffer) => {
    const text = (begun[fd] ?? "") + new TextDecoder().decode(buffer);
    const whole = text.split("\n");
    begun[fd] = whole.pop();
    for (const line of whole) lines.push({ level: fd === 2 ? "error" : "info", text: line });
    return buffer.length;
  };
  delete globalThis.fs;
  const real = globalThis.process;
  delete globalThis.process;
  const glue = readFileSync(new URL(`../build/glue/wasm_exec-${version}.js`, here), "utf8");
  (0, eval)(glue);
  globalThis.fs.writeSync = write;
  const go = new globalThis.Go();
  const ending = { code: undefined };
  go.exit = (code) => { ending.code = code; };
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).catch(() => {});
  globalThis.process = real;
  lines.length = 0;
  const end = () => {
    for (const timeout of go._scheduledTimeouts.values()) clearTimeout(timeout);
    go._scheduledTimeouts.clear();
  };
  return { lines, ending, end };
}

async function call(version, module, name, take, input) {
  const text = typeof input === "string" ? input : input.start + input.repeat.repeat(input.times) + input.end;
  const entry = { function: name, ...(typeof input === "string" ? { input } : { rule: input }) };
  const { lines, ending, end } = await boot(version, module);
  const path = name.split(".");
  const own = path.pop();
  const object = path.reduce((object, part) => object[part], globalThis);
  const saved = {};
  for (const level of Object.keys(LEVELS)) {
    saved[level] = console[level];
    console[level] = (...parts) => lines.push({ level: LEVELS[level], text: parts.map(String).join(" ") });
  }
  const withFetch = globalThis.fetch;
  delete globalThis.fetch;
  try {
    const result = await object[own](...take(text));
    Object.assign(entry, returned(result));
  } catch (thrown) {
    if (ending.code === undefined) entry.rejected = thrown instanceof Error ? thrown.message
      : typeof thrown === "string" ? thrown : JSON.stringify(thrown);
  }
  end();
  globalThis.fetch = withFetch;
  Object.assign(console, saved);
  if (ending.code !== undefined) {
    const panic = lines.find(({ text }) => text.startsWith("panic: "));
    for (const key of ["output", "rejected"]) delete entry[key];
    if (panic) entry.panic = panic.text.slice("panic: ".length);
    else entry.exit = ending.code;
  } else {
    entry.logs = lines.length ? lines : undefined;
  }
  return JSON.stringify(entry);
}

function returned(result) {
  if (result === undefined || result === null) return { output: null };
  if (result instanceof Error) return { error: result.message };
  if (result instanceof Uint8Array) {
    const bytes = Buffer.from(result);
    return bytes.equals(Buffer.from(bytes.toString())) ? short(bytes.toString()) : { outputHex: bytes.toString("hex") };
  }
  return short(typeof result === "string" ? result : JSON.stringify(result));
}

function short(output) {
  const bytes = Buffer.from(output);
  if (bytes.length <= 1000) return { output };
  return { outputSha256: createHash("sha256").update(bytes).digest("hex"), outputBytes: bytes.length };
}

const sections = [];
for (const version of VERSIONS) {
  const path = `functions-${version}.wasm`;
  const module = new WebAssembly.Module(readFileSync(new URL(path, here)));
  const calls = [];
  for (const [name, [take, inputs]] of Object.entries(FUNCTIONS)) {
    for (const input of inputs) calls.push(await call(version, module, name, take, input));
  }
  sections.push(`  ${JSON.stringify(path)}: [\n    ${calls.join(",\n    ")}\n  ]`);
  process.stdout.write(`${path}: ${calls.length} calls\n`);
}
writeFileSync(new URL("expected.json", here), `{\n${sections.join(",\n")}\n}\n`);
process.exit(0);
