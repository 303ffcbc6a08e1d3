/** Everything that a simulated run will meet, drawn from its seed as plain data, so that it can be read and made smaller. */

import type { Settings } from "../../actors/protocol.js";
import type { Millis, NodeId, ProtocolName } from "../../actors/transaction.js";
import type { Membership } from "../config.js";
import { drawApplications } from "./applications.js";
import { drawExpirers, lifetimesOf } from "./expirers.js";
import { drawFiles } from "./files.js";
import { drawFaults, type Fault } from "./misfortune.js";
import type { Weather } from "./network.js";
import { Random } from "./random.js";
import { drawClients, names, type Request, spanOf } from "./workload.js";

/** One protocol for all transactions, or one for each, on the same keys. */
export const MIXES = ["2pc", "3pc", "mixed"] as const satisfies readonly (ProtocolName | "mixed")[];
export type Mix = (typeof MIXES)[number];

export type Plan = {
  seed: number;
  protocol: Mix;
  membership: Membership;
  coordinators: NodeId[];
  replicas: NodeId[];
  settings: Settings;
  turnMs: Millis;
  detector: { leastMs: Millis; mostMs: Millis };
  weather: Weather;
  deadlineMs: Millis;
  clients: { address: string; patienceMs: Millis; requests: Request[] }[];
  faults: Fault[];
  /** When the faults end at the latest. */
  faultyMs: Millis;
};

const FAULTY_MS = 6000;
/** The word that a node is dead comes sometimes before and sometimes after what it sent last. */
const DETECTORS = [
  { leastMs: 0, mostMs: 1 },
  { leastMs: 0, mostMs: 30 },
  { leastMs: 30, mostMs: 60 },
];
const FEWEST_NODES = 3;
const MOST_NODES = 5;
/** By those that forget: mostly at once, since whoever asks must come soon to be too late. */
const RETAINED = [1, 1, 1, 2, 3, 8];
/** Of the runs with applications. */
const CALM = 0.6;

export type Variant = {
  membership?: Membership;
  /** Nothing befalls the cluster but partitions in which each side takes the other one for dead. */
  partition?: boolean;
};

/** The plan of a seed: always the same. */
export function planOf(seed: number, protocol: Mix, { membership = "all", partition = false }: Variant = {}): Plan {
  const random = new Random(seed, "plan");
  const drawn = drawNodes(random, protocol);
  const { replicas } = drawn;
  // In an up-set every replica may lead.
  const coordinators = membership === "up-set" ? replicas : drawn.coordinators;
  const wait = random.pick([60, 150, 400]);
  // Whoever missed the end of a three-phase commit asks for it: nobody waits for acknowledgements before forgetting.
  const forgetful = random.chance(0.35) && protocol === "2pc";
  const setting = { protocol, coordinators, replicas, forgetful };
  const lifetimes = lifetimesOf(new Random(seed, "lifetimes"), setting);
  const clients = drawClients(new Random(seed, "clients"), setting, lifetimes);
  const applications = drawApplications(new Random(seed, "applications"), setting, spanOf(clients));
  clients.push(...applications);
  clients.push(...drawExpirers(new Random(seed, "expirers"), setting, clients));
  const spanMs = spanOf(clients);
  const endMs = Math.min(spanMs, FAULTY_MS);
  clients.push(...drawFiles(new Random(seed, "files"), setting, spanMs, membership));
  const nodes = [...new Set([...coordinators, ...replicas])];
  const plan: Plan = {
    seed,
    protocol,
    membership,
    coordinators,
    replicas,
    settings: { resendAfterMs: wait, inquireAfterMs: wait, retainedOutcomes: forgetful ? random.pick(RETAINED) : 1000 },
    // The slower, the more messages share a turn.
    turnMs: random.pick([0.05, 0.05, 3]),
    detector: random.pick(DETECTORS),
    weather: drawWeather(random),
    deadlineMs: random.pick([200, 600]),
    clients,
    faults: drawFaults(new Random(seed, "faults"), { protocol, coordinators, replicas, nodes, endMs, partition }),
    faultyMs: FAULTY_MS,
  };
  const calm = new Random(seed, "calm");
  return applications.length > 0 && calm.chance(CALM) ? calmed(plan, calm) : plan;
}

/** So little befalls it that applications get far, and meet. */
function calmed(plan: Plan, random: Random): Plan {
  const { weather, faults } = plan;
  return {
    ...plan,
    weather: { ...weather, mostDelayMs: Math.min(weather.mostDelayMs, 10), loss: Math.min(weather.loss, 0.02) },
    deadlineMs: 600,
    faults: random.some(faults, 0.2),
  };
}

/** In three-phase commit a coordinator may hold data too. */
function drawNodes(random: Random, protocol: Mix): { coordinators: NodeId[]; replicas: NodeId[] } {
  const size = random.whole(FEWEST_NODES, MOST_NODES);
  const count = random.whole(1, Math.min(2, size - 1));
  if (protocol !== "2pc" && random.chance(0.3)) {
    const replicas = names("n", size);
    return { coordinators: replicas.slice(0, count), replicas };
  }
  return { coordinators: names("c", count), replicas: names("n", size - count) };
}

function drawWeather(random: Random): Weather {
  return {
    leastDelayMs: 0.1,
    mostDelayMs: random.pick([1, 10, 60, 200]),
    loss: random.pick([0, 0, 0.02, 0.15]),
    copies: random.pick([0, 0, 0.05, 0.3]),
    reorders: random.chance(0.3),
  };
}
