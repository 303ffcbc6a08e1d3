/** The content type of a file, by the end of its name: a browser that gets a page shall show it. */

import mime from "mime";

/** Nothing when the name does not tell. */
export function contentTypeOf(path: string): string | undefined {
  const [end] = /\.[^./]+$/.exec(path) ?? [];
  const type = end && mime.getType(end);
  if (!type) return undefined;
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}
