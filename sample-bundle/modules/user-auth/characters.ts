// Characters as people count them (code points, not UTF-16 units) and the kinds they come in.

export function codePoints(text: string): Array<i32> {
  const points = new Array<i32>();
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i);
    if (point > 0xFFFF) i++;
    points.push(point);
  }
  return points;
}

export function isDigit(point: i32): bool {
  return point >= 0x30 && point <= 0x39;
}

/** A small letter, or anything beyond ASCII: scripts without cases have letters too. */
export function isLetter(point: i32): bool {
  return (point >= 0x61 && point <= 0x7A) || point > 0x7F;
}

/** How many characters somebody would have to try at each place, given the kinds in use. */
export function alphabetSize(points: Array<i32>): i32 {
  let hasSmall = false, hasCapital = false, hasDigit = false, hasSign = false, hasOther = false;
  for (let i = 0; i < points.length; i++) {
    const point = points[i];
    if (point > 0x7F) hasOther = true;
    else if (point >= 0x61 && point <= 0x7A) hasSmall = true;
    else if (point >= 0x41 && point <= 0x5A) hasCapital = true;
    else if (isDigit(point)) hasDigit = true;
    else hasSign = true;
  }
  return (hasSmall ? 26 : 0) + (hasCapital ? 26 : 0) + (hasDigit ? 10 : 0)
    + (hasSign ? 33 : 0) + (hasOther ? 100 : 0);
}
