/** Which view is open, and on what: kept behind the `#` of the address, so that it works below any path. */

import { signal } from "@preact/signals";

/** `#/transactions/ID?node=n1` is the view `transactions`, the subject `ID`, and what the view asks for. */
export type Route = { view: string; subject: string | undefined; query: URLSearchParams };

export const route = signal(read());
addEventListener("hashchange", () => {
  route.value = read();
});

/** The address of a view, for a link. */
export function hrefOf(view: string, subject?: string, query: Record<string, string> = {}): string {
  const asked = new URLSearchParams(query).toString();
  const named = subject === undefined ? "" : `/${encodeURIComponent(subject)}`;
  return `#/${view}${named}${asked && `?${asked}`}`;
}

/** Changes what the view asks for, without a step in the history. */
export function refine(query: Record<string, string>): void {
  const { view, subject } = route.value;
  const given = Object.entries(query).filter(([, value]) => value !== "");
  history.replaceState(undefined, "", hrefOf(view, subject, Object.fromEntries(given)));
  route.value = read();
}

function read(): Route {
  const [path = "", asked = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", subject] = path.split("/", 2);
  return { view, subject: subject === undefined ? undefined : decoded(subject), query: new URLSearchParams(asked) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
