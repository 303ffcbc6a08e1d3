/** A built web page over HTTP: its files are read once, served by name, compressed, and kept out of every other site. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { pathOf, type Request } from "./intake.js";
import type { HttpApp } from "./mounting.js";

type Asset = { bytes: Buffer; type: string; tag: string; packed: Map<Coding, Promise<Buffer>> };
type Coding = "br" | "gzip";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const INDEX = "index.html";
/** Their names change with their content. */
const ASSETS = "assets";
const YEAR = "public, max-age=31536000, immutable";

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

/** The pages in a folder that a build made. Only what is there at this moment can be asked for. */
export class Pages {
  readonly #assets = new Map<string, Asset>();

  constructor(folder: string) {
    this.#add(folder, INDEX);
    const assets = join(folder, ASSETS);
    if (existsSync(assets)) for (const name of readdirSync(assets)) this.#add(folder, `${ASSETS}/${name}`);
  }

  /** The page itself, for a client that would rather read HTML than JSON. */
  index(request: Request): Promise<Response> | undefined {
    const index = this.#assets.get(INDEX);
    if (!index || !prefersHtml(request.req.header("accept"))) return undefined;
    return answer(request, index, "no-cache");
  }

  /** Serves what belongs to the page. A person's own page has a path, which leads to the page's address for it. */
  mount(app: HttpApp): void {
    app.get(`/${ASSETS}/:name`, (request, next) => {
      const asset = this.#assets.get(pathOf(request.env).slice(1));
      return asset ? answer(request, asset, YEAR) : next();
    });
    app.get("/vote/:node", (request) => {
      const name = pathOf(request.env).slice("/vote/".length);
      return new Response(null, { status: 302, headers: { ...HEADERS, location: `../#/vote/${name}` } });
    });
  }

  #add(folder: string, name: string): void {
    const path = join(folder, name);
    const type = TYPES[extname(name)];
    if (type === undefined || !existsSync(path)) return;
    const bytes = readFileSync(path);
    const tag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 20)}"`;
    this.#assets.set(name, { bytes, type, tag, packed: new Map() });
  }
}

/** A browser names HTML first; programs ask for anything, or for JSON. */
function prefersHtml(accept = ""): boolean {
  return accept.toLowerCase().includes("text/html");
}

async function answer(request: Request, asset: Asset, keep: string): Promise<Response> {
  const { type, tag } = asset;
  const headers = { ...HEADERS, etag: tag, "cache-control": keep, vary: "accept, accept-encoding" };
  if (request.req.header("if-none-match") === tag) return new Response(null, { status: 304, headers });
  const coding = codingOf(request.req.header("accept-encoding"));
  const body = coding ? await packed(asset, coding) : asset.bytes;
  const coded = { ...(coding && { "content-encoding": coding }) };
  return new Response(new Uint8Array(body), { headers: { ...headers, "content-type": type, ...coded } });
}

function codingOf(accepted = ""): Coding | undefined {
  const names = accepted.split(",").map((part) => part.trim().toLowerCase());
  return (["br", "gzip"] as const).find((coding) => names.includes(coding));
}

/** Once for each file, when somebody first asks. */
function packed({ bytes, packed: done }: Asset, coding: Coding): Promise<Buffer> {
  const before = done.get(coding);
  if (before) return before;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 8 };
  const work = coding === "br" ? promisify(brotliCompress)(bytes, { params }) : promisify(gzip)(bytes);
  done.set(coding, work);
  return work;
}
