/** What an embedded cluster is made of once its folder is locked. */

import type { Shape } from "./config.js";
import type { OpenOptions } from "./open-options.js";

export type Parts = {
  folder: string;
  shape: Shape;
  sockets: string;
  options: OpenOptions;
  cleanUp: (() => void)[];
};
