// The clock that came with 0.20.

import { bytesOf } from "./receipt";

/** Milliseconds since a moment of the host's choice. */
export function timeOfPerformance(): Uint8Array {
  const earlier = performance.now();
  const later = performance.now();
  return bytesOf('{"milliseconds":' + later.toString()
    + ',"forward":' + (later >= earlier ? "true" : "false") + "}");
}
