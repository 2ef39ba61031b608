// Functions that misbehave, each in one way. A host must survive all of them.

import { bytesOf, textOf } from "./receipt";

/** Throws the input; nothing can catch it inside the module. */
export function abortWithInput(input: Uint8Array): Uint8Array {
  throw new Error("told to abort: " + textOf(input));
}

export function failAssertion(input: Uint8Array): Uint8Array {
  assert(input.length < 0, "a length is never negative");
  return input;
}

export function readOutOfRange(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(1);
  output[0] = input[input.length];
  return output;
}

export function loopForEver(input: Uint8Array): Uint8Array {
  let turns = input.length;
  while (turns >= 0) turns = (turns + 1) & 0xFFFF;
  return input;
}

export function recurseForEver(input: Uint8Array): Uint8Array {
  return bytesOf(deeper(input.length).toString());
}

// Longer than its last line needs, so that no compiler turns the recursion into a loop.
function deeper(depth: i32): i32 {
  const below = deeper(depth + 1);
  return below % 7 == 0 ? below + depth : below - deeper(below);
}

/** Keeps all it allocates until there is no more. */
export function takeAllMemory(input: Uint8Array): Uint8Array {
  const kept = new Array<Uint8Array>();
  while (true) kept.push(new Uint8Array(1 << 20).fill(<u8>input.length));
  return input;
}

/** Drops what it allocates, as many KiB as the input says: the collector must keep up. */
export function churnGarbage(input: string): string {
  const times = <i32>parseInt(input);
  let total: i64 = 0;
  for (let i = 0; i < times; i++) total += new Uint8Array(1024).fill(1).length;
  return '{"bytes":' + total.toString() + "}";
}

/** A JSON text of as many bytes as the input says. */
export function bigOutput(input: string): Uint8Array {
  const output = new Uint8Array(max(2, <i32>parseInt(input))).fill(0x78);
  output[0] = 0x22;
  output[output.length - 1] = 0x22;
  return output;
}

export function outputThatIsNotUtf8(): Uint8Array {
  const output = new Uint8Array(4);
  output[0] = 0x22;
  output[1] = 0xC3;
  output[2] = 0x28;
  output[3] = 0x22;
  return output;
}

/** Half of a surrogate pair: a string that UTF-8 has no bytes for. */
export function textThatIsNotUnicode(): string {
  return '"' + String.fromCharCode(0xD800) + '"';
}

export function outputThatIsNotJson(): Uint8Array {
  return bytesOf("Hello, world");
}

export function outputWithoutBytes(): Uint8Array {
  return new Uint8Array(0);
}
