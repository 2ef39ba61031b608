// Calls the functions of the test components as `jco transpile` makes them run in Node.js 20 or later
// (build.sh keeps its output in build/glue), and writes what came out into expected.json. A host of
// another kind has to come to the same answers. The form is that of ../expected.json, and
//   error   is JSON where the error is an object: a record, or a case of a variant with what it holds
//
// Neither memory nor clock nor console is compared here: see tests/sandbox_component.rs.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";

const here = new URL("./", import.meta.url);
const glue = new URL("../build/glue/", import.meta.url);

// How a function takes its input.
const BYTES = (text) => [new TextEncoder().encode(text)];
const TEXT = (text) => [text];
const NOTHING = () => [];
const VALUE = (text) => [JSON.parse(text)];
const ORDER = (text) => [{ ...JSON.parse(text), id: BigInt(JSON.parse(text).id) }];

const INPUTS = [
  '{"email":"ada@example.com","name":"Ada Lovelace"}',
  '{"email":"zoë@bücher.example","name":"Zoë 😀 \\u0000 \\ud83d\\ude00"}',
  '{"list":[[[[{"deep":[1,2.5e-3,-0,null,true,{}]}]]]]}',
  " [1, 2] ",
  "null",
  "[]",
  '""',
];
const LARGE = { start: '{"text":"', repeat: "é😀", times: 180000, end: '"}' };
const DEEP = { start: "[", repeat: "[1],", times: 3000, end: "0]" };
const NESTED = { start: '{"a":', repeat: "[", times: 200, end: "]".repeat(200) + "}" };
const ALL = [...INPUTS, LARGE, DEEP, NESTED];

const ORDERS = [
  '{"id":7,"name":"Zoë 😀","lines":[["",0]],"gift":false,"note":"\\u0000"}',
  '{"id":9007199254740991,"name":"","lines":[],"gift":true}',
];

const SHAPES = {
  "bytes-to-bytes": [BYTES, ALL],
  "text-to-text": [TEXT, ALL],
  "bytes-to-text": [BYTES, INPUTS],
  "text-to-bytes": [TEXT, INPUTS],
  "bytes-or-text": [BYTES, ALL],
  "text-or-text": [TEXT, INPUTS],
  "bytes-or-bytes": [BYTES, INPUTS],
  "nothing-or-text": [BYTES, INPUTS],
  "bytes-or-variant": [BYTES, ALL],
  "text-or-record": [TEXT, ALL],
  "bytes-or-enum": [BYTES, INPUTS],
  "optional-text": [TEXT, INPUTS],
  "no-input": [NOTHING, [""]],
  "no-output": [BYTES, INPUTS],
  "number-to-number": [VALUE, ["0", "-2147483648", "2147483647"]],
  "order-to-order": [ORDER, ORDERS],
  "order-or-problem": [ORDER, ORDERS],
  "texts-to-number": [VALUE, ["[]", '["Zoë 😀",""]']],
};
const TROUBLE = {
  "big-output": [TEXT, ["2", "40", "1000000"]],
  "output-that-is-not-json": [NOTHING, [""]],
  "output-that-is-not-utf8": [NOTHING, [""]],
};
const USERS = { "create-user": [BYTES, ALL] };

const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** The functions of a fresh instance. */
function instantiate(name, module) {
  const core = (file) => new WebAssembly.Module(readFileSync(new URL(`${name}/${file}`, glue)));
  const exports = module.instantiate(core, new WASIShim().getImportObject());
  const { shapes, trouble, users } = exports;
  return { ...shapes, ...trouble, createUser: users.createUser, echo: exports.echo };
}

/** A value in the JSON that a reader of the interface expects. */
function plain(value) {
  if (value && typeof value === "object" && "tag" in value) {
    return "val" in value && value.val !== undefined ? { [value.tag]: plain(value.val) } : value.tag;
  }
  return value;
}

const text = (value) =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? JSON.rawJSON?.(part) ?? Number(part) : part));

function described(result) {
  if (result === null || result === undefined) return { output: null };
  const isText = typeof result === "string";
  const bytes = isText || result instanceof Uint8Array ? Buffer.from(result) : Buffer.from(text(result));
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
  const payload = plain(error.payload);
  if (payload instanceof Uint8Array) return { error: Buffer.from(payload).toString() };
  return { error: typeof payload === "string" ? payload : text(payload) };
}

function call(name, module, declared, take, input) {
  const isRule = typeof input === "object";
  const entry = { function: declared, ...(isRule ? { rule: input } : { input }) };
  const whole = isRule ? input.start + input.repeat.repeat(input.times) + input.end : input;
  const target = instantiate(name, module)[camel(declared)];
  const given = take(whole);
  try {
    // A record that misses an optional field is told in full by who gives it back.
    let result = target(...given);
    if (result && typeof result === "object" && "lines" in result) result = { ...result, note: result.note ?? null };
    Object.assign(entry, described(reordered(result)));
  } catch (error) {
    Object.assign(entry, failure(error));
  }
  return JSON.stringify(entry);
}

/** The fields of an order as the interface has them. */
function reordered(result) {
  if (!result || typeof result !== "object" || !("lines" in result)) return result;
  const { id, name, lines, note, gift } = result;
  return { id, name, lines, note, gift };
}

const sections = [];
for (const name of ["functions-0.30", "functions-of-a-host-0.63"]) {
  const module = await import(new URL(`${name}/${name}.js`, glue));
  const calls = [];
  for (const [declared, [take, inputs]] of Object.entries({ ...SHAPES, ...TROUBLE, ...USERS, echo: [BYTES, ALL] })) {
    for (const input of inputs) calls.push(call(name, module, declared, take, input));
  }
  sections.push(`  "component/${name}.wasm": [\n    ${calls.join(",\n    ")}\n  ]`);
  process.stdout.write(`${name}: ${calls.length} calls\n`);
}
writeFileSync(new URL("expected.json", here), `{\n${sections.join(",\n")}\n}\n`);
process.exit(0);
