/** The recorder of histories: one line for each event, in the order of the calls, with times that never go back. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { type HistoryEvent, HistoryRecorder } from "../../cli/history/history.js";

const folder = mkdtempSync(join(tmpdir(), "ayes-history-"));
const file = join(folder, "history.jsonl");
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function lines(): HistoryEvent[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

t.test("every event is a line that says all of its request, and of its answer", async (t) => {
  const recorder = new HistoryRecorder(file);
  recorder.invoke(0, { f: "put", key: "x", value: 1 });
  recorder.invoke(1, { f: "get", key: "x" });
  recorder.ok(0);
  recorder.ok(1, 1);
  recorder.invoke(1, { f: "get", key: "y" });
  recorder.ok(1);
  recorder.invoke(0, { f: "delete", key: "x" });
  recorder.fail(0);
  const steps = [
    ["r", "x", null],
    ["append", "z", 2],
  ] as const;
  recorder.invoke(0, { f: "txn", value: [[...steps[0]], [...steps[1]]] });
  recorder.ok(0, [["r", "x", 1], [...steps[1]]]);
  recorder.invoke(1, { f: "put", key: "b", value: new Uint8Array([1, 2]) });
  recorder.info(1);
  recorder.close();
  const events = lines();
  t.same(
    events.map(({ time: _time, ...event }) => event),
    [
      { process: 0, type: "invoke", f: "put", key: "x", value: 1 },
      { process: 1, type: "invoke", f: "get", key: "x" },
      { process: 0, type: "ok", f: "put", key: "x", value: 1 },
      { process: 1, type: "ok", f: "get", key: "x", value: 1 },
      { process: 1, type: "invoke", f: "get", key: "y" },
      { process: 1, type: "ok", f: "get", key: "y", value: null },
      { process: 0, type: "invoke", f: "delete", key: "x" },
      { process: 0, type: "fail", f: "delete", key: "x" },
      { process: 0, type: "invoke", f: "txn", value: steps },
      { process: 0, type: "ok", f: "txn", value: [["r", "x", 1], steps[1]] },
      { process: 1, type: "invoke", f: "put", key: "b", value: { bytes: "AQI=" } },
      { process: 1, type: "info", f: "put", key: "b", value: { bytes: "AQI=" } },
    ],
  );
  const times = events.map(({ time }) => time);
  t.same(
    times.toSorted((a, b) => a - b),
    times,
  );
});

t.test("a history that could not be judged is not recorded", async (t) => {
  const recorder = new HistoryRecorder(file);
  t.throws(() => recorder.ok(0), /waits for no answer/);
  recorder.invoke(0, { f: "get", key: "x" });
  t.throws(() => recorder.invoke(0, { f: "get", key: "x" }), /already waits/);
  recorder.close();
  t.equal(lines().length, 1);
});

t.test("what is flushed can be read while recording goes on", async (t) => {
  const recorder = new HistoryRecorder(file);
  recorder.invoke(0, { f: "get", key: "x" });
  t.equal(lines().length, 0);
  recorder.flush();
  t.equal(lines().length, 1);
  recorder.close();
});
