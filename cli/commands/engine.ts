/** The engine, loaded only by the commands that need it: help and mistakes are answered without it. */

import { fileURLToPath } from "node:url";
import type { Cluster } from "../../runtime/api.js";
import type { Serving } from "../../runtime/gateway/server.js";
import type { Task, Verification } from "../../runtime/healing-api.js";
import type { OpenOptions } from "../../runtime/open-options.js";
import type { History } from "../../runtime/past/past-api.js";

export type { OpenOptions, Serving };

/** Opens a cluster in this process. */
export async function open(options: OpenOptions): Promise<Cluster> {
  return (await import("../../runtime/client.js")).open(options);
}

/** Connects to a running cluster: most commands do no more, and start faster without what opens one. */
export async function connect(url: string): Promise<Cluster> {
  return (await import("../../runtime/gateway/link.js")).connectLink(url);
}

/** The dashboard, as the build leaves it beside the compiled commands. */
const PAGES = fileURLToPath(new URL("../dashboard-page", import.meta.url));

/** Makes a cluster of this process reachable from this computer, with the dashboard for browsers. */
export async function serve(cluster: Cluster, port: number, chaos: boolean): Promise<Serving> {
  const [server, desk, lab] = await Promise.all([
    import("../../runtime/gateway/server.js"),
    import("../session/desk.js"),
    import("../lab/lab-desk.js"),
  ]);
  const labs = new lab.LabDesk({ open });
  const extras = [desk.statementDesk(cluster), ...labs.extras];
  const serving = await server.serve(cluster, { port, chaos, pages: PAGES, extras });
  return { ...serving, close: async () => void (await Promise.all([serving.close(), labs.close()])) };
}

/** Makes the past of a cluster reachable from this computer, with the dashboard on it. */
export async function servePast(history: History, port: number): Promise<Serving> {
  return (await import("../../runtime/gateway/server.js")).servePast(history, { port, pages: PAGES });
}

/** Looks at a data folder that nobody has open. */
export async function verifyFolder(folder: string, task: Task): Promise<Verification> {
  return (await import("../../runtime/healing/verify-folder.js")).verifyFolder(folder, task);
}
