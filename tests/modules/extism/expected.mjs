// Calls the functions of the test plug-ins with Extism's own host for Node.js 20 or later, and writes
// what came out into expected.json. A host of another kind has to come to the same answers. The form
// is that of ../expected.json.
//
// That host ignores the code that a function returns, so `code_alone` is left out.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import createPlugin from "@extism/extism";

const here = new URL("./", import.meta.url);

const INPUTS = [
  '{"email":"ada@example.com","name":"Ada Lovelace"}',
  '{"email":"zoë@bücher.example","name":"Zoë 😀 \\u0000 \\ud83d\\ude00"}',
  '{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}',
  " [1, 2] ",
  "null",
  "[]",
  '""',
  "",
];
const LARGE = { start: '{"text":"', repeat: "é😀", times: 180000, end: '"}' };
const DEEP = { start: "[", repeat: "[1],", times: 3000, end: "0]" };
const NESTED = { start: '{"a":', repeat: "[", times: 200, end: "]".repeat(200) + "}" };
const ALL = [...INPUTS, LARGE, DEEP, NESTED];

const FUNCTIONS = {
  bytes_to_bytes: ALL,
  text_to_text: ALL,
  echo: ALL,
  bytes_or_error: ALL,
  bytes_or_code: INPUTS,
  no_input: [""],
  no_output: INPUTS,
  nothing_at_all: INPUTS,
  count_calls: [""],
  keep_in_variables: ['"kept"', '"Zoë 😀"'],
  read_configuration: ['"key"'],
  log_at_every_level: ['"Zoë 😀"', '""'],
  big_output: ["2", "40", "1000000"],
  flood_the_log: ["3"],
  output_that_is_not_json: [""],
  output_that_is_not_utf8: [""],
  panic_with_input: ['""'],
};

/** Functions of the kernel that are younger than this host. */
const NEWER = { "extism:host/env": { http_headers: () => 0n, get_log_level: () => 0 } };

let logs = [];
const logger = Object.fromEntries(
  ["trace", "debug", "info", "warn", "error"].map((level) => [
    level,
    (text) => logs.push({ level: level === "trace" ? "debug" : level, text }),
  ]),
);

function described(result) {
  const bytes = result === null ? Buffer.alloc(0) : Buffer.from(result.bytes());
  if (bytes.length === 0) return { output: null };
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
  // A stack of Rust may follow the text.
  return { error: error.message.replace("Plugin-originated error: ", "").split("\n\nStack")[0] };
}

async function call(wasm, name, input) {
  const isRule = typeof input === "object";
  const entry = { function: name, ...(isRule ? { rule: input } : { input }) };
  const whole = isRule ? input.start + input.repeat.repeat(input.times) + input.end : input;
  const plugin = await createPlugin({ wasm: [{ data: wasm }] }, { logger, functions: NEWER });
  logs = [];
  try {
    Object.assign(entry, described(await plugin.call(name, new TextEncoder().encode(whole))));
  } catch (error) {
    Object.assign(entry, failure(error));
  }
  await plugin.close();
  if (logs.length > 0) entry.logs = logs;
  return JSON.stringify(entry);
}

const sections = [];
for (const version of ["1.0.0", "1.4.1"]) {
  const file = `plugin-${version}.wasm`;
  const wasm = new Uint8Array(readFileSync(new URL(file, here)));
  const calls = [];
  for (const [name, inputs] of Object.entries(FUNCTIONS)) {
    for (const input of inputs) calls.push(await call(wasm, name, input));
  }
  sections.push(`  "extism/${file}": [\n    ${calls.join(",\n    ")}\n  ]`);
  process.stdout.write(`${file}: ${calls.length} calls\n`);
}
writeFileSync(new URL("expected.json", here), `{\n${sections.join(",\n")}\n}\n`);
