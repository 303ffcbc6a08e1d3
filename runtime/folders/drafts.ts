/** The attached folders that one attempt of a transaction function uses. */

import { AyesError, type Why } from "../errors.js";
import type { TransactionFolder } from "../folders-api.js";
import { FolderDraft } from "./draft.js";
import type { FolderService } from "./folder-service.js";
import { FolderStagings } from "./staging.js";

const ELSEWHERE = "a folder takes part in transactions of the program that has the cluster open, not over a connection";

export class FolderDrafts {
  readonly #service: FolderService | undefined;
  readonly #stagings: FolderStagings;
  readonly #drafts = new Map<string, FolderDraft>();

  /** Without a service every folder is refused. */
  constructor(service?: FolderService, stagings = new FolderStagings()) {
    this.#service = service;
    this.#stagings = stagings;
  }

  /** The folder of this name. Throws `not-found`. */
  of(name: string): TransactionFolder {
    if (!this.#service) throw new AyesError("invalid", ELSEWHERE);
    const known = this.#drafts.get(name);
    if (known) return known;
    const draft = new FolderDraft(this.#service.of(name), this.#stagings);
    this.#drafts.set(name, draft);
    return draft;
  }

  /** Those that something was asked of. */
  get used(): FolderDraft[] {
    return [...this.#drafts.values()].filter(({ version }) => version !== undefined);
  }

  /** Why the attempt cannot commit any more. */
  get flaw(): Why | undefined {
    return [...this.#drafts.values()].find(({ flaw }) => flaw)?.flaw;
  }

  end(): void {
    for (const draft of this.#drafts.values()) draft.end();
  }
}
