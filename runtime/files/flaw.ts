/** What is wrong with a content at one replica: all of it is compared with what its row says. */

import { ContentReader } from "../../storage/content-reader.js";
import { CHUNK_BYTES, type Content, chunkDigests, chunkSize, sha256 } from "./content.js";

/** `missing` when there is no file to be read. */
export type Flaw = { is: "missing" | "damaged"; says: string };

/** `folder` is the node's. */
export async function flawIn(
  folder: string,
  content: Content,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Flaw | undefined> {
  const reader = await ContentReader.open(folder, content.digest);
  if (!reader) return { is: "missing", says: "is missing" };
  try {
    if (reader.size !== content.size) {
      return { is: "damaged", says: `has ${reader.size} bytes instead of ${content.size}` };
    }
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const digests = chunkDigests(content);
    for (const [index, digest] of digests.entries()) {
      const chunk = buffer.subarray(0, chunkSize(content, index));
      const length = await reader.read(chunk, index * CHUNK_BYTES);
      if (length !== chunk.length || !sha256(chunk).equals(digest)) {
        return { is: "damaged", says: `is damaged in chunk ${index + 1} of ${digests.length}` };
      }
      onBytes(length);
    }
    return undefined;
  } finally {
    await reader.close();
  }
}
