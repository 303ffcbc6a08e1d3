/** What can be done to a node, with chaos: each asks once. */

import type { NodeStatus } from "../../../runtime/api.js";
import { part, tell } from "../live/ask.js";
import { hurry } from "../live/cluster.js";
import { conditionOf } from "../live/states.js";
import { confirm } from "../parts/confirm.js";
import { askForCrash } from "./crash.js";

export function NodeActions({ node, nodes }: { node: NodeStatus; nodes: readonly NodeStatus[] }) {
  const { id, host } = node;
  const { word } = conditionOf(node, { nodes, inDoubt: [] });
  const runs = node.state === "up" || node.state === "silent" || node.state === "catching-up";
  if (!runs) {
    return (
      <button type="button" onClick={() => askToRestart(id)}>
        Restart
      </button>
    );
  }
  return (
    <div class="buttons">
      <button type="button" onClick={() => askToKill(node)}>
        Kill
      </button>
      <button type="button" disabled={node.state !== "up"} onClick={() => askForCrash(node, nodes)}>
        Crash at…
      </button>
      {host === "process" &&
        (word === "paused" ? (
          <button type="button" onClick={() => askToResume(id)}>
            Resume
          </button>
        ) : (
          <button type="button" disabled={node.state !== "up"} onClick={() => askToPause(id)}>
            Pause
          </button>
        ))}
    </div>
  );
}

async function deed(id: string, what: string, body: object = {}): Promise<void> {
  hurry();
  try {
    await tell(`v1/nodes/${part(id)}/${what}`, "chaos", body);
  } finally {
    hurry();
  }
}

function askToKill({ id, host }: NodeStatus): void {
  let stay = false;
  const how = host === "process" ? "Its process gets SIGKILL" : "Its thread ends between two turns";
  confirm({
    title: `Kill ${id}?`,
    body: (
      <>
        <p>{how}: what it had not made durable is lost, as in a real crash. Its supervisor starts it again.</p>
        <p>
          <label>
            <input
              type="checkbox"
              onChange={({ currentTarget }) => {
                stay = currentTarget.checked;
              }}
            />
            It stays down until somebody restarts it
          </label>
        </p>
      </>
    ),
    yes: "Kill",
    act: () => deed(id, "crash", stay ? { restart: false } : {}),
  });
}

function askToPause(id: string): void {
  confirm({
    title: `Pause ${id}?`,
    body: <p>Its process gets SIGSTOP: it neither answers nor dies, and the others take it for slow.</p>,
    yes: "Pause",
    act: () => deed(id, "pause"),
  });
}

function askToResume(id: string): void {
  confirm({
    title: `Resume ${id}?`,
    body: <p>Its process gets SIGCONT and reads what has come for it meanwhile.</p>,
    yes: "Resume",
    act: () => deed(id, "resume"),
  });
}

/** Also offered where a transaction waits for it. */
export function askToRestart(id: string): void {
  confirm({
    title: `Restart ${id}?`,
    body: <p>It replays its log, takes its locks again, and asks how what it had promised has ended.</p>,
    yes: "Restart",
    act: () => deed(id, "restart"),
  });
}

/** Arms a node, or makes it vote no once. */
export function arm(id: string, plan: object): Promise<void> {
  return deed(id, "crash", plan);
}
