/** What a program can do to a running cluster to see what it withstands. Only with chaos allowed. */

/** A link between two nodes that somebody has damaged, both ways alike. */
export type LinkStatus = {
  between: readonly [string, string];
  /** Nothing gets through, and nobody is told: each takes the other one for slow. */
  cut: boolean;
  /** How much later everything arrives. */
  delayMs: number;
};

export interface Disturbing {
  /**
   * Stops a node that is a process (SIGSTOP): it neither answers nor dies, and nobody is told. Rejects with `invalid` for
   * a thread, with `unavailable` for a node that is down.
   */
  pause(node: string): Promise<void>;
  /** Lets it go on. */
  resume(node: string): Promise<void>;
  /** Cuts the link between two nodes, or mends it. It stays so when they restart, until the cluster is closed. */
  cut(one: string, other: string, on?: boolean): Promise<void>;
  /** Has everything between two nodes arrive later: up to a minute, 0 for no more. In order, as ever. */
  delay(one: string, other: string, delayMs: number): Promise<void>;
}
