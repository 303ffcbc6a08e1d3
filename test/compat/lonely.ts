/** One process behind the real port with a recorder for a player: it leads, has no peers, and dies as it is told. */

import { Front } from "../../cli/compat/front.js";
import type { Framing } from "../../cli/compat/lines.js";
import { MasterPort } from "../../cli/compat/master-port.js";
import { Recorder } from "./recorder.js";

const [id = "", n = "", port = ""] = process.argv.slice(2);
const player = new Recorder(Number(id));
// What a process says of itself must not end it, though its master gave it nothing to write on.
process.stdout.on("error", () => undefined).write("started\n");
player.isHolding = process.env.LONELY_HOLDS !== undefined;
const master = new MasterPort(process.env.AYES_COMPAT_FRAMING as Framing);
await master.listen(Number(port));
const die = () => process.kill(process.pid, "SIGKILL");
master.serve(new Front({ id: Number(id), n: Number(n), player, die, complain: () => undefined }));
