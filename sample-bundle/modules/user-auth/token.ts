// Access tokens: a JSON Web Token (RFC 7519) signed with HMAC-SHA-256, and nothing of what that
// format also allows. The only header accepted is the one written here, so no token can choose its
// own algorithm.

import { decodeBase64Url, encodeBase64Url } from "./base64url";
import { Json, JsonKind } from "./json";
import { readJson } from "./json-reader";
import { equalInConstantTime, hmacSha256 } from "./sha256";

const ISSUER = "online-shop";
const HEADER = encodeBase64Url(utf8('{"alg":"HS256","typ":"JWT"}'));

// For a demonstration only: whoever has the module can read its key. A real service is handed its
// key from outside and keeps it out of the bundle.
const DEMONSTRATION_KEY = utf8("online-shop demonstration key, not a secret");

/** Seconds by which the clocks of two machines may differ. */
const CLOCK_TOLERANCE: i64 = 60;

/** What a token says about its bearer; times are seconds since 1970. */
export class Claims {
  constructor(
    readonly userId: string,
    readonly roles: Array<string>,
    readonly issuedAt: i64,
    readonly expiresAt: i64,
  ) {}

  toJson(): Json {
    return Json.object()
      .put("iss", Json.text(ISSUER))
      .put("sub", Json.text(this.userId))
      .put("roles", Json.texts(this.roles))
      .put("iat", Json.integer(this.issuedAt))
      .put("exp", Json.integer(this.expiresAt));
  }
}

/** What came of checking a token. Claims are there as soon as the signature is genuine. */
export class TokenCheck {
  constructor(
    /** Empty for a valid token, else malformed, badSignature, notYetValid or expired. */
    readonly reason: string,
    readonly claims: Json | null = null,
    readonly expiresAt: i64 = 0,
  ) {}

  get isValid(): bool { return this.reason.length == 0; }
}

export function signToken(claims: Claims): string {
  const signed = HEADER + "." + encodeBase64Url(claims.toJson().toBytes());
  return signed + "." + encodeBase64Url(signatureOf(signed));
}

/** Checks a token as of the moment `at`, in seconds since 1970. */
export function checkToken(token: string, at: i64): TokenCheck {
  const parts = token.split(".");
  if (parts.length != 3 || parts[0] != HEADER) return new TokenCheck("malformed");
  const signature = decodeBase64Url(parts[2]);
  if (signature === null) return new TokenCheck("malformed");
  if (!equalInConstantTime(signature, signatureOf(parts[0] + "." + parts[1]))) {
    return new TokenCheck("badSignature");
  }

  // From here on everything was written by whoever holds the key.
  const payload = decodeBase64Url(parts[1]);
  if (payload === null) return new TokenCheck("malformed");
  const document = readJson(payload);
  if (document.isWrong) return new TokenCheck("malformed");
  const claims = document.value;
  const issuedAt = claims.field("iat");
  const expiresAt = claims.field("exp");
  if (issuedAt === null || issuedAt.kind != JsonKind.Number) return new TokenCheck("malformed");
  if (expiresAt === null || expiresAt.kind != JsonKind.Number) return new TokenCheck("malformed");

  const expiry = <i64>expiresAt.toNumber();
  let reason = "";
  if (<i64>issuedAt.toNumber() > at + CLOCK_TOLERANCE) reason = "notYetValid";
  if (at >= expiry) reason = "expired";
  return new TokenCheck(reason, claims, expiry);
}

function signatureOf(text: string): Uint8Array {
  return hmacSha256(DEMONSTRATION_KEY, utf8(text));
}

function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}
