/** Takes a request apart: the key or id in its path, its query, its body. What is left over or repeated is refused. */

import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Key, Operation, PutOptions, TransactOptions, Value } from "../api.js";
import { AyesError } from "../errors.js";
import { checkNode } from "../requests.js";
import { checkDeadline, checkId, checkProtocol, requireFields, requireObject } from "../validation.js";
import { withBytes } from "./answers.js";
import { parseJson, parseText, readBody } from "./body.js";

/** A request as Node's HTTP server sees it, within the framework. */
export type Request = Context<{ Bindings: HttpBindings }>;

const TRANSACTION_FIELDS = ["id", "protocol", "deadlineMs", "checks", "operations"];
export const WRITE_FIELDS = ["id", "protocol", "deadlineMs"];
const BYTES_TYPE = "application/octet-stream";

/** The path as it was sent, neither decoded nor tidied: `..` and `%2F` may be parts of a key. */
export function pathOf({ incoming }: HttpBindings): string {
  const target = incoming.url ?? "/";
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/** What stands in the path between two fixed parts, decoded exactly once. */
export function subjectOf(request: Request, before: string, after = ""): string {
  const path = pathOf(request.env);
  try {
    return decodeURIComponent(path.slice(before.length, path.length - after.length));
  } catch {
    throw new AyesError("invalid", "the path has a malformed percent-encoding: write % as %25, and use UTF-8");
  }
}

/** The name of the node in a path. */
export function nodeOf(request: Request, after: string): string {
  return checkNode(subjectOf(request, "/v1/nodes/", after));
}

const KEYS_PATH = "/v1/keys";

/** What a request about one key says: the key is the rest of the path, or JSON in the query of `/v1/keys`. */
export function keyAndQueryOf(request: Request, known: readonly string[]): { key: Key; query: Record<string, string> } {
  if (pathOf(request.env) !== KEYS_PATH) {
    return { key: subjectOf(request, `${KEYS_PATH}/`), query: queryOf(request, known) };
  }
  const { key, ...query } = queryOf(request, ["key", ...known]);
  if (key !== undefined) return { key: parseText(key, "the parameter key") as Key, query };
  throw new AyesError("invalid", `the parameter key is missing; for example ${KEYS_PATH}?key=["accounts",5]`);
}

/**
 * Keys, prefixes or bounds in a query: as text under their names, or as JSON under the name with `Json` after it. A text
 * may look like JSON, so only the name tells which it is.
 */
export function keysIn(query: Record<string, string>, names: readonly string[]): Record<string, Key> {
  const keys: Record<string, Key> = {};
  for (const name of names) {
    const { [name]: text, [jsonName(name)]: json } = query;
    if (text !== undefined && json !== undefined) {
      throw new AyesError("invalid", `there are both ${name} and ${jsonName(name)}; one or the other`);
    }
    if (text !== undefined) keys[name] = text;
    if (json !== undefined) keys[name] = parseText(json, `the parameter ${jsonName(name)}`) as Key;
  }
  return keys;
}

/** The parameter with the same in JSON. */
export function jsonName(name: string): string {
  return `${name}Json`;
}

/** The query, each name of which must be known and occur once. */
export function queryOf(request: Request, known: readonly string[]): Record<string, string> {
  const target = request.env.incoming.url ?? "";
  const start = target.indexOf("?");
  const query: Record<string, string> = {};
  if (start < 0) return query;
  for (const [name, value] of new URLSearchParams(target.slice(start))) {
    if (!known.includes(name)) {
      const hint = known.length > 0 ? `; known: ${known.join(", ")}` : "";
      throw new AyesError("invalid", `unknown parameter ${JSON.stringify(name.slice(0, 40))}${hint}`);
    }
    if (Object.hasOwn(query, name)) throw new AyesError("invalid", `the parameter ${name} occurs twice`);
    query[name] = value;
  }
  return query;
}

/** Which key a single put is about, how it shall be run, and how long it lasts. The cluster checks that. */
export function putOf(request: Request): { key: Key; options: PutOptions } {
  const { key, query } = keyAndQueryOf(request, [...WRITE_FIELDS, "ttlMs"]);
  const { ttlMs, ...rest } = query;
  return {
    key,
    options: { ...writeOptionsFrom(rest), ...(ttlMs !== undefined && { ttlMs: numberOf(ttlMs) as number }) },
  };
}

/** Which key a single delete is about, and how it shall be run. */
export function deleteOf(request: Request): { key: Key; options: TransactOptions } {
  const { key, query } = keyAndQueryOf(request, WRITE_FIELDS);
  return { key, options: writeOptionsFrom(query) };
}

/** How a single write shall be run, as its query says. */
export function writeOptionsFrom({ id, protocol, deadlineMs }: Record<string, string>): TransactOptions {
  return {
    ...(id !== undefined && { id: checkId(id) }),
    ...(protocol !== undefined && { protocol: checkProtocol(protocol) }),
    ...(deadlineMs !== undefined && { deadlineMs: checkDeadline(numberOf(deadlineMs)) }),
  };
}

/** A whole number, or the text as it is for the message that refuses it. */
export function numberOf(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The value to put: bytes if it is declared so, otherwise JSON whatever the declared type. The cluster checks it. */
export async function readValue(request: Request): Promise<Value> {
  const body = await readBody(request.env);
  return typeOf(request) === BYTES_TYPE ? body : (parseJson(body) as Value);
}

/** The transaction in the body. The cluster checks what is in its lists. */
export async function readTransaction(
  request: Request,
): Promise<{ operations: Operation[]; options: TransactOptions }> {
  const body = requireObject(parseJson(await readBody(request.env)), "the body");
  requireFields(body, TRANSACTION_FIELDS, "the body");
  const { operations = [], ...options } = body;
  const checks = withBytes(body.checks, "checks");
  return {
    operations: withBytes(operations, "operations") as Operation[],
    options: { ...options, ...(checks !== undefined && { checks }) } as TransactOptions,
  };
}

/** The object in the body. */
export async function readObject(request: Request): Promise<Record<string, unknown>> {
  return requireObject(parseJson(await readBody(request.env)), "the body");
}

/** The declared type of the body, without parameters. */
export function typeOf(request: Request): string {
  const [type = ""] = (request.env.incoming.headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase();
}
