// Calls the functions of the test modules and of the sample bundle with the JavaScript glue that
// their own toolchains made (build.sh keeps it in build/glue), under Node.js 20 or later, and writes
// what came out into expected.json. A host without that glue has to come to the same answers.
//
// expected.json maps each module's path to its calls. A call names its `function` and its `input`,
// or the `rule` for a large one: `start`, then `repeat` as often as `times`, then `end`. One of
// these follows:
//   output        the text that came out; null if nothing did (no result, None, null, undefined)
//   outputHex     bytes that are not UTF-8
//   outputSha256  of a long output, with its length in `outputBytes`
//   error         the text of what was thrown: by an Err, by throw, by abort
//   trap          what made WebAssembly itself stop: unreachable
// and `logs` lists the lines on the console, each with its level. Every call has its own instance.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as loader from "./assemblyscript/node_modules/loader-0.19/index.js";

const here = new URL("./", import.meta.url);

// How a function takes its input.
const BYTES = (text) => [new TextEncoder().encode(text)];
const TEXT = (text) => [text];
const NOTHING = () => [];

const ADA = '{"email":"ada@example.com","name":"Ada Lovelace"}';
const INPUTS = [
  ADA,
  '{"email":"zoë@bücher.example","name":"Zoë 😀 \\u0000 \\ud83d\\ude00"}',
  '{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}',
  '{"email":"ada@example.com"',
  "[]",
  "",
];
const LARGE = { start: '{"text":"', repeat: "é😀", times: 20000, end: '"}' };
/** Enough to make a small memory grow while the input is handed over. */
const LARGER = { start: '"', repeat: "x", times: 3000000, end: '"' };

const RUST = {
  bytes_to_bytes: [BYTES, [...INPUTS, LARGE, LARGER]],
  text_to_text: [TEXT, [...INPUTS, LARGE]],
  owned_bytes_to_bytes: [BYTES, INPUTS],
  owned_text_to_text: [TEXT, INPUTS],
  boxed_bytes_to_boxed_bytes: [BYTES, INPUTS],
  echo: [BYTES, [...INPUTS, LARGE, LARGER]],
  echo_owned: [BYTES, [...INPUTS, LARGER]],
  optional_bytes: [BYTES, INPUTS],
  optional_text: [TEXT, INPUTS],
  bytes_or_js_value: [BYTES, INPUTS],
  bytes_or_js_error: [BYTES, INPUTS],
  text_or_text: [TEXT, INPUTS],
  bytes_or_number: [BYTES, [ADA, "[]"]],
  nothing_or_js_value: [BYTES, [ADA, "[]"]],
  nothing_or_js_error: [BYTES, [ADA, "[]"]],
  no_input: [NOTHING, [ADA]],
  no_output: [BYTES, [ADA]],
  js_value_to_same_js_value: [TEXT, INPUTS],
  js_value_to_js_value: [TEXT, INPUTS],
  uint8_array_to_uint8_array: [BYTES, [...INPUTS, LARGE]],
  was_started: [NOTHING, [ADA]],
  count_calls: [NOTHING, [ADA]],
  log_at_every_level: [TEXT, [ADA]],
  log_own_declaration: [TEXT, [ADA, '{"name":"Zoë 😀"}']],
  log_several_values: [NOTHING, [ADA]],
  panic_with_input: [TEXT, ["", '{"name":"Zoë 😀"}']],
  throw_input: [TEXT, ["{}", '{"name":"Zoë 😀"}']],
  big_output: [TEXT, ["2", "40", "1000000"]],
  flood_the_log: [TEXT, ["3"]],
  output_that_is_not_utf8: [NOTHING, [ADA]],
  output_that_is_not_json: [NOTHING, [ADA]],
  output_without_bytes: [NOTHING, [ADA]],
};

const ASSEMBLYSCRIPT = {
  bytesToBytes: [BYTES, [...INPUTS, LARGE, LARGER]],
  textToText: [TEXT, [...INPUTS, LARGE]],
  bufferToBuffer: [BYTES, INPUTS, "ArrayBuffer"],
  staticArrayToStaticArray: [BYTES, INPUTS, "StaticArray"],
  bytesToText: [BYTES, INPUTS, "text"],
  textToBytes: [TEXT, INPUTS, "Uint8Array"],
  echo: [BYTES, [...INPUTS, LARGE, LARGER]],
  echoText: [TEXT, [...INPUTS, LARGE]],
  echoAsPartOfBuffer: [BYTES, [...INPUTS, LARGE]],
  bytesOrNull: [BYTES, INPUTS],
  textOrNull: [TEXT, INPUTS],
  noInput: [NOTHING, [ADA], "Uint8Array"],
  noOutput: [BYTES, [ADA], "nothing"],
  countCalls: [NOTHING, [ADA], "Uint8Array"],
  logAtEveryLevel: [TEXT, [ADA]],
  traceNumbers: [TEXT, ["counting", "Zoë 😀"]],
  floodTheLog: [TEXT, ["3"]],
  abortWithInput: [BYTES, ["", "{}", '{"name":"Zoë 😀"}']],
  failAssertion: [BYTES, [ADA]],
  readOutOfRange: [BYTES, [ADA]],
  churnGarbage: [TEXT, ["10", "20000"]],
  bigOutput: [TEXT, ["2", "40", "1000000"], "Uint8Array"],
  outputThatIsNotUtf8: [NOTHING, [ADA], "Uint8Array"],
  outputThatIsNotJson: [NOTHING, [ADA], "Uint8Array"],
  outputWithoutBytes: [NOTHING, [ADA], "Uint8Array"],
};

const USER_SERVICE = {
  create_user: [BYTES, [...INPUTS, LARGE]],
  validate_user_data: [BYTES, [...INPUTS, LARGE]],
};

const FIXED_TOKEN_REQUEST =
  '{"userId":"Zoë 😀","roles":["customer","editor"],"issuedAt":1700000000,"lifetimeSeconds":60}';
const USER_AUTH = {
  issueToken: [BYTES, [FIXED_TOKEN_REQUEST, ...INPUTS]],
  verifyToken: [BYTES, ['{"token":"abc","at":1}', ...INPUTS]],
  checkPassword: [
    BYTES,
    ['{"password":"Tr0ub4dor&3","name":"Ada"}', '{"password":"пароль из слов 😀"}', ...INPUTS],
  ],
};

/** A few functions of a module without the runtime that glue needs: the same source has it. */
const BYTES_ONLY = { bytesToBytes: [BYTES, INPUTS], echo: [BYTES, INPUTS], textToText: [TEXT, INPUTS] };

const MODULES = [
  ["rust/shapes-0.2.130.wasm", wasmBindgen("shapes-0.2.130"), RUST],
  ["rust/shapes-0.2.130-mvp.wasm", wasmBindgen("shapes-0.2.130-mvp"), RUST],
  ["rust/shapes-0.2.100.wasm", wasmBindgen("shapes-0.2.100"), RUST],
  ["rust/shapes-0.2.100-mvp.wasm", wasmBindgen("shapes-0.2.100-mvp"), RUST],
  ["rust/user-service-0.2.130-mvp.wasm", wasmBindgen("user-service-0.2.130-mvp"), USER_SERVICE],
  ["../../sample-bundle/wasm/user-service.wasm", wasmBindgen("user-service"), USER_SERVICE],
  ["../../sample-bundle/wasm/user-auth.wasm", bindings("user-auth"), USER_AUTH],
  ["assemblyscript/functions-0.19.wasm", withLoader, ASSEMBLYSCRIPT],
  ["assemblyscript/functions-0.21.wasm", bindings("functions-0.21"), ASSEMBLYSCRIPT],
  ["assemblyscript/functions-0.23.wasm", bindings("functions-0.23"), ASSEMBLYSCRIPT],
  ["assemblyscript/functions-0.24.wasm", bindings("functions-0.24"), ASSEMBLYSCRIPT],
  ["assemblyscript/functions-0.28.wasm", bindings("functions-0.28"), ASSEMBLYSCRIPT],
  ...["0.21-without-runtime", "0.28-without-runtime", "0.28-stub-runtime", "0.28-minimal-runtime"]
    .map((name) => [`assemblyscript/bytes-${name}.wasm`, standIn, BYTES_ONLY]),
];

/** The exports of a fresh instance, by what `wasm-bindgen --target web` wrote. */
function wasmBindgen(name) {
  let instances = 0;
  return async (module) => {
    // The glue keeps its instance in the module scope: another query makes another scope.
    const glue = await import(new URL(`build/glue/${name}.mjs?${instances++}`, here));
    glue.initSync({ module });
    return glue;
  };
}

/** The exports of a fresh instance, by what `asc --bindings raw` wrote. */
function bindings(name) {
  return async (module) => {
    const glue = await import(new URL(`build/glue/${name}.mjs`, here));
    const exports = await glue.instantiate(module, { env: {} });
    return {
      ...exports,
      bufferToBuffer: (bytes) => exports.bufferToBuffer(bytes.buffer),
    };
  };
}

async function standIn() {
  const bytes = readFileSync(new URL("assemblyscript/functions-0.28.wasm", here));
  return bindings("functions-0.28")(new WebAssembly.Module(bytes));
}

/** The exports of a fresh instance, by the loader that went with the compiler 0.19. */
async function withLoader(module) {
  const { exports } = await loader.instantiate(module, {
    Date,
    wasi_snapshot_preview1: wasi(() => exports.memory),
  });
  const adapted = {};
  for (const [name, [take, , returned]] of Object.entries(ASSEMBLYSCRIPT)) {
    adapted[name] = (...input) => {
      const shape = returned ?? (take === TEXT ? "text" : "Uint8Array");
      const pointers = input.map((value) => lower(exports, value, shape));
      return lift(exports, exports[name](...pointers), shape);
    };
  }
  return adapted;
}

function lower(exports, value, shape) {
  if (typeof value === "string") return exports.__newString(value);
  if (shape === "ArrayBuffer") return exports.__newArrayBuffer(value.buffer);
  if (shape !== "StaticArray") return exports.__newArray(exports.UINT8ARRAY_ID.value, value);
  const pointer = exports.__new(value.length, exports.STATICARRAY_ID.value);
  new Uint8Array(exports.memory.buffer).set(value, pointer);
  return pointer;
}

function lift(exports, pointer, shape) {
  if (shape === "nothing" || pointer === 0) return null;
  if (shape === "text") return exports.__getString(pointer);
  if (shape === "ArrayBuffer") return new Uint8Array(exports.__getArrayBuffer(pointer));
  if (shape === "Uint8Array") return Uint8Array.from(exports.__getUint8Array(pointer));
  const length = new Uint32Array(exports.memory.buffer)[(pointer - 4) >> 2];
  return new Uint8Array(exports.memory.buffer).slice(pointer, pointer + length);
}

/** The little of WASI that 0.19 needs for its console: whole lines written to descriptor 1 or 2. */
function wasi(memory) {
  const open = { 1: "", 2: "" };
  return {
    fd_write(descriptor, vectors, count, written) {
      const words = new Uint32Array(memory().buffer);
      let total = 0;
      for (let i = 0; i < count; i++) {
        const [start, length] = words.slice((vectors >> 2) + 2 * i, (vectors >> 2) + 2 * i + 2);
        open[descriptor] += new TextDecoder().decode(
          new Uint8Array(memory().buffer).slice(start, start + length),
        );
        total += length;
      }
      words[written >> 2] = total;
      const lines = open[descriptor].split("\n");
      open[descriptor] = lines.pop();
      for (const line of lines) log(descriptor === 1 ? "stdout" : "stderr", [line]);
      return 0;
    },
    random_get: () => 0,
    proc_exit(status) {
      throw new Error(`exit with status ${status}`);
    },
  };
}

let logs = [];

function log(level, values) {
  // What follows a panic's message is the stack as the JavaScript engine writes it.
  const text = values.map(String).join(" ").split("\n\nStack:")[0];
  logs.push({ level, text });
}

for (const level of ["debug", "log", "info", "warn", "error"]) {
  console[level] = (...values) => log(level, values);
}

function longText(rule) {
  return rule.start + rule.repeat.repeat(rule.times) + rule.end;
}

function described(result) {
  if (result === null || result === undefined) return { output: null };
  const bytes = typeof result === "string" ? Buffer.from(result) : Buffer.from(result);
  if (bytes.length > 1000) {
    const outputSha256 = createHash("sha256").update(bytes).digest("hex");
    return { outputBytes: bytes.length, outputSha256 };
  }
  try {
    return { output: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { outputHex: bytes.toString("hex") };
  }
}

function failure(error) {
  if (error instanceof WebAssembly.RuntimeError) return { trap: error.message };
  return { error: error instanceof Error ? error.message : String(error) };
}

async function call(instantiate, module, name, take, input) {
  const isRule = typeof input === "object";
  const entry = { function: name, ...(isRule ? { rule: input } : { input }) };
  const exports = await instantiate(module);
  logs = [];
  try {
    Object.assign(entry, described(exports[name](...take(isRule ? longText(input) : input))));
  } catch (error) {
    Object.assign(entry, failure(error));
  }
  if (logs.length > 0) entry.logs = logs;
  return JSON.stringify(entry);
}

const sections = [];
for (const [path, instantiate, functions] of MODULES) {
  const module = new WebAssembly.Module(readFileSync(new URL(path, here)));
  const calls = [];
  for (const [name, [take, inputs]] of Object.entries(functions)) {
    for (const input of inputs) calls.push(await call(instantiate, module, name, take, input));
  }
  sections.push(`  ${JSON.stringify(path)}: [\n    ${calls.join(",\n    ")}\n  ]`);
  process.stdout.write(`${path}: ${calls.length} calls\n`);
}
writeFileSync(new URL("expected.json", here), `{\n${sections.join(",\n")}\n}\n`);
