/** What each node of a cluster is told to start with, and what is known of its store from elsewhere. */

import { join } from "node:path";
import type { Settings } from "../actors/protocol.js";
import type { NodeId } from "../actors/transaction.js";
import type { Validator } from "../actors/validator.js";
import { SETTINGS, type Shape } from "./config.js";
import type { NodeSpec } from "./hosts/host.js";

export type SpecParts = {
  folder: string;
  shape: Shape;
  /** The folder of the sockets; none where nodes are threads. */
  sockets: string;
  settings?: Partial<Settings> | undefined;
  /** A folder in which somebody may stand between the nodes. */
  detour?: string | undefined;
  epochs: Readonly<Record<NodeId, number>>;
  validators?: Readonly<Record<NodeId, Validator>>;
};

export function specsOf({ folder, shape, sockets, settings, detour, epochs, validators = {} }: SpecParts): NodeSpec[] {
  const { cluster, coordinators, replicas, complete, membership } = shape;
  return [...new Set([...coordinators, ...replicas])].map((self) => ({
    cluster,
    self,
    coordinators,
    replicas,
    founders: membership === "up-set" ? replicas : undefined,
    folder: join(folder, "nodes", self),
    create: !complete,
    sinceEpoch: epochs[self] ?? 0,
    settings: { ...SETTINGS, ...settings },
    validator: validators[self],
    sockets,
    detour,
  }));
}
