/** Exported memory */
export declare const memory: WebAssembly.Memory;
// Exported runtime interface
export declare function __new(size: number, id: number): number;
export declare function __pin(ptr: number): number;
export declare function __unpin(ptr: number): void;
export declare function __collect(): void;
export declare const __rtti_base: number;
/**
 * host/timeNow
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function timeNow(): Uint8Array;
/**
 * host/randomNumbers
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function randomNumbers(): Uint8Array;
/**
 * host/randomBytes
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function randomBytes(): Uint8Array;
/**
 * host/logAtEveryLevel
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function logAtEveryLevel(input: string): string;
/**
 * host/traceNumbers
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function traceNumbers(input: string): string;
/**
 * host/floodTheLog
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function floodTheLog(input: string): string;
/**
 * host/exitProcess
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function exitProcess(input: Uint8Array): Uint8Array;
/**
 * performance/timeOfPerformance
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function timeOfPerformance(): Uint8Array;
/**
 * shapes/bytesToBytes
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function bytesToBytes(input: Uint8Array): Uint8Array;
/**
 * shapes/textToText
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function textToText(input: string): string;
/**
 * shapes/bufferToBuffer
 * @param input `~lib/arraybuffer/ArrayBuffer`
 * @returns `~lib/arraybuffer/ArrayBuffer`
 */
export declare function bufferToBuffer(input: ArrayBuffer): ArrayBuffer;
/**
 * shapes/staticArrayToStaticArray
 * @param input `~lib/staticarray/StaticArray<u8>`
 * @returns `~lib/staticarray/StaticArray<u8>`
 */
export declare function staticArrayToStaticArray(input: ArrayLike<number>): ArrayLike<number>;
/**
 * shapes/bytesToText
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/string/String`
 */
export declare function bytesToText(input: Uint8Array): string;
/**
 * shapes/textToBytes
 * @param input `~lib/string/String`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function textToBytes(input: string): Uint8Array;
/**
 * shapes/echo
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function echo(input: Uint8Array): Uint8Array;
/**
 * shapes/echoText
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function echoText(input: string): string;
/**
 * shapes/echoAsPartOfBuffer
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function echoAsPartOfBuffer(input: Uint8Array): Uint8Array;
/**
 * shapes/bytesOrNull
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array | null`
 */
export declare function bytesOrNull(input: Uint8Array): Uint8Array | null;
/**
 * shapes/textOrNull
 * @param input `~lib/string/String`
 * @returns `~lib/string/String | null`
 */
export declare function textOrNull(input: string): string | null;
/**
 * shapes/noInput
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function noInput(): Uint8Array;
/**
 * shapes/noOutput
 * @param input `~lib/typedarray/Uint8Array`
 */
export declare function noOutput(input: Uint8Array): void;
/**
 * shapes/addNumbers
 * @param one `f64`
 * @param other `i32`
 * @returns `f64`
 */
export declare function addNumbers(one: number, other: number): number;
/**
 * shapes/countCalls
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function countCalls(): Uint8Array;
/**
 * trouble/abortWithInput
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function abortWithInput(input: Uint8Array): Uint8Array;
/**
 * trouble/failAssertion
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function failAssertion(input: Uint8Array): Uint8Array;
/**
 * trouble/readOutOfRange
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function readOutOfRange(input: Uint8Array): Uint8Array;
/**
 * trouble/loopForEver
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function loopForEver(input: Uint8Array): Uint8Array;
/**
 * trouble/recurseForEver
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function recurseForEver(input: Uint8Array): Uint8Array;
/**
 * trouble/takeAllMemory
 * @param input `~lib/typedarray/Uint8Array`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function takeAllMemory(input: Uint8Array): Uint8Array;
/**
 * trouble/churnGarbage
 * @param input `~lib/string/String`
 * @returns `~lib/string/String`
 */
export declare function churnGarbage(input: string): string;
/**
 * trouble/bigOutput
 * @param input `~lib/string/String`
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function bigOutput(input: string): Uint8Array;
/**
 * trouble/outputThatIsNotUtf8
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function outputThatIsNotUtf8(): Uint8Array;
/**
 * trouble/textThatIsNotUnicode
 * @returns `~lib/string/String`
 */
export declare function textThatIsNotUnicode(): string;
/**
 * trouble/outputThatIsNotJson
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function outputThatIsNotJson(): Uint8Array;
/**
 * trouble/outputWithoutBytes
 * @returns `~lib/typedarray/Uint8Array`
 */
export declare function outputWithoutBytes(): Uint8Array;
