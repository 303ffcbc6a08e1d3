/** Where the conversations are: in the sources, not beside the compiled tests. */

export const FOLDER = new URL("../../../test/golden/", import.meta.url);
/** What a broken rule leads to. */
export const COUNTEREXAMPLES = new URL("../../../test/counterexamples/", import.meta.url);
