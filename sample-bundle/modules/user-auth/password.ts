// How strong a password is: an estimate of its entropy from its length, its kinds of characters and
// its predictable parts, and advice for each weakness. An estimate, not a proof: it knows the
// commonest passwords only, and no dictionary.

import { Json } from "./json";
import { markPersonal, markRepetition, markSequences } from "./predictable";
import { alphabetSize, codePoints, isLetter } from "./characters";

const SHORTEST = 10;
/** Bits of entropy that earn the full score of 100. */
const FULL_SCORE_BITS: f64 = 80;
const LOWEST_ACCEPTABLE_SCORE = 50;
const LOWEST_STRONG_SCORE = 75;
/** What a predictable character is worth; any other one is worth 1. */
const PREDICTABLE_WORTH: f64 = 0.2;

// In small letters, with the digits and signs that stand for letters undone.
const COMMON: StaticArray<string> = [
  "password", "passwort", "qwerty", "qwertz", "azerty", "letmein", "welcome", "iloveyou", "admin",
  "administrator", "login", "monkey", "dragon", "football", "baseball", "master", "shadow",
  "sunshine", "princess", "superman", "batman", "trustno", "secret", "changeme", "default", "guest",
  "hello", "starwars", "whatever", "freedom",
];

export class PasswordVerdict {
  readonly findings: Json = Json.list();
  /** From 0 to 100. */
  score: i32 = 0;
  /** There is a finding that no score outweighs. */
  private isBarred: bool = false;

  get isAcceptable(): bool {
    return !this.isBarred && this.score >= LOWEST_ACCEPTABLE_SCORE;
  }

  get strength(): string {
    if (this.score < LOWEST_ACCEPTABLE_SCORE / 2) return "weak";
    if (this.score < LOWEST_ACCEPTABLE_SCORE) return "fair";
    return this.score < LOWEST_STRONG_SCORE ? "good" : "strong";
  }

  advise(code: string, message: string): void {
    this.findings.add(Json.object()
      .put("code", Json.text(code))
      .put("message", Json.text(message)));
  }

  bar(code: string, message: string): void {
    this.isBarred = true;
    this.advise(code, message);
  }

  toJson(): Json {
    return Json.object()
      .put("score", Json.integer(this.score))
      .put("strength", Json.text(this.strength))
      .put("acceptable", Json.bool(this.isAcceptable))
      .put("findings", this.findings);
  }
}

/** Judges a password; `email` and `name` may be empty. */
export function judgePassword(password: string, email: string, name: string): PasswordVerdict {
  const verdict = new PasswordVerdict();
  const points = codePoints(password.toLowerCase());
  const predictable = new StaticArray<bool>(points.length);

  const tooCommon = isCommon(points);
  if (points.length < SHORTEST) {
    verdict.bar("tooShort", "Use at least " + SHORTEST.toString() + " characters");
  }
  if (tooCommon) verdict.bar("common", "This is one of the first passwords that are tried");
  if (markPersonal(points, email, name, predictable)) {
    verdict.bar("personal", "Leave out your name and your e-mail address");
  }
  if (markRepetition(points, predictable)) {
    verdict.advise("repetition", "Do not repeat one character");
  }
  if (markSequences(points, predictable)) {
    verdict.advise("sequence", "Avoid sequences such as abcd, 4321 or qwerty");
  }
  if (!tooCommon) verdict.score = scoreOf(predictable, alphabetSize(codePoints(password)));
  if (verdict.score < LOWEST_ACCEPTABLE_SCORE) {
    verdict.advise("guessable", "Use more words, or mix letters, digits and signs");
  }
  return verdict;
}

function scoreOf(predictable: StaticArray<bool>, alphabet: i32): i32 {
  let worth: f64 = 0;
  for (let i = 0; i < predictable.length; i++) worth += predictable[i] ? PREDICTABLE_WORTH : 1;
  const bits = worth * Math.log2(<f64>alphabet);
  return <i32>Math.min(100, Math.floor(100 * bits / FULL_SCORE_BITS));
}

/** Whether there is a common password and nothing else but digits and signs around it. */
function isCommon(points: Array<i32>): bool {
  let start = 0;
  let end = points.length;
  while (end > 0 && !isLetter(points[end - 1])) end--;
  while (start < end && !isLetter(points[start])) start++;
  return isListed(points, start, end) || isListed(points, 0, end);
}

function isListed(points: Array<i32>, start: i32, end: i32): bool {
  let word = "";
  for (let i = start; i < end; i++) word += String.fromCodePoint(letterMeant(points[i]));
  return COMMON.includes(word);
}

/** The letter that a digit or sign often stands for. */
function letterMeant(point: i32): i32 {
  switch (point) {
    case 0x30: return 0x6F; // 0 for o
    case 0x31: case 0x21: return 0x69; // 1 and ! for i
    case 0x33: return 0x65; // 3 for e
    case 0x34: case 0x40: return 0x61; // 4 and @ for a
    case 0x35: case 0x24: return 0x73; // 5 and $ for s
    case 0x37: return 0x74; // 7 for t
  }
  return point;
}
