// A few functions without a need of the host, for builds with unusual options.

export { bytesToBytes, echo, textToText } from "./shapes";
