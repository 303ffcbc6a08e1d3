/** People who vote: the page of each participant, and the one from which something is proposed. */

import type { NodeStatus, Validator } from "../../../runtime/api.js";
import { part, type Refusal, tell } from "../live/ask.js";
import { ballots, useBallots } from "../live/ballots.js";
import { cluster, hurry } from "../live/cluster.js";
import { confirm } from "../parts/confirm.js";
import { Text } from "../parts/text.js";
import { hrefOf } from "../shell/route.js";
import { BallotCard, Said } from "./ballot.js";
import { Adopted, ProposalForm, Proposals } from "./proposals.js";

/** How many ballots wait for people, as the nodes say that ask them. */
export function openBallots(): number {
  const asking = cluster.value?.nodes.filter(({ validator }) => isPerson(validator)) ?? [];
  return asking.reduce((sum, { details }) => sum + (details?.considering ?? 0), 0);
}

export function VoteView({ subject }: { subject: string | undefined }) {
  const problem = useBallots();
  const voters = (cluster.value?.nodes ?? []).filter(({ role }) => role !== "coordinator");
  return (
    <section>
      {problem && (
        <p class="notice bad">
          <Text>{`${problem.message}; ${problem.next}`}</Text>
        </p>
      )}
      {subject === undefined ? <Proposer voters={voters} /> : <Participant node={subject} voters={voters} />}
      <Adopted />
    </section>
  );
}

type Voters = { voters: readonly NodeStatus[] };

function Proposer({ voters }: Voters) {
  return (
    <>
      <div class="head">
        <h1>Vote</h1>
        <p class="faint">Send a text to all. It is kept only if everybody commits.</p>
      </div>
      <ProposalForm />
      <Proposals />
      <h2>Who votes</h2>
      <div class="wide narrow">
        <table>
          <tbody>
            {voters.map((node) => (
              <Voter key={node.id} node={node} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Voter({ node: { id, validator } }: { node: NodeStatus }) {
  const waiting = ballots.value.filter(({ node }) => node === id).length;
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf("vote", id)}>
          <Text>{id}</Text>
        </a>
      </th>
      <td>
        {isPerson(validator) ? "a person" : <Text>{`by the rule ${validator?.rule ?? "always"}`}</Text>}
        {waiting > 0 && <span class="warn"> ({waiting} waiting)</span>}
      </td>
      <td>
        <PersonButton id={id} validator={validator} />
      </td>
    </tr>
  );
}

function Participant({ node, voters }: Voters & { node: string }) {
  const found = voters.find(({ id }) => id === node);
  const mine = ballots.value.filter((ballot) => ballot.node === node);
  return (
    <>
      <div class="head">
        <a href={hrefOf("vote")}>Vote</a>
        <h1>
          The person at <Text>{node}</Text>
        </h1>
        {found && isPerson(found.validator) && <PersonButton id={node} validator={found.validator} />}
      </div>
      {cluster.value && !found && <p class="notice bad">There is no such node that votes.</p>}
      {found && !isPerson(found.validator) && (
        <p class="notice warn">
          <Text>{`${node} asks nobody: it votes by the rule ${found.validator?.rule ?? "always"}.`}</Text>{" "}
          <PersonButton id={node} validator={found.validator} />
        </p>
      )}
      {mine.map((ballot) => (
        <BallotCard key={ballot.txn} ballot={ballot} />
      ))}
      {mine.length === 0 && <p class="empty">Nothing waits for you.</p>}
      <Said node={node} />
    </>
  );
}

function isPerson(validator: Validator | undefined): boolean {
  return validator?.rule === "person";
}

/** Whoever ruled before is named before that is changed. */
function PersonButton({ id, validator }: { id: string; validator: Validator | undefined }) {
  const person = isPerson(validator);
  const rule = person ? "always" : "person";
  const act = async () => {
    await tell(`v1/nodes/${part(id)}/validator`, "validator", { rule }, "PUT");
    hurry();
  };
  const before = validator?.rule ?? "always";
  const ask = () =>
    confirm({
      title: person ? `Nobody is asked at ${id} any more?` : `Ask a person at ${id}?`,
      body: <p>{person ? "What waits already still waits." : `It votes by the rule ${before} now; that ends.`}</p>,
      yes: person ? "Ask nobody" : "Ask a person",
      act,
    });
  const quick = () => void act().catch((error: Refusal) => alertOf(error));
  return (
    <button type="button" onClick={before === "always" || person ? quick : ask}>
      {person ? "Ask nobody" : "Ask a person"}
    </button>
  );
}

function alertOf({ message, next }: Refusal): void {
  confirm({
    title: "That was refused",
    body: <Text>{`${message}; ${next}`}</Text>,
    yes: "OK",
    act: async () => undefined,
  });
}
