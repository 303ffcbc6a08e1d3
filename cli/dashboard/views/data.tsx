/** Keys and files of all replicas side by side, what differs marked, and a line for statements. */

import { useState } from "preact/hooks";
import type { Key, NodeStatus } from "../../../runtime/api.js";
import { cluster } from "../live/cluster.js";
import { usePolled } from "../live/polled.js";
import { many } from "../parts/amounts.js";
import { Text } from "../parts/text.js";
import { refine, route } from "../shell/route.js";
import { type Compared, type Held, type Place, type Row, readFiles, readKeys } from "./replicas.js";
import { StatementLine } from "./statements.js";

const EVERY_MS = 2000;

export function ReplicasView() {
  const { query } = route.value;
  const prefix = query.get("prefix") ?? "";
  const files = query.get("of") === "files";
  const change = (changed: Record<string, string>) => refine({ prefix, of: files ? "files" : "", ...changed });
  return (
    <section>
      <div class="head">
        <h1>Data</h1>
        <p class="filters">
          <button type="button" aria-pressed={!files} onClick={() => change({ of: "" })}>
            Keys
          </button>
          <button type="button" aria-pressed={files} onClick={() => change({ of: "files" })}>
            Files
          </button>
          <input
            type="search"
            placeholder="begins with"
            aria-label="Only what begins with"
            value={prefix}
            onInput={({ currentTarget }) => change({ prefix: currentTarget.value })}
          />
        </p>
      </div>
      <StatementLine />
      <Pages key={`${files} ${prefix}`} files={files} prefix={prefixOf(prefix)} />
    </section>
  );
}

/** A composite prefix is typed as JSON; a bracket that is none is a text. */
function prefixOf(text: string): Key | undefined {
  if (text === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as Key) : text;
  } catch {
    return text;
  }
}

function Pages({ files, prefix }: { files: boolean; prefix: Key | undefined }) {
  const [turned, turn] = useState<readonly Place[]>([]);
  const place = turned.at(-1) ?? (prefix === undefined ? {} : { prefix });
  const replicas = (cluster.value?.nodes ?? []).filter(({ role }) => role !== "coordinator");
  const up = replicas.filter(({ state }) => state === "up").map(({ id }) => id);
  const read = () => (files ? readFiles : readKeys)(up, place);
  const { answer, problem } = usePolled<Compared>(read, JSON.stringify([up, place]), EVERY_MS);
  const next = answer?.next;
  return (
    <>
      {problem && (
        <p class="notice bad">
          <Text>{`${problem.message}; ${problem.next}`}</Text>
        </p>
      )}
      {answer && <Comparison rows={answer.rows} replicas={replicas} up={up} files={files} />}
      {answer && (
        <p class="filters under">
          <button type="button" disabled={turned.length === 0} onClick={() => turn(turned.slice(0, -1))}>
            Back
          </button>
          <button type="button" disabled={!next} onClick={() => next && turn([...turned, next])}>
            Next
          </button>
          <Summary rows={answer.rows} what={files ? "file" : "key"} />
        </p>
      )}
    </>
  );
}

function Summary({ rows, what }: { rows: readonly Row[]; what: string }) {
  const differing = rows.filter(({ differs }) => differs).length;
  if (differing === 0) return <span class="faint">{many(rows.length, what)}, the same everywhere</span>;
  return (
    <span class="warn">
      {many(rows.length, what)}, of which {differing} differ; what is just being committed differs for a moment
    </span>
  );
}

type ComparisonProps = { rows: readonly Row[]; replicas: readonly NodeStatus[]; up: readonly string[]; files: boolean };

function Comparison({ rows, replicas, up, files }: ComparisonProps) {
  return (
    <div class="wide">
      <table class="compared">
        <thead>
          <tr>
            <th scope="col">{files ? "File" : "Key"}</th>
            {replicas.map(({ id, state }) => (
              <th key={id} scope="col">
                <Text>{id}</Text> {state !== "up" && <span class="bad">{state}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, held, differs }) => (
            <tr key={name} class={differs ? "differs" : undefined}>
              <th scope="row">
                <Text most={200}>{name}</Text>
              </th>
              {replicas.map(({ id }) => (
                <td key={id}>{up.includes(id) ? <Content of={held[id]} /> : <span class="faint">–</span>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">Nothing here.</p>}
    </div>
  );
}

function Content({ of }: { of: Held | undefined }) {
  if (!of) return <span class="warn">not there</span>;
  return (
    <span title={`version ${of.version}`}>
      <Text most={80}>{of.text}</Text>
    </span>
  );
}
