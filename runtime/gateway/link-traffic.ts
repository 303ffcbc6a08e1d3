/** The bytes of files over a connection: the same calls, each as long as a slow disk may need. */

import type { FileTraffic, OpenFile, StagedContent } from "../files-api.js";
import { checkReadOptions } from "../requests.js";
import { DEFAULT_DEADLINE_MS } from "../validation.js";
import type { LinkCalls } from "./link-calls.js";

/** A disk may be slow, and 16 GiB take a while to reach it. */
const DISK_MS = 10 * 60_000;

export function linkTraffic(calls: LinkCalls): FileTraffic {
  return {
    beginUpload: async (options = {}) => (await calls.call("beginUpload", [options], DEFAULT_DEADLINE_MS)) as string,
    upload: async (id, bytes) => {
      await calls.call("upload", [id, bytes], DISK_MS);
    },
    endUpload: async (id, options = {}) => (await calls.call("endUpload", [id, options], DISK_MS)) as StagedContent,
    dropUpload: async (id) => {
      await calls.call("dropUpload", [id], DEFAULT_DEADLINE_MS);
    },
    openFile: async (path, options) => {
      const how = checkReadOptions(options);
      return (await calls.call("openFile", [path, how], how.deadlineMs)) as OpenFile;
    },
    readFile: async (id, position) => (await calls.call("readFile", [id, position], DISK_MS)) as Uint8Array,
    closeFile: async (id) => {
      await calls.call("closeFile", [id], DEFAULT_DEADLINE_MS);
    },
  };
}
