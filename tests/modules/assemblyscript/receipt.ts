// What the functions answer to say that their input arrived whole: its length and its CRC-32, the
// same text as from the Rust module.

export function receipt(bytes: Uint8Array): string {
  return '{"bytes":' + bytes.length.toString() + ',"crc32":' + crc32(bytes).toString() + "}";
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

export function textOf(bytes: Uint8Array): string {
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.byteLength);
}

function crc32(bytes: Uint8Array): u32 {
  let crc: u32 = 0xFFFFFFFF;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= <u32>bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}
