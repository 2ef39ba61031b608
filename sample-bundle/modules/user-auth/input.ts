// The checked way into a function's input: each question names a field and what it must be, and the
// answer is always usable. What was wrong is collected, so that one reply names everything.

import { Json, JsonKind } from "./json";
import { JsonDocument } from "./json-reader";

/** Beyond this a JSON number is no exact integer for most programs (RFC 8259, section 6). */
const LARGEST_EXACT: f64 = 9007199254740991;

export class Input {
  private object: Json = Json.object();
  private problems: Array<string> = [];
  private isReadable: bool = true;

  constructor(document: JsonDocument) {
    this.isReadable = !document.isWrong && document.value.kind == JsonKind.Object;
    if (this.isReadable) {
      this.object = document.value;
    } else {
      this.problems.push(document.isWrong ? document.error : "the input is not a JSON object");
    }
  }

  get isWrong(): bool { return this.problems.length > 0; }

  /** One line for everything that is wrong. */
  get problem(): string { return this.problems.join("; "); }

  /** A text that must be there. */
  text(name: string, longest: i32): string {
    const value = this.given(name);
    if (value === null) return this.wrong(name, "is required");
    return this.shortText(name, value, longest);
  }

  /** A text, or the empty one. */
  optionalText(name: string): string {
    const value = this.given(name);
    if (value === null) return "";
    return value.kind == JsonKind.Text ? value.content : this.wrong(name, "must be text");
  }

  /** A list of texts, or the empty one. */
  texts(name: string, most: i32, longest: i32): Array<string> {
    const texts = new Array<string>();
    const value = this.given(name);
    if (value === null) return texts;
    if (value.kind != JsonKind.List) {
      this.wrong(name, "must be a list");
    } else if (value.items.length > most) {
      this.wrong(name, "has more than " + most.toString() + " entries");
    } else {
      for (let i = 0; i < value.items.length; i++) {
        texts.push(this.shortText(name + "[" + i.toString() + "]", value.items[i], longest));
      }
    }
    return texts;
  }

  /** A whole number from `low` to `high`, or `otherwise` if there is none. */
  integer(name: string, low: i64, high: i64, otherwise: i64): i64 {
    const value = this.given(name);
    if (value === null) return otherwise;
    const number = value.toNumber();
    if (!(Math.abs(number) <= LARGEST_EXACT) || number != Math.floor(number)) {
      this.wrong(name, "must be a whole number");
    } else if (<i64>number < low || <i64>number > high) {
      this.wrong(name, "must lie between " + low.toString() + " and " + high.toString());
    } else {
      return <i64>number;
    }
    return otherwise;
  }

  private given(name: string): Json | null {
    const value = this.object.field(name);
    return value === null || value.kind == JsonKind.Null ? null : value;
  }

  private shortText(name: string, value: Json, longest: i32): string {
    if (value.kind != JsonKind.Text) return this.wrong(name, "must be text");
    if (value.content.length == 0) return this.wrong(name, "must not be empty");
    if (value.content.length > longest) {
      return this.wrong(name, "is longer than " + longest.toString() + " characters");
    }
    return value.content;
  }

  private wrong(name: string, problem: string): string {
    // What cannot be read has no fields to complain about.
    if (this.isReadable) this.problems.push(name + " " + problem);
    return "";
  }
}
