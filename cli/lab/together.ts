/** A tour: a file and a key commit together, or neither. */

import { areUp, ended, isDown, type Lab, NOTHING_IN_DOUBT, type Stage } from "./lab.js";

const INVOICE = "invoices/7.txt";

async function isThere({ cluster }: Stage, path: string): Promise<boolean> {
  const { files } = await cluster.files.list({ prefix: path });
  return files.length > 0;
}

export const TOGETHER: Lab = {
  name: "together",
  title: "A file and a key commit together",
  about:
    "What a file consists of is with all replicas before they vote; that there is one is a row that commits with keys.",
  cluster: { coordinators: 1, protocol: "2pc" },
  steps: [
    {
      say: "One transaction writes an invoice, a file, and marks the order as paid, a key.",
      do: async ({ begin }) => {
        begin("pay-7", [
          { op: "writeFile", path: INVOICE, content: "7 bicycles\n" },
          { op: "put", key: "order/7", value: "paid" },
        ]);
      },
      expect: [
        ended("pay-7", "committed"),
        { that: "the file is there", holds: (stage) => isThere(stage, INVOICE) },
        { that: "the key is there", holds: async ({ cluster }) => (await cluster.get("order/7")).value === "paid" },
      ],
      picture: "pay-7",
    },
    {
      say: "Another one does the same for order 8, but c1 dies before its decision is on disk. When it is back, it has none.",
      do: async ({ cluster, begin }) => {
        await cluster.crash("c1", { at: "before-decision", txn: "pay-8", restart: false });
        begin("pay-8", [
          { op: "writeFile", path: "invoices/8.txt", content: "8 bells\n" },
          { op: "put", key: "order/8", value: "paid" },
        ]);
      },
      expect: [isDown("c1")],
      picture: "pay-8",
    },
    {
      say: "What is nowhere decided is aborted: there is neither a file nor a key.",
      do: ({ cluster }) => cluster.restart("c1"),
      expect: [
        areUp("c1"),
        ended("pay-8", "aborted"),
        NOTHING_IN_DOUBT,
        { that: "there is no file", holds: async (stage) => !(await isThere(stage, "invoices/8.txt")) },
        { that: "there is no key", holds: async ({ cluster }) => (await cluster.get("order/8")).value === undefined },
      ],
      picture: "pay-8",
    },
  ],
};
