/** Files within a cluster: what is known of them is copied, no bytes move. */

import type { Cluster, FileOperation } from "../../runtime/api.js";
import { AyesError } from "../../runtime/errors.js";
import { Problem } from "../language/problem.js";
import { changeFiles } from "./change.js";
import type { Copied } from "./copied.js";

/** All files of a folder, in one transaction. With `mirror`, what else is in the target goes. */
export async function copyWithin(cluster: Cluster, source: string, target: string, mirror: boolean): Promise<Copied> {
  if (source.startsWith(target) || target.startsWith(source)) {
    throw new Problem(
      `${JSON.stringify(`ayes:${source}`)} and ${JSON.stringify(`ayes:${target}`)} are one in the other`,
    );
  }
  let [written, same, deleted] = [0, 0, 0];
  const ending = await changeFiles(cluster, [source, target], async (there) => {
    const files = [...there.values()].filter(({ path }) => path.startsWith(source));
    if (files.length === 0) throw new AyesError("not-found", `there is no file in ${JSON.stringify(`ayes:${source}`)}`);
    const targets = new Map(files.map(({ path, digest }) => [target + path.slice(source.length), { path, digest }]));
    const extra = mirror ? [...there.keys()].filter((path) => path.startsWith(target) && !targets.has(path)) : [];
    const differing = [...targets].filter(([path, { digest }]) => there.get(path)?.digest !== digest);
    [written, same, deleted] = [differing.length, files.length - differing.length, extra.length];
    return [
      ...differing.map(([path, file]): FileOperation => ({ op: "copyFile", path, source: file.path })),
      ...extra.map((path): FileOperation => ({ op: "deleteFile", path })),
    ];
  });
  return { ending, written, same, deleted, bytes: 0, skipped: [] };
}
