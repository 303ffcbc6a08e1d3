/** Decides which JavaScript values are JSON values: finite, well formed, plain, bounded in depth and size. */

const NESTING_LIMIT = 256;

/** What is wrong within a value, and where: a path such as `.a[3]`. */
export type Flaw = { path: string; says: string; tooLarge?: true };
/** What a walk through a value knows: the objects above, and a lower bound of the size of its text. */
type Survey = { ancestors: object[]; size: number; limit: number };

/** The first thing that keeps a value from being JSON text of at most `limit` bytes, as far as its parts can tell. */
export function findFlaw(value: unknown, limit: number): Flaw | undefined {
  return visit(value, { ancestors: [], size: 0, limit }, 0);
}

/** Walks depth first. It goes no deeper than the limit, so no nesting, however deep, can exhaust the stack. */
function visit(value: unknown, survey: Survey, depth: number): Flaw | undefined {
  survey.size += 1;
  // A small graph of shared parts can stand for an endless text.
  if (survey.size > survey.limit) return { path: "", says: "", tooLarge: true };
  switch (typeof value) {
    case "string":
      return visitText(value, survey);
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : { path: "", says: `is ${value}, which JSON cannot carry` };
    case "object":
      return value === null ? undefined : visitObject(value, survey, depth);
    default:
      return { path: "", says: `is ${describe(value)}, which is not a JSON value` };
  }
}

function visitText(text: string, survey: Survey): Flaw | undefined {
  survey.size += text.length;
  return isWellFormed(text) ? undefined : { path: "", says: "contains a lone surrogate, which is no character" };
}

function visitObject(value: object, survey: Survey, depth: number): Flaw | undefined {
  if (depth === NESTING_LIMIT) {
    const cyclic = survey.ancestors.includes(value);
    return { path: "", says: cyclic ? "contains itself" : `is nested deeper than ${NESTING_LIMIT} levels` };
  }
  survey.ancestors[depth] = value;
  if (Array.isArray(value)) return visitElements(value, survey, depth + 1);
  if (isPlain(value)) return visitProperties(value as Record<string, unknown>, survey, depth + 1);
  const hint = ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? "; bytes are a Uint8Array of their own" : "";
  return { path: "", says: `is ${describe(value)}, which is not a JSON value${hint}` };
}

function visitElements(values: readonly unknown[], survey: Survey, depth: number): Flaw | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const flaw = visit(values[index], survey, depth);
    if (flaw) return { ...flaw, path: `[${index}]${flaw.path}` };
  }
  return undefined;
}

function visitProperties(value: Record<string, unknown>, survey: Survey, depth: number): Flaw | undefined {
  for (const name of Object.keys(value)) {
    const property = value[name];
    // JSON leaves out what is undefined, and so do we.
    if (property === undefined) continue;
    const flaw = visitText(name, survey) ?? visit(property, survey, depth);
    if (flaw) return { ...flaw, path: `${pathTo(name)}${flaw.path}` };
  }
  return undefined;
}

/** Also true for objects of another realm, such as a REPL's, whose Object.prototype is not ours. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

function pathTo(name: string): string {
  return PLAIN_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A value in a few words for a message. */
export function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? "a long string" : JSON.stringify(value);
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "bigint") return "a bigint";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const name: unknown = isPlain(value) ? undefined : value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name.slice(0, 40)}` : "an object";
}

/** Whether a string has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  // Node 20 has it, the es2023 types do not.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Whether a text has more than `limit` bytes in UTF-8. Short ones are not even measured. */
export function bytesBeyond(text: string, limit: number): boolean {
  return text.length * 3 > limit && (text.length > limit || Buffer.byteLength(text) > limit);
}
