/** Where the conversations are: in the sources, not beside the compiled tests. */

export const FOLDER = new URL("../../../test/golden/", import.meta.url);
