/** Transactions in doubt over a connection. */

import type { Doubt, Doubts } from "../doubt-api.js";
import { checkResolveOptions, userName } from "../doubts.js";
import { checkId, DEFAULT_DEADLINE_MS } from "../validation.js";
import type { LinkCalls } from "./link-calls.js";

export function linkDoubt(calls: LinkCalls): Doubts {
  return {
    list: async () => (await calls.call("listDoubt", [], DEFAULT_DEADLINE_MS)) as Doubt[],
    resolve: async (txn, order, options) => {
      const said = { by: userName(), ...checkResolveOptions(options) };
      return (await calls.call("resolveDoubt", [checkId(txn), order, said], DEFAULT_DEADLINE_MS)) as Doubt;
    },
    forget: async (txn) => {
      return (await calls.call("forgetDoubt", [checkId(txn)], DEFAULT_DEADLINE_MS)) as { txn: string; nodes: string[] };
    },
  };
}
