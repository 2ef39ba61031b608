// What a guest may ask of its host, in words that every compiler from 0.19 on understands.

import { bytesOf } from "./receipt";

/** Milliseconds since 1970. */
export function timeNow(): Uint8Array {
  return bytesOf('{"milliseconds":' + (<i64>Date.now()).toString() + "}");
}

/** From a generator that the host seeds, once. */
export function randomNumbers(): Uint8Array {
  return bytesOf('{"random":[' + Math.random().toString() + "," + Math.random().toString() + "]}");
}

/** 32 random bytes. */
export function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(32);
  crypto.getRandomValues(bytes);
  return bytesOf('{"random":[' + bytes.join(",") + "]}");
}

export function logAtEveryLevel(input: string): string {
  const rest = '","units":' + input.length.toString() + "}";
  console.debug('{"level":"debug' + rest);
  console.log('{"level":"log' + rest);
  console.info('{"level":"info' + rest);
  console.warn('{"level":"warn' + rest);
  console.error('{"level":"error' + rest);
  return '{"lines":5}';
}

/** A line with numbers beside it, by the compiler's own `trace`. */
export function traceNumbers(input: string): string {
  trace(input);
  trace(input, 2, 1, 2.5);
  return '{"lines":2}';
}

/** As many lines as the input says. */
export function floodTheLog(input: string): string {
  const lines = <i32>parseInt(input);
  for (let line = 0; line < lines; line++) console.log('{"line":' + line.toString() + "}");
  return '{"lines":' + lines.toString() + "}";
}

export function exitProcess(input: Uint8Array): Uint8Array {
  process.exit(3);
  return input;
}
