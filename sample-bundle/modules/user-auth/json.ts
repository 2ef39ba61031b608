// A JSON value in memory, and how it is written. Numbers keep the text they were read from, so that
// a value passes through unchanged. Reading is in json-reader.ts.

export enum JsonKind { Null, Bool, Number, Text, List, Object }

// What every value that is no list, or no object, has in common.
const NO_ITEMS = new Array<Json>();
const NO_FIELDS = new Map<string, Json>();

export class Json {
  /** The text of a string, or a number as written. */
  readonly content: string;
  readonly isTrue: bool;
  readonly items: Array<Json>;
  /** In the order of their first appearance; a name that appears twice keeps its last value. */
  readonly fields: Map<string, Json>;

  private constructor(readonly kind: JsonKind, content: string = "", isTrue: bool = false) {
    this.content = content;
    this.isTrue = isTrue;
    this.items = kind == JsonKind.List ? new Array<Json>() : NO_ITEMS;
    this.fields = kind == JsonKind.Object ? new Map<string, Json>() : NO_FIELDS;
  }

  static null(): Json { return new Json(JsonKind.Null); }
  static bool(value: bool): Json { return new Json(JsonKind.Bool, "", value); }
  static text(value: string): Json { return new Json(JsonKind.Text, value); }
  static integer(value: i64): Json { return new Json(JsonKind.Number, value.toString()); }
  /** `written` must be a JSON number. */
  static number(written: string): Json { return new Json(JsonKind.Number, written); }
  static list(): Json { return new Json(JsonKind.List); }
  static object(): Json { return new Json(JsonKind.Object); }

  static texts(values: Array<string>): Json {
    const list = Json.list();
    for (let i = 0; i < values.length; i++) list.add(Json.text(values[i]));
    return list;
  }

  /** Adds to a list. */
  add(item: Json): Json {
    this.items.push(item);
    return this;
  }

  /** Sets a field of an object. */
  put(name: string, value: Json): Json {
    this.fields.set(name, value);
    return this;
  }

  /** The field, or null if this is no object or has no such field. */
  field(name: string): Json | null {
    return this.fields.has(name) ? this.fields.get(name) : null;
  }

  /** A number's value; NaN for anything else. */
  toNumber(): f64 {
    return this.kind == JsonKind.Number ? parseFloat(this.content) : NaN;
  }

  toString(): string {
    const parts = new Array<string>();
    this.write(parts);
    return parts.join("");
  }

  /** The value as JSON in UTF-8. */
  toBytes(): Uint8Array {
    return Uint8Array.wrap(String.UTF8.encode(this.toString()));
  }

  private write(parts: Array<string>): void {
    switch (this.kind) {
      case JsonKind.Null: { parts.push("null"); break; }
      case JsonKind.Bool: { parts.push(this.isTrue ? "true" : "false"); break; }
      case JsonKind.Number: { parts.push(this.content); break; }
      case JsonKind.Text: { writeText(this.content, parts); break; }
      case JsonKind.List: { this.writeItems(parts); break; }
      case JsonKind.Object: { this.writeFields(parts); break; }
    }
  }

  private writeItems(parts: Array<string>): void {
    parts.push("[");
    for (let i = 0; i < this.items.length; i++) {
      if (i > 0) parts.push(",");
      this.items[i].write(parts);
    }
    parts.push("]");
  }

  private writeFields(parts: Array<string>): void {
    const names = this.fields.keys();
    parts.push("{");
    for (let i = 0; i < names.length; i++) {
      if (i > 0) parts.push(",");
      writeText(names[i], parts);
      parts.push(":");
      this.fields.get(names[i]).write(parts);
    }
    parts.push("}");
  }
}

function writeText(text: string, parts: Array<string>): void {
  parts.push("\"");
  let plainFrom = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 && unit != 0x22 && unit != 0x5C) continue;
    if (i > plainFrom) parts.push(text.substring(plainFrom, i));
    parts.push(escaped(unit));
    plainFrom = i + 1;
  }
  parts.push(text.substring(plainFrom));
  parts.push("\"");
}

function escaped(unit: i32): string {
  switch (unit) {
    case 0x22: return "\\\"";
    case 0x5C: return "\\\\";
    case 0x08: return "\\b";
    case 0x09: return "\\t";
    case 0x0A: return "\\n";
    case 0x0C: return "\\f";
    case 0x0D: return "\\r";
  }
  return "\\u" + unit.toString(16).padStart(4, "0");
}
