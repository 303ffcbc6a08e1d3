/** What can be seen of transactions over a connection: all but what happens at this moment. */

import { AyesError } from "../errors.js";
import { checkTraceQuery } from "../tracing/query.js";
import type { Trace, TraceSummary, Tracing } from "../tracing-api.js";
import { checkId, DEFAULT_DEADLINE_MS } from "../validation.js";
import type { LinkCalls } from "./link-calls.js";

export function linkTracing(calls: LinkCalls): Tracing {
  return {
    trace: async (txn) => (await calls.call("trace", [checkId(txn)], DEFAULT_DEADLINE_MS)) as Trace,
    traces: async (query = {}) => {
      return (await calls.call("traces", [checkTraceQuery(query)], DEFAULT_DEADLINE_MS)) as TraceSummary[];
    },
    observe: () => {
      throw new AyesError("invalid", "only the program that opened a cluster hears of each step; others read /v1/live");
    },
    record: () => {
      throw new AyesError(
        "invalid",
        "only the program that opened a cluster hears all of it; others post /v1/recording",
      );
    },
  };
}
