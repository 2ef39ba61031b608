// Everything that the compiler 0.19 knows, and what its loader for JavaScript wants to be told.

export * from "./host";
export * from "./shapes";
export * from "./trouble";

export const UINT8ARRAY_ID = idof<Uint8Array>();
export const STATICARRAY_ID = idof<StaticArray<u8>>();
