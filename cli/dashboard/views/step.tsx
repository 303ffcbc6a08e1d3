/** The protocol by hand: what stands still, in its order, and a button that lets each go. */

import { useState } from "preact/hooks";
import type { Held, HeldList } from "../../../runtime/stepping-api.js";
import { ask, type Refusal, tell } from "../live/ask.js";
import { cluster, hurry } from "../live/cluster.js";
import { usePolled } from "../live/polled.js";
import { Cell } from "../parts/cell.js";
import { Lines, Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";

const EVERY_MS = 400;
/** After a step its effects are on their way. */
const SOON_MS = 60;

export function StepView() {
  const status = cluster.value;
  if (!status) return <p class="faint">Asking the cluster…</p>;
  if (!status.chaos) {
    return (
      <section>
        <h1>Step</h1>
        <p class="empty">Only a cluster that was started with --chaos can be stepped.</p>
      </section>
    );
  }
  return <Desk />;
}

function Desk() {
  const { answer, problem, again } = usePolled(() => ask<HeldList>("v1/step"), "step", EVERY_MS);
  const [refused, setRefused] = useState<Refusal | undefined>(undefined);
  const send = async (method: string, body: object) => {
    try {
      await tell("v1/step", "chaos", body, method);
      setRefused(undefined);
    } catch (error) {
      setRefused(error as Refusal);
    }
    hurry();
    again();
    setTimeout(again, SOON_MS);
  };
  const shown = refused ?? problem;
  return (
    <section>
      <div class="head">
        <h1>Step</h1>
        <p class="faint" role="status">
          {stateText(answer)}
        </p>
      </div>
      {shown && (
        <p class="notice bad" role="alert">
          <Text>{`${shown.message}; ${shown.next}`}</Text>
        </p>
      )}
      <Switch stepping={answer?.stepping} step={(body) => send("PUT", body)} />
      {answer?.stepping && <Beginning begun={again} />}
      {answer && <HeldTable list={answer} release={(id) => send("POST", { release: id })} />}
    </section>
  );
}

function stateText(list: HeldList | undefined): string {
  if (!list) return "asking…";
  if (!list.stepping) return "everything goes by itself";
  const { txn } = list.stepping;
  return `${txn === undefined ? "all transactions go" : `${txn} goes`} by hand; time stands still`;
}

type SwitchProps = { stepping: HeldList["stepping"]; step(body: object): void };

function Switch({ stepping, step }: SwitchProps) {
  const [txn, setTxn] = useState("");
  const one = (event: Event) => {
    event.preventDefault();
    if (txn.trim() !== "") step({ on: true, txn: txn.trim() });
  };
  return (
    <form class="filters" onSubmit={one}>
      <button
        type="button"
        aria-pressed={stepping !== undefined && stepping.txn === undefined}
        onClick={() => step({ on: true })}
      >
        Hold all
      </button>
      <input
        type="search"
        aria-label="Id of a transaction"
        placeholder="or one transaction"
        value={txn}
        onInput={({ currentTarget }) => setTxn(currentTarget.value)}
      />
      <button type="submit" aria-pressed={stepping?.txn !== undefined}>
        Hold one
      </button>
      <button type="button" disabled={!stepping} onClick={() => step({ on: false })}>
        Let everything go
      </button>
    </form>
  );
}

/** Something to step. */
function Beginning({ begun }: { begun(): void }) {
  const [key, setKey] = useState("a");
  const [value, setValue] = useState("1");
  const begin = (event: Event) => {
    event.preventDefault();
    const body = { operations: [{ op: "put", key, value }] };
    // It ends when it has been stepped to its end.
    void tell("v1/transactions", "transaction", body).catch(() => undefined);
    setTimeout(begun, SOON_MS);
  };
  const field = (label: string, text: string, change: (text: string) => void) => (
    <input
      class="mono"
      aria-label={label}
      required
      value={text}
      onInput={({ currentTarget }) => change(currentTarget.value)}
    />
  );
  return (
    <form class="filters under" onSubmit={begin}>
      <span class="faint">put</span>
      {field("Key", key, setKey)}
      {field("Value", value, setValue)}
      <button type="submit">Begin a transaction</button>
    </form>
  );
}

type TableProps = { list: HeldList; release(id: number | "next"): void };

function HeldTable({ list: { stepping, held, more }, release }: TableProps) {
  if (!stepping) return <p class="empty">Hold all, begin a transaction, and let its messages go one by one.</p>;
  return (
    <>
      <p class="filters under">
        <button type="button" class="strong" disabled={held.length === 0} onClick={() => release("next")}>
          Next step
        </button>
        <span class="faint">{held.length === 0 ? "Nothing waits." : `${held.length + more} wait`}</span>
      </p>
      {held.length > 0 && (
        <div class="wide">
          <table class="facts held">
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">At</th>
                <th scope="col">What</th>
                <th scope="col">Transaction</th>
                <th scope="col">Do</th>
              </tr>
            </thead>
            <tbody>
              {held.map((item) => (
                <Row key={item.id} item={item} release={release} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ item, release }: { item: Held; release(id: number): void }) {
  const { id, node, says, txn, after } = item;
  const contents = item.kind === "message" ? item.body : { records: item.records, keys: item.keys };
  return (
    <tr data-id={id} data-kind={item.kind}>
      <Cell name="Order">{id}</Cell>
      <Cell name="At">
        <b>
          <Text>{node}</Text>
        </b>
      </Cell>
      <td data-name="What" class="whole">
        <details>
          <summary>
            <span class={item.kind === "commit" ? "warn" : undefined}>
              <Text>{says}</Text>
            </span>
            {item.kind === "message" && (
              <span class="faint">
                {" "}
                from <Text>{item.source}</Text>
              </span>
            )}
          </summary>
          <Lines class="mono">{JSON.stringify(contents, undefined, 2)}</Lines>
        </details>
      </td>
      <Cell name="Transaction">
        {txn !== undefined && (
          <a href={hrefOf("transactions", txn)}>
            <Text most={40}>{txn}</Text>
          </a>
        )}
      </Cell>
      <Cell name="Do">
        <button type="button" disabled={after !== undefined} onClick={() => release(id)}>
          {after === undefined ? "Let go" : `after ${after}`}
        </button>
      </Cell>
    </tr>
  );
}
