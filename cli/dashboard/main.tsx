/** Where the dashboard begins. */

import { render } from "preact";
import { followCluster } from "./live/cluster.js";
import { Shell } from "./shell/shell.js";
import { applyTheme } from "./shell/theme.js";

applyTheme();
followCluster();
render(<Shell />, document.getElementById("page") as HTMLElement);
