// Asks every saved case of a bundle by HTTP of four answerers and compares status and JSON.
//
//   node answers.mjs BUNDLE COMPONENTS      with $WORKBENCH, $WASMTIME and $JCO

import { spawn, execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import { createServer } from "node:net";
import path from "node:path";

const [bundle, components] = process.argv.slice(2);
const { WORKBENCH, WASMTIME, JCO } = process.env;
const run = promisify(execFile);
const began = [];
process.on("exit", () => began.forEach((child) => child.kill()));

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

// Starts a server and waits until it takes connections.
async function serve(program, args, port) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr.on("data", (data) => (words = (words + data).slice(-4000)));
  began.push(child);
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (child.exitCode !== null) break;
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return `http://127.0.0.1:${port}`;
    } catch {
      await new Promise((later) => setTimeout(later, 100));
    }
  }
  throw new Error(`${path.basename(program)} ${args[0]} does not serve: ${words}`);
}

async function askByHttp(address, { method, target, body }) {
  const response = await fetch(address + target, { method, body, headers: { "content-type": "application/json" } });
  const text = await response.text();
  return { status: response.status, json: parsed(text) };
}

async function askTheWorkbench({ method, target, body }) {
  const args = ["request", bundle, method, target, "--format", "json"];
  if (body !== undefined) args.push("--body", body);
  // The exit status says how the function ended; the answer is on standard output in any case.
  const { stdout } = await run(WORKBENCH, args, { maxBuffer: 1 << 26 }).catch((error) => error);
  const answer = JSON.parse(stdout);
  return { status: answer.status, json: answer.body };
}

// What differs between the workbench's answer and that of an address; nothing where they are equal. Answers that tell the
// time differ when the second ends between the two: both are asked again then.
async function compared(request, address) {
  let difference;
  for (let attempt = 0; attempt < 3; attempt++) {
    const [expected, answer] = [await askTheWorkbench(request), await askByHttp(address, request)];
    if (isDeepStrictEqual(answer, expected)) return undefined;
    difference = { expected, answer };
  }
  return difference;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// The requests that call a function with an input: path parameters are taken out of it. GET and HEAD have no body in fetch, so
// their inputs become queries.
function requestFor(method, template, input) {
  const rest = typeof input === "object" && input !== null && !Array.isArray(input) ? { ...input } : input;
  let target = template.replace(/\{([^}]+)\}/g, (_, name) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(typeof value === "string" ? value : "1");
  });
  if (method !== "GET") return { method, target, body: JSON.stringify(rest) };
  const query = new URLSearchParams(Object.entries(rest).map(([key, value]) => [key, String(value)]));
  return { method, target: query.size ? `${target}?${query}` : target };
}

async function requests() {
  const openapi = JSON.parse(await readFile(path.join(components, "openapi.json"), "utf8"));
  const found = [];
  for (const [template, methods] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [, service, name] = (operation["x-priostack-function"] ?? "").split(":");
      if (name === undefined) continue;
      const folder = path.join(bundle, ".workbench/cases", service, name);
      for (const file of (await readdir(folder).catch(() => [])).sort()) {
        if (!file.endsWith(".json")) continue;
        const { input } = JSON.parse(await readFile(path.join(folder, file), "utf8"));
        const request = requestFor(method.toUpperCase(), template, input);
        found.push({ service, name: `${operation.operationId} ${path.basename(file, ".json")}`, request });
      }
    }
  }
  return found;
}

// What requests that no function answers look like: status, code of the error and the methods that would be answered.
async function probe(address, { method, target, body }) {
  const response = await fetch(address + target, { method, body });
  const error = parsed(await response.text())?.error;
  return { status: response.status, code: error?.code, allow: response.headers.get("allow") };
}

// Such requests around an endpoint that takes a body.
function probes(target) {
  const inner = target.replace(/\/+$/, "");
  return [
    { method: "POST", target: `${inner}/no/such/place`, body: "{}" },
    { method: "PATCH", target, body: "{}" },
    { method: "OPTIONS", target },
    { method: "HEAD", target: `${inner}/no/such/place` },
    { method: "POST", target, body: "{" },
  ];
}

async function version(program, args) {
  return (await run(program, args)).stdout.trim();
}

async function main() {
  const report = JSON.parse(await readFile(path.join(components, "report.json"), "utf8"));
  const all = await requests();
  const port = await freePort();
  const gateway = await serve(WORKBENCH, ["serve", bundle, "--port", String(port)], port);
  const jco = JSON.parse(await readFile(path.join(JCO, "package.json"), "utf8"));
  console.log("| service | saved cases by HTTP | `request` = `serve` | = `wasmtime serve` | = `jco serve` | refusals, both as `serve` |");
  console.log("|---|---|---|---|---|---|");
  const differences = [];
  for (const { service, component, reasons } of report.services) {
    const own = all.filter((request) => request.service === service);
    if (!component) {
      console.log(`| ${service} | ${own.length} | not exported: ${reasons[0].message} | | | |`);
      continue;
    }
    const file = path.join(components, `${service}.wasm`);
    const [one, other] = [await freePort(), await freePort()];
    const allow = component.tablesPerModule > 1 ? ["-O", `pooling-max-tables-per-module=${component.tablesPerModule}`] : [];
    const wasmtime = await serve(WASMTIME, ["serve", ...allow, "--addr", `127.0.0.1:${one}`, file], one);
    const node = await serve(process.execPath, [path.join(JCO, "dist/jco.js"), "serve", "--port", String(other), file], other);
    const equal = { gateway: 0, wasmtime: 0, jco: 0 };
    for (const { name, request } of own) {
      for (const [who, address] of Object.entries({ gateway, wasmtime, jco: node })) {
        const difference = await compared(request, address);
        if (difference === undefined) equal[who] += 1;
        else differences.push({ service, name, who, request, ...difference });
      }
    }
    let refused = 0;
    const refusals = probes(own.find(({ request }) => request.method === "POST").request.target);
    for (const request of refusals) {
      const expected = await probe(gateway, request);
      const answers = [await probe(wasmtime, request), await probe(node, request)];
      if (answers.every((answer) => isDeepStrictEqual(answer, expected))) refused += 1;
      else differences.push({ service, request: { ...request, body: request.body?.slice(0, 9) }, expected, answers });
    }
    const cells = Object.values(equal).map((count) => `${count} of ${own.length}`);
    console.log(`| ${service} | ${own.length} | ${cells.join(" | ")} | ${refused} of ${refusals.length} |`);
  }
  console.log(`\n${await version(WORKBENCH, ["--version"])}, ${await version(WASMTIME, ["--version"])}, jco ${jco.version} on node ${process.version}\n`);
  for (const difference of differences) console.error(JSON.stringify(difference));
  return differences.length === 0 ? 0 : 1;
}

const status = await main().catch((error) => (console.error(error), 1));
process.exit(status);
