/** The nodes of the cluster: who they are, how they are, and, with chaos, what can be done to them. */

import type { NodeStatus, Status } from "../../../runtime/api.js";
import { cluster, now } from "../live/cluster.js";
import { conditionOf } from "../live/states.js";
import { agoText, bytesText, countText, many } from "../parts/amounts.js";
import { Cell } from "../parts/cell.js";
import { Text } from "../parts/text.js";
import { Lately } from "./lately.js";
import { Links } from "./links.js";
import { NodeActions } from "./node-actions.js";

export function ClusterView() {
  const status = cluster.value;
  if (!status) return <p class="faint">Asking the cluster…</p>;
  return (
    <section>
      <div class="head">
        <h1>Cluster</h1>
        <p class="faint">{summaryOf(status)}</p>
      </div>
      <div class="wide">
        <table class="facts">
          <thead>
            <tr>
              {COLUMNS.map(([name, number]) => (
                <th key={name} scope="col" class={number ? "number" : undefined}>
                  {name}
                </th>
              ))}
              {status.chaos && <th scope="col">Do</th>}
            </tr>
          </thead>
          <tbody>
            {status.nodes.map((node) => (
              <Row key={node.id} node={node} status={status} />
            ))}
          </tbody>
        </table>
      </div>
      <div class="pair">
        <Links status={status} />
        <Lately lives={status.lives} />
      </div>
    </section>
  );
}

const COLUMNS: readonly [string, boolean?][] = [
  ["Node"],
  ["State"],
  ["Host"],
  ["Epoch", true],
  ["Restarts", true],
  ["Mailbox", true],
  ["Locks", true],
  ["Keys", true],
  ["Log", true],
  ["Store", true],
  ["Last flush", true],
];

function Row({ node, status }: { node: NodeStatus; status: Status }) {
  const { id, role, host, pid } = node;
  const { word, tone, why } = conditionOf(node, status);
  return (
    <tr data-node={id}>
      <th scope="row">
        <Text>{id}</Text> <span class="faint role">{role.replace("+", " + ")}</span>
      </th>
      <Cell name="State">
        <span class={`mark ${tone}`} data-state={word}>
          {word}
        </span>
        {why !== undefined && (
          <span class="why faint">
            <Text>{why}</Text>
          </span>
        )}
      </Cell>
      <Cell name="Host">
        {host} <span class="faint">{pid}</span>
      </Cell>
      {COLUMNS.slice(FACTS_FROM).map(([name], index) => (
        <Cell key={name} name={name} number>
          {factsOf(node)[index]}
        </Cell>
      ))}
      {status.chaos && (
        <Cell name="Do">
          <NodeActions node={node} nodes={status.nodes} />
        </Cell>
      )}
    </tr>
  );
}

/** Behind node, state and host. */
const FACTS_FROM = 3;

/** In the order of the columns. */
function factsOf({ epoch, restarts, details }: NodeStatus): string[] {
  const counts = [epoch, restarts, details?.mailbox, details?.locks, details?.keys, details?.logRecords];
  return [
    ...counts.map((count) => (count === undefined ? "–" : countText(count))),
    details ? bytesText(details.bytes) : "–",
    details?.flushedAt === undefined ? "–" : agoText(details.flushedAt, now.value),
  ];
}

function summaryOf({ nodes, hosts, protocol, membership, leader, chaos }: Status): string {
  const voters = membership === "all" ? "all replicas vote" : "the up-set votes";
  const facts = [`${many(nodes.length, "node")} in ${hosts}`, NAMES[protocol], voters];
  if (leader !== undefined) facts.push(`${leader} leads`);
  if (chaos) facts.push("chaos allowed");
  return facts.join(" · ");
}

const NAMES = { "2pc": "two-phase commit", "3pc": "three-phase commit" };
