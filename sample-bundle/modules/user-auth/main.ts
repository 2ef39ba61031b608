// The functions of the user-auth service: JSON bytes in, JSON bytes out. This file reads the input,
// asks token.ts or password.ts, and writes the answer; it holds no rule of its own. Nothing throws:
// an exception would end the whole module, so what is wrong is answered as {"error": "..."}.

import { Input } from "./input";
import { Json } from "./json";
import { readJson } from "./json-reader";
import { logInfo, logWarning } from "./log";
import { judgePassword } from "./password";
import { Claims, TokenCheck, checkToken, signToken } from "./token";

const LONGEST_USER_ID = 128;
const LONGEST_ROLE = 64;
const MOST_ROLES = 32;
const LONGEST_TOKEN = 8192;
const LONGEST_PASSWORD = 1024;

// Seconds.
const DEFAULT_LIFETIME: i64 = 3600;
const LONGEST_LIFETIME: i64 = 30 * 24 * 3600;
const LATEST_TIME: i64 = 253402300799; // the end of the year 9999

/**
 * {"userId", "roles"?, "lifetimeSeconds"?, "issuedAt"?} ->
 * {"token", "tokenType", "issuedAt", "expiresAt"}; times are seconds since 1970.
 */
export function issueToken(bytes: Uint8Array): Uint8Array {
  const input = new Input(readJson(bytes));
  const userId = input.text("userId", LONGEST_USER_ID);
  const roles = input.texts("roles", MOST_ROLES, LONGEST_ROLE);
  const lifetime = input.integer("lifetimeSeconds", 1, LONGEST_LIFETIME, DEFAULT_LIFETIME);
  const issuedAt = input.integer("issuedAt", 0, LATEST_TIME, now());
  if (input.isWrong) return failure(input.problem);

  const claims = new Claims(userId, roles, issuedAt, issuedAt + lifetime);
  const answer = Json.object()
    .put("token", Json.text(signToken(claims)))
    .put("tokenType", Json.text("Bearer"))
    .put("issuedAt", Json.integer(claims.issuedAt))
    .put("expiresAt", Json.integer(claims.expiresAt));
  logInfo("tokenIssued", Json.object()
    .put("userId", Json.text(userId))
    .put("expiresAt", Json.integer(claims.expiresAt)));
  return answer.toBytes();
}

/**
 * {"token", "at"?} -> {"valid": true, "claims", "remainingSeconds"} or
 * {"valid": false, "reason", "claims"?}. "at" asks about another moment than now, in seconds since
 * 1970: for a record of the past, never for letting somebody in.
 */
export function verifyToken(bytes: Uint8Array): Uint8Array {
  const input = new Input(readJson(bytes));
  const token = input.text("token", LONGEST_TOKEN);
  const at = input.integer("at", 0, LATEST_TIME, now());
  if (input.isWrong) return failure(input.problem);

  const check = checkToken(token, at);
  const answer = Json.object().put("valid", Json.bool(check.isValid));
  if (!check.isValid) answer.put("reason", Json.text(check.reason));
  const claims = check.claims;
  if (claims !== null) answer.put("claims", claims);
  if (check.isValid) answer.put("remainingSeconds", Json.integer(check.expiresAt - at));
  report(check);
  return answer.toBytes();
}

/** {"password", "email"?, "name"?} -> {"score", "strength", "acceptable", "findings"}. */
export function checkPassword(bytes: Uint8Array): Uint8Array {
  const input = new Input(readJson(bytes));
  const password = input.text("password", LONGEST_PASSWORD);
  const email = input.optionalText("email");
  const name = input.optionalText("name");
  if (input.isWrong) return failure(input.problem);

  const verdict = judgePassword(password, email, name);
  logInfo("passwordChecked", Json.object() // the password itself is never logged
    .put("score", Json.integer(verdict.score))
    .put("acceptable", Json.bool(verdict.isAcceptable)));
  return verdict.toJson().toBytes();
}

function report(check: TokenCheck): void {
  if (check.isValid) {
    logInfo("tokenAccepted", Json.object());
  } else {
    logWarning("tokenRefused", Json.object().put("reason", Json.text(check.reason)));
  }
}

function failure(problem: string): Uint8Array {
  return Json.object().put("error", Json.text(problem)).toBytes();
}

/** Seconds since 1970. */
function now(): i64 {
  return Date.now() / 1000;
}
