/** Ctrl-C and SIGTERM: the first asks to stop cleanly, the second stops at once. */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Calls `stop` on the first signal. Returns a function that stops listening. */
export function onStopSignal(stop: (code: number) => void): () => void {
  let asked = false;
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      if (asked) process.exit(CODES[signal]);
      asked = true;
      stop(CODES[signal]);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const forget of listeners) forget();
  };
}

/** Resolves with the exit code of the first signal. */
export function stopSignal(): Promise<number> {
  return new Promise((resolve) => onStopSignal(resolve));
}
