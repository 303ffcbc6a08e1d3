/** Light or dark: what the system says, until somebody says otherwise; that is remembered. */

import { effect, signal } from "@preact/signals";

type Theme = "light" | "dark";

const STORED = "ayes-theme";

export const theme = signal<Theme | undefined>(remembered());

/** Keeps the page in its theme. */
export function applyTheme(): void {
  effect(() => {
    if (theme.value) document.documentElement.dataset.theme = theme.value;
    else delete document.documentElement.dataset.theme;
  });
}

/** The other one. */
export function switchTheme(): void {
  theme.value = shownTheme() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(STORED, theme.value);
  } catch {
    // A browser that keeps nothing asks the system again.
  }
}

/** The one that is seen. */
export function shownTheme(): Theme {
  return theme.value ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function remembered(): Theme | undefined {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === "light" || stored === "dark" ? stored : undefined;
  } catch {
    return undefined;
  }
}
