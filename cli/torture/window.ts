/** A few keys in use at a time, replaced by fresh ones after so many requests: no key gets a long history. */

export class Window {
  /** Every key that was ever in use. */
  readonly all: string[] = [];
  readonly #prefix: string;
  readonly #size: number;
  readonly #requests: number;
  #left = 0;
  #keys: string[] = [];

  constructor(prefix: string, size: number, requests: number) {
    this.#prefix = prefix;
    this.#size = size;
    this.#requests = requests;
  }

  /** The keys to choose from for one more request. */
  keys(): readonly string[] {
    if (this.#left === 0) {
      this.#keys = Array.from({ length: this.#size }, (_, index) => `${this.#prefix}/${this.all.length + index}`);
      this.all.push(...this.#keys);
      this.#left = this.#requests;
    }
    this.#left -= 1;
    return this.#keys;
  }
}
