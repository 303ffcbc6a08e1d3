/** Files beside keys in one transaction over HTTP: staged first, or in its body. */

import { randomBytes } from "node:crypto";
import t from "tap";
import { HttpSession } from "./http-session.js";

const http = await HttpSession.start();
const invoice = randomBytes(300_000);

const stage = (body: string | Uint8Array, headers = {}) => http.send("/v1/contents", { method: "POST", body, headers });
const read = async (path: string) => (await http.raw(`/v1/files/${path}`)).bytes;

t.test("an order and its invoice commit together, or not at all", async (t) => {
  const { status, body: content, headers } = await stage(invoice);
  t.match([status, content], [201, { staged: String, size: invoice.length, digest: /^[0-9a-f]{64}$/ }]);
  t.equal(headers.location, `/v1/contents/${content.staged}`);
  const order = {
    id: "order-7",
    checks: [
      { key: "orders/7", is: "absent" },
      { path: "invoices/7.pdf", is: "absent" },
    ],
    operations: [
      { op: "put", key: "orders/7", value: { total: 12 } },
      { op: "writeFile", path: "invoices/7.pdf", content, type: "application/pdf", modifiedAt: 1000 },
    ],
  };
  t.match(await http.post("/v1/transactions", order), { status: 200, body: { txn: "order-7" } });
  t.match(await http.post("/v1/transactions", order), { status: 200, body: { txn: "order-7" } }, "executed once");
  t.ok((await read("invoices/7.pdf")).equals(invoice));
  t.match(await http.raw("/v1/files/invoices/7.pdf"), {
    headers: { "content-type": "application/pdf", "last-modified": "Thu, 01 Jan 1970 00:00:01 GMT" },
  });
  const again = await http.post("/v1/transactions", { ...order, id: "order-7b" });
  t.match(again, { status: 409, body: { why: { code: "check-failed" } } });
  const release = await http.send(`/v1/contents/${content.staged}`, { method: "DELETE" });
  t.match(release, { status: 200, body: { released: content.staged } });
  t.ok((await read("invoices/7.pdf")).equals(invoice), "what was committed stays");
});

t.test("what was released cannot be committed", async (t) => {
  const { body: content } = await stage(invoice);
  await http.send(`/v1/contents/${content.staged}`, { method: "DELETE" });
  const lost = await http.post("/v1/transactions", { operations: [{ op: "writeFile", path: "lost", content }] });
  await http.refused(t, lost, 409, /nothing is staged/);
  const digest = `sha-256=:${Buffer.alloc(32).toString("base64")}:`;
  await http.refused(t, await stage(invoice, { "content-digest": digest }), 400, /changed on its way/);
});

t.test("small files stand in the transaction; files are copied, renamed and deleted", async (t) => {
  const bytes = Buffer.from([0, 255, 128]);
  const write = [
    { op: "writeFile", path: "m/text", content: "grüße" },
    { op: "writeFile", path: "m/bytes", bytes: bytes.toString("base64") },
  ];
  const wrote = await http.post("/v1/transactions", { operations: write });
  t.match(wrote, { status: 200 });
  t.same([await read("m/text"), await read("m/bytes")], [Buffer.from("grüße"), bytes]);
  const rename = {
    checks: [{ path: "m/text", is: "version", version: wrote.body.txn }],
    operations: [
      { op: "copyFile", path: "m/renamed", source: "m/text" },
      { op: "deleteFile", path: "m/text" },
    ],
  };
  t.match(await http.post("/v1/transactions", rename), { status: 200 });
  const { body: page } = await http.send("/v1/files?prefix=m/");
  t.match(page, { files: [{ path: "m/bytes" }, { path: "m/renamed" }] });
  t.match(await http.post("/v1/transactions", rename), { status: 409, body: { why: { file: "m/text" } } });
});

t.test("bad operations on files", async (t) => {
  const bad: [object, number, RegExp][] = [
    [{ op: "writeFile", path: "../x", content: "x" }, 400, /operations\[0\]\.path has a part "\.\."/],
    [{ op: "writeFile", path: "x" }, 400, /operations\[0\]\.content must be/],
    [{ op: "writeFile", path: "x", content: "x", bytes: "AA==" }, 400, /both content and bytes/],
    [{ op: "writeFile", path: "x", bytes: "*" }, 400, /not base64/],
    [{ op: "writeFile", path: "x", content: { staged: "none" } }, 409, /nothing is staged/],
    [{ op: "writeFile", path: "x", content: "x".repeat(65_537) }, 413, /stage what has more/],
    [{ op: "writeFile", path: "x", content: "x", mode: 1 }, 400, /unknown field "mode"/],
    [{ op: "copyFile", path: "x", source: "x" }, 400, /to itself/],
  ];
  for (const [operation, status, says] of bad) {
    await http.refused(t, await http.post("/v1/transactions", { operations: [operation] }), status, says);
  }
});
