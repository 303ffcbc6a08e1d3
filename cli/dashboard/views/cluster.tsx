/** The nodes of the cluster: who they are and how they are. */

import type { NodeStatus } from "../../../runtime/api.js";
import { cluster } from "../live/cluster.js";
import { Text } from "../parts/text.js";

export function ClusterView() {
  const status = cluster.value;
  if (!status) return <p class="faint">Asking the cluster…</p>;
  return (
    <section>
      <h1>Cluster</h1>
      <table>
        <thead>
          <tr>
            <th>Node</th>
            <th>Role</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {status.nodes.map((node) => (
            <Row key={node.id} node={node} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ node: { id, role, state } }: { node: NodeStatus }) {
  return (
    <tr>
      <th scope="row">
        <Text>{id}</Text>
      </th>
      <td>{role}</td>
      <td>{state}</td>
    </tr>
  );
}
