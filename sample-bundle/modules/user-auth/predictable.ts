// Finds the parts of a password that somebody would guess: each function marks what it finds, except
// for the first character of it, and says whether it found anything. All works on code points in
// lower case, so that an emoji counts as one character.

import { codePoints, isDigit, isLetter } from "./characters";

const SHORTEST_REPETITION = 3;
const SHORTEST_SEQUENCE = 4; // three neighbours, such as rst, occur in ordinary words
const SHORTEST_PERSONAL_PART = 3;

const KEYBOARD_ROWS: StaticArray<string> = ["qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm"];

/** Parts of the name, and of what stands before the @ sign. */
export function markPersonal(
  points: Array<i32>, email: string, name: string, marks: StaticArray<bool>,
): bool {
  const local = email.includes("@") ? email.substring(0, email.lastIndexOf("@")) : email;
  const details = codePoints((local + " " + name).toLowerCase());
  let found = false;
  let start = 0;
  for (let i = 0; i <= details.length; i++) {
    if (i < details.length && (isLetter(details[i]) || isDigit(details[i]))) continue;
    if (i - start >= SHORTEST_PERSONAL_PART) {
      found = markOccurrences(points, details.slice(start, i), marks) || found;
    }
    start = i + 1;
  }
  return found;
}

/** One character several times in a row. */
export function markRepetition(points: Array<i32>, marks: StaticArray<bool>): bool {
  return markRuns(points, SHORTEST_REPETITION, marks, (one, next) => one == next);
}

/** Neighbours in the alphabet, among the digits or on the keyboard, in either direction. */
export function markSequences(points: Array<i32>, marks: StaticArray<bool>): bool {
  let found = markRuns(points, SHORTEST_SEQUENCE, marks, (one, next) => isStep(one, next));
  found = markRuns(points, SHORTEST_SEQUENCE, marks, (one, next) => isStep(next, one)) || found;
  found = markRuns(points, SHORTEST_SEQUENCE, marks, (one, next) => isKey(one, next)) || found;
  return markRuns(points, SHORTEST_SEQUENCE, marks, (one, next) => isKey(next, one)) || found;
}

/** Marks every run of at least `shortest` characters in which each one belongs to the next. */
function markRuns(
  points: Array<i32>, shortest: i32, marks: StaticArray<bool>,
  belong: (one: i32, next: i32) => bool,
): bool {
  let found = false;
  let start = 0;
  for (let end = 1; end <= points.length; end++) {
    if (end < points.length && belong(points[end - 1], points[end])) continue;
    if (end - start >= shortest) {
      found = true;
      for (let i = start + 1; i < end; i++) marks[i] = true;
    }
    start = end;
  }
  return found;
}

function markOccurrences(points: Array<i32>, part: Array<i32>, marks: StaticArray<bool>): bool {
  let found = false;
  for (let start = 0; start + part.length <= points.length; start++) {
    let same = 0;
    while (same < part.length && points[start + same] == part[same]) same++;
    if (same < part.length) continue;
    found = true;
    for (let i = start + 1; i < start + part.length; i++) marks[i] = true;
  }
  return found;
}

function isStep(one: i32, next: i32): bool {
  return next == one + 1 && ((isLetter(one) && isLetter(next)) || (isDigit(one) && isDigit(next)));
}

function isKey(one: i32, next: i32): bool {
  const pair = String.fromCodePoint(one) + String.fromCodePoint(next);
  for (let i = 0; i < KEYBOARD_ROWS.length; i++) {
    if (KEYBOARD_ROWS[i].includes(pair)) return true;
  }
  return false;
}
