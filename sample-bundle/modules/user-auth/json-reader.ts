// Reads JSON (RFC 8259) from UTF-8 bytes and refuses everything that is not: junk after the value,
// invalid UTF-8, lone surrogates, control characters in strings, numbers such as 01 or 1., and
// nesting that could exhaust the stack. It never throws: what is wrong stands in `error`.

import { Json } from "./json";

const DEEPEST_NESTING = 128;

/** A value, or what is wrong and at which byte. */
export class JsonDocument {
  constructor(readonly value: Json, readonly error: string) {}

  get isWrong(): bool { return this.error.length > 0; }
}

export function readJson(bytes: Uint8Array): JsonDocument {
  const reader = new Reader(bytes);
  const value = reader.document();
  return new JsonDocument(value, reader.error);
}

// After the first error every method returns at once with a value that nobody will look at.
class Reader {
  error: string = "";
  private at: i32 = 0;
  private depth: i32 = 0;

  constructor(private bytes: Uint8Array) {}

  document(): Json {
    this.skipSpace();
    const value = this.value();
    this.skipSpace();
    if (this.at < this.bytes.length) this.fail("expected the end of the input");
    return value;
  }

  private value(): Json {
    const byte = this.peek();
    switch (byte) {
      case 0x7B: return this.object();
      case 0x5B: return this.list();
      case 0x22: return Json.text(this.text());
      case 0x74: return this.word("true", Json.bool(true));
      case 0x66: return this.word("false", Json.bool(false));
      case 0x6E: return this.word("null", Json.null());
    }
    if (byte == 0x2D || isDigit(byte)) return this.number();
    return this.fail("expected a value");
  }

  private object(): Json {
    const object = Json.object();
    if (!this.enter()) return object;
    if (this.accept(0x7D)) return this.leave(object);
    do {
      this.skipSpace();
      if (this.peek() != 0x22) return this.fail("expected a field name in quotes");
      const name = this.text();
      this.skipSpace();
      if (!this.accept(0x3A)) return this.fail("expected a colon");
      this.skipSpace();
      object.put(name, this.value());
      this.skipSpace();
    } while (this.accept(0x2C));
    if (!this.accept(0x7D)) return this.fail("expected a comma or a closing brace");
    return this.leave(object);
  }

  private list(): Json {
    const list = Json.list();
    if (!this.enter()) return list;
    if (this.accept(0x5D)) return this.leave(list);
    do {
      this.skipSpace();
      list.add(this.value());
      this.skipSpace();
    } while (this.accept(0x2C));
    if (!this.accept(0x5D)) return this.fail("expected a comma or a closing bracket");
    return this.leave(list);
  }

  private enter(): bool {
    if (++this.depth > DEEPEST_NESTING) {
      this.fail("nested too deeply");
      return false;
    }
    this.at++;
    this.skipSpace();
    return true;
  }

  private leave(value: Json): Json {
    this.depth--;
    return value;
  }

  private word(word: string, value: Json): Json {
    for (let i = 0; i < word.length; i++) {
      if (!this.accept(word.charCodeAt(i))) return this.fail("expected " + word);
    }
    return value;
  }

  private number(): Json {
    const start = this.at;
    this.accept(0x2D);
    if (!this.accept(0x30) && !this.digits()) return this.fail("expected a digit");
    if (this.accept(0x2E) && !this.digits()) return this.fail("expected a digit");
    if (this.accept(0x65) || this.accept(0x45)) {
      if (!this.accept(0x2B)) this.accept(0x2D);
      if (!this.digits()) return this.fail("expected a digit");
    }
    return Json.number(String.UTF8.decodeUnsafe(this.bytes.dataStart + start, this.at - start));
  }

  /** At least one digit. */
  private digits(): bool {
    const start = this.at;
    while (isDigit(this.peek())) this.at++;
    return this.at > start;
  }

  private text(): string {
    this.at++;
    // A character never has more UTF-16 units than it has bytes here.
    const units = new StaticArray<u16>(this.lengthOfText());
    let count = 0;
    while (!this.accept(0x22)) {
      const point = this.accept(0x5C) ? this.escape() : this.character();
      if (point < 0) return "";
      if (point > 0xFFFF) {
        units[count++] = <u16>(0xD800 + ((point - 0x10000) >> 10));
        units[count++] = <u16>(0xDC00 + ((point - 0x10000) & 0x3FF));
      } else {
        units[count++] = <u16>point;
      }
    }
    return String.UTF16.decodeUnsafe(changetype<usize>(units), <usize>count << 1);
  }

  /** Bytes up to the closing quote, or to the end if there is none. */
  private lengthOfText(): i32 {
    let end = this.at;
    while (end < this.bytes.length && this.bytes[end] != 0x22) {
      end += this.bytes[end] == 0x5C ? 2 : 1;
    }
    return min(end, this.bytes.length) - this.at;
  }

  /** The code point after a backslash, or -1. */
  private escape(): i32 {
    const byte = this.peek();
    this.at++;
    switch (byte) {
      case 0x22: case 0x5C: case 0x2F: return byte;
      case 0x62: return 0x08;
      case 0x66: return 0x0C;
      case 0x6E: return 0x0A;
      case 0x72: return 0x0D;
      case 0x74: return 0x09;
      case 0x75: return this.unicodeEscape();
    }
    this.at--;
    return this.refuse("unknown escape");
  }

  private unicodeEscape(): i32 {
    const unit = this.fourHexDigits();
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    if (unit > 0xDBFF || !this.accept(0x5C) || !this.accept(0x75)) {
      return this.refuse("half of a surrogate pair");
    }
    const low = this.fourHexDigits();
    if (low < 0) return low;
    if (low < 0xDC00 || low > 0xDFFF) return this.refuse("half of a surrogate pair");
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }

  private fourHexDigits(): i32 {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = hexDigit(this.peek());
      if (digit < 0) return this.refuse("expected four hexadecimal digits");
      unit = (unit << 4) | digit;
      this.at++;
    }
    return unit;
  }

  /** The code point of one character in UTF-8 (RFC 3629, section 4), or -1. */
  private character(): i32 {
    const first = this.peek();
    if (first < 0) return this.refuse("expected a closing quote");
    if (first < 0x20) return this.refuse("control character in a string");
    this.at++;
    if (first < 0x80) return first;
    if (first >= 0xC2 && first <= 0xDF) return this.tail(first & 0x1F, 1, 0x80, 0xBF);
    if (first >= 0xE0 && first <= 0xEF) {
      return this.tail(first & 0x0F, 2, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    }
    if (first >= 0xF0 && first <= 0xF4) {
      return this.tail(first & 0x07, 3, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    }
    this.at--;
    return this.refuse("invalid UTF-8");
  }

  /** Adds `count` continuation bytes; the first of them lies between `low` and `high`. */
  private tail(bits: i32, count: i32, low: i32, high: i32): i32 {
    for (let i = 0; i < count; i++) {
      const byte = this.peek();
      if (byte < (i == 0 ? low : 0x80) || byte > (i == 0 ? high : 0xBF)) {
        return this.refuse("invalid UTF-8");
      }
      bits = (bits << 6) | (byte & 0x3F);
      this.at++;
    }
    return bits;
  }

  /** The next byte, or -1 at the end and after an error. */
  private peek(): i32 {
    if (this.error.length > 0 || this.at >= this.bytes.length) return -1;
    return this.bytes[this.at];
  }

  private accept(byte: i32): bool {
    if (this.peek() != byte) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    let byte = this.peek();
    while (byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D) {
      this.at++;
      byte = this.peek();
    }
  }

  private fail(problem: string): Json {
    if (this.error.length == 0) {
      this.error = "the input is not JSON: " + problem + " at byte " + this.at.toString();
    }
    return Json.null();
  }

  private refuse(problem: string): i32 {
    this.fail(problem);
    return -1;
  }
}

function isDigit(byte: i32): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function hexDigit(byte: i32): i32 {
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
