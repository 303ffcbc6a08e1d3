/** What the headers of an upload declare of its bytes. What cannot be kept or compared is refused, not passed over. */

import type { IncomingHttpHeaders } from "node:http";
import { AyesError } from "../errors.js";
import { checkType } from "../files/file-operations.js";
import { HttpError } from "./answers.js";

/** What is known of the bytes before they come. */
export type Declared = { size?: number; digest?: string; type?: string };

export function declaredIn(headers: IncomingHttpHeaders): Declared {
  requireWhole(headers);
  const size = headers["content-length"];
  const type = headers["content-type"];
  const digest = digestIn(headers);
  return {
    ...(size !== undefined && { size: Math.min(Number(size), Number.MAX_SAFE_INTEGER) }),
    ...(digest !== undefined && { digest }),
    ...(type !== undefined && { type: checkType(type, "content-type") }),
  };
}

function requireWhole(headers: IncomingHttpHeaders): void {
  if (headers["content-range"] !== undefined) {
    const detail = "an upload must be the whole file, so content-range is not served: send it from its beginning";
    throw new AyesError("invalid", detail);
  }
  const coding = headers["content-encoding"] ?? "identity";
  if (coding.trim().toLowerCase() === "identity") return;
  const detail = "a file is kept as it comes: send it without content-encoding, or say what it is with content-type";
  throw new HttpError(415, { code: "invalid", detail });
}

/** SHA-256 in hexadecimal, if it is declared. Other algorithms do not count. */
function digestIn(headers: IncomingHttpHeaders): string | undefined {
  const named = ["content-digest", "repr-digest", "digest"].flatMap((name) => {
    const text = [headers[name] ?? []].flat().join(",");
    const pattern = name === "digest" ? LEGACY : FIELD;
    return sha256Members(text, name).map((member) => bytesIn(pattern.exec(member)?.[1], name));
  });
  const [digest] = named;
  if (named.every((other) => other === digest)) return digest;
  throw new AyesError("invalid", "the headers declare different digests");
}

/** RFC 9530, bytes between colons. */
const FIELD = /^sha-256=:([A-Za-z0-9+/]{43}=):$/i;
/** RFC 3230. */
const LEGACY = /^sha-256=([A-Za-z0-9+/]{43}=)$/i;

function sha256Members(text: string, name: string): string[] {
  const members = text.split(",").map((member) => member.trim());
  const odd = members.find((member) => member !== "" && !member.includes("="));
  if (odd !== undefined) throw new AyesError("invalid", `${name} declares no digest: ${JSON.stringify(odd)}`);
  return members.filter((member) => /^sha-256\b/i.test(member));
}

function bytesIn(base64: string | undefined, name: string): string {
  if (base64 !== undefined) return Buffer.from(base64, "base64").toString("hex");
  const form = name === "digest" ? "sha-256=BASE64" : "sha-256=:BASE64:";
  throw new AyesError("invalid", `${name} must name SHA-256 as ${form}, with 32 bytes in base64`);
}
