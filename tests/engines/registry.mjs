// Pushes the OCI image layouts of an export to a registry on this machine, reads them back and compares the digests.
//
//   node registry.mjs LAYOUTS STORAGE

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { createServer } from "node:net";
import path from "node:path";

const [layouts, storage] = process.argv.slice(2);
const run = promisify(execFile);

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function main(port) {
  console.log("| image | pushed and read back | component's digest |");
  console.log("|---|---|---|");
  let status = 0;
  for (const entry of await readdir(layouts, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const layout = path.join(layouts, entry.name);
    const index = JSON.parse(await readFile(path.join(layout, "index.json"), "utf8"));
    const [manifest] = index.manifests;
    const tag = manifest.annotations["org.opencontainers.image.ref.name"];
    const image = `docker://127.0.0.1:${port}/shop/${entry.name}:${tag}`;
    await run("skopeo", ["copy", "--dest-tls-verify=false", `oci:${layout}:${tag}`, image]);
    const raw = (await run("skopeo", ["inspect", "--raw", "--tls-verify=false", image], { encoding: "buffer" })).stdout;
    const digest = `sha256:${createHash("sha256").update(raw).digest("hex")}`;
    const back = path.join(storage, `${entry.name}-back`);
    await run("skopeo", ["copy", "--src-tls-verify=false", image, `oci:${back}:${tag}`]);
    const [layer] = JSON.parse(raw).layers;
    const bytes = await readFile(path.join(back, "blobs/sha256", layer.digest.split(":")[1]));
    const component = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const same = digest === manifest.digest && component === layer.digest;
    if (!same) status = 1;
    console.log(`| ${entry.name}:${tag} | ${same ? "equal" : "DIFFERENT"}, ${layer.mediaType} | \`${component.slice(0, 19)}...\` |`);
  }
  return status;
}

const port = await freePort();
await mkdir(storage, { recursive: true });
const config = path.join(storage, "config.yml");
const lines = ["version: 0.1", "storage:", "  filesystem:", `    rootdirectory: ${storage}/data`, "http:", `  addr: 127.0.0.1:${port}`];
await writeFile(config, `${lines.join("\n")}\n`);
const registry = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
process.on("exit", () => registry.kill());
for (let attempt = 0; attempt < 100; attempt++) {
  const ready = await fetch(`http://127.0.0.1:${port}/v2/`).then((answer) => answer.ok).catch(() => false);
  if (ready) break;
  await new Promise((later) => setTimeout(later, 100));
}
const status = await main(port).catch((error) => (console.error(error), 1));
process.exit(status);
