/** What others have written: always text, never markup, and nothing in it changes what stands beside it. */

/** Control characters, and those that change the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be made visible
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** A text in which everything can be seen. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text of somebody else's, cut when it is long. */
export function Text({ children, most = 400 }: { children: string; most?: number }) {
  const whole = visible(children);
  const cut = whole.length > most ? `${whole.slice(0, most)}…` : whole;
  return (
    <bdi class="text" title={cut === whole ? undefined : whole.slice(0, 4000)}>
      {cut}
    </bdi>
  );
}

/** Several lines of it, as they stand. */
export function Lines({ children, class: named }: { children: string; class?: string | undefined }) {
  const lines = children.split("\n").map(visible).join("\n");
  return (
    <pre class={named} dir="ltr">
      {lines}
    </pre>
  );
}
