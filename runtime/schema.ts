/** JSON Schema (2020-12), by ajv: which schemas may be demanded, and whether a value fits one. */

import { createRequire } from "node:module";
import type { Ajv2020, AnySchema, Options, ValidateFunction } from "ajv/dist/2020.js";
import { AyesError } from "./errors.js";
import { describe, findFlaw } from "./json-shape.js";

const LIMIT_BYTES = 64 * 1024;
/** Compiled schemas kept, as many as there can be constraints. */
const KEPT = 1000;
const DETAIL_LIMIT = 200;

/** Whatever ajv would pass over in silence, a misspelt keyword above all, is an error. */
const STRICT: Options = { strict: true, strictTypes: false, strictTuples: false, strictRequired: false, logger: false };
/** It was looked at when it was demanded, and its dialect is known. */
const TRUSTED: Options = { ...STRICT, meta: false, validateSchema: false };

const compiled = new Map<string, ValidateFunction>();
const load = createRequire(import.meta.url);

/** The text of a schema that can be judged by. Throws `invalid` or `too-large`, with what is wrong. */
export function checkSchema(schema: unknown, name: string): string {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new AyesError("invalid", `${name} must be a JSON Schema, an object, not ${describe(schema)}`);
  }
  const flaw = findFlaw(schema, LIMIT_BYTES);
  const text = flaw ? "" : JSON.stringify(schema);
  if (flaw?.tooLarge || Buffer.byteLength(text) > LIMIT_BYTES) {
    throw new AyesError("too-large", `${name} has more than ${LIMIT_BYTES} bytes (64 KiB) as JSON`);
  }
  if (flaw) throw new AyesError("invalid", `${name}${flaw.path.slice(0, 100)} ${flaw.says}`);
  const reason = reasonAgainst(text);
  if (reason !== undefined) throw new AyesError("invalid", `${name} is no schema to judge by: ${reason}`);
  return text;
}

/** What keeps a JSON text from fitting the text of a schema. What cannot be judged does not fit. */
export function misfit(schema: string, value: string): string | undefined {
  try {
    const validate = validatorOf(schema);
    if (validate(JSON.parse(value))) return undefined;
    const [error] = validate.errors ?? [];
    return brief(`${error?.instancePath || "it"} ${error?.message ?? "does not fit"}`);
  } catch (error) {
    // A schema may lead into itself without an end.
    return brief(`it cannot be judged: ${(error as Error).message}`);
  }
}

function reasonAgainst(text: string): string | undefined {
  try {
    const schema = JSON.parse(text) as AnySchema;
    const isAsync = compile(schema, STRICT).schemaEnv.$async === true;
    return isAsync ? "$async is not judged" : undefined;
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith("unknown format")) return "format is not judged; say it with pattern";
    if (message.startsWith("can't resolve")) return brief(`${message}; only references into itself are followed`);
    return brief(message);
  }
}

function validatorOf(text: string): ValidateFunction {
  const known = compiled.get(text);
  if (known) return known;
  const validate = compile(JSON.parse(text) as AnySchema, TRUSTED);
  if (compiled.size >= KEPT) compiled.clear();
  compiled.set(text, validate);
  return validate;
}

/** Each on its own, so that no schema can refer to another one. Loaded by those only who need it: it takes a while. */
function compile(schema: AnySchema, options: Options): ValidateFunction {
  const ajv = load("ajv/dist/2020.js") as { Ajv2020: typeof Ajv2020 };
  return new ajv.Ajv2020(options).compile(schema);
}

function brief(text: string): string {
  return text.length > DETAIL_LIMIT ? `${text.slice(0, DETAIL_LIMIT)}…` : text;
}
