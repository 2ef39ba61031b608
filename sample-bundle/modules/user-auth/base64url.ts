// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5), as in tokens.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function encodeBase64Url(bytes: Uint8Array): string {
  const parts = new Array<string>();
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (<u32>bytes[i] << 16)
      | (left > 1 ? <u32>bytes[i + 1] << 8 : 0)
      | (left > 2 ? <u32>bytes[i + 2] : 0);
    parts.push(ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63));
    if (left > 1) parts.push(ALPHABET.charAt((group >> 6) & 63));
    if (left > 2) parts.push(ALPHABET.charAt(group & 63));
  }
  return parts.join("");
}

/** The bytes; null for a foreign character, an impossible length, or set bits that mean nothing. */
export function decodeBase64Url(text: string): Uint8Array | null {
  const rest = text.length & 3;
  if (rest == 1) return null;
  const bytes = new Uint8Array(((text.length >> 2) * 3) + (rest == 0 ? 0 : rest - 1));
  let group: u32 = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const value = valueOf(text.charCodeAt(i));
    if (value < 0) return null;
    group = (group << 6) | <u32>value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[count++] = <u8>(group >> bits);
      group &= (1 << bits) - 1;
    }
  }
  return group == 0 ? bytes : null;
}

function valueOf(unit: i32): i32 {
  if (unit >= 0x41 && unit <= 0x5A) return unit - 0x41;
  if (unit >= 0x61 && unit <= 0x7A) return unit - 0x61 + 26;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 52;
  if (unit == 0x2D) return 62;
  return unit == 0x5F ? 63 : -1;
}
