// One function for each shape of parameters and results.

import { bytesOf, receipt } from "./receipt";

let calls = 0;

export function bytesToBytes(input: Uint8Array): Uint8Array {
  return bytesOf(receipt(input));
}

export function textToText(input: string): string {
  return receipt(bytesOf(input));
}

export function bufferToBuffer(input: ArrayBuffer): ArrayBuffer {
  return String.UTF8.encode(receipt(Uint8Array.wrap(input)));
}

export function staticArrayToStaticArray(input: StaticArray<u8>): StaticArray<u8> {
  const bytes = new Uint8Array(input.length);
  for (let i = 0; i < input.length; i++) bytes[i] = input[i];
  const answer = bytesOf(receipt(bytes));
  const output = new StaticArray<u8>(answer.length);
  for (let i = 0; i < answer.length; i++) output[i] = answer[i];
  return output;
}

export function bytesToText(input: Uint8Array): string {
  return receipt(input);
}

export function textToBytes(input: string): Uint8Array {
  return bytesOf(receipt(bytesOf(input)));
}

/** Gives back the very object it was given. */
export function echo(input: Uint8Array): Uint8Array {
  return input;
}

export function echoText(input: string): string {
  return input;
}

/** Gives the input back as a view into the middle of a larger buffer. */
export function echoAsPartOfBuffer(input: Uint8Array): Uint8Array {
  const larger = new Uint8Array(input.length + 16).fill(0x21);
  larger.set(input, 8);
  return larger.subarray(8, 8 + input.length);
}

/** Null for input that does not begin like a JSON object. */
export function bytesOrNull(input: Uint8Array): Uint8Array | null {
  return input.length > 0 && input[0] == 0x7B ? bytesOf(receipt(input)) : null;
}

export function textOrNull(input: string): string | null {
  return input.startsWith("{") ? receipt(bytesOf(input)) : null;
}

export function noInput(): Uint8Array {
  return bytesOf(receipt(new Uint8Array(0)));
}

export function noOutput(input: Uint8Array): void {
  receipt(input);
}

/** Takes numbers only: there is no way to hand JSON to it. */
export function addNumbers(one: f64, other: i32): f64 {
  return one + <f64>other;
}

/** How often this instance was asked: a host that makes a fresh one for each call always gets 1. */
export function countCalls(): Uint8Array {
  calls++;
  return bytesOf('{"calls":' + calls.toString() + "}");
}
