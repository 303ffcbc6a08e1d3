/** What is around every view: its name, the way to the others, and whether the cluster can be reached. */

import { cluster, heardAt, now, reachable } from "../live/cluster.js";
import { Confirmation } from "../parts/confirm.js";
import { Text } from "../parts/text.js";
import { views } from "../views/all.js";
import { hrefOf, route } from "./route.js";
import { shownTheme, switchTheme } from "./theme.js";

export function Shell() {
  const { view, subject } = route.value;
  const fitting = views();
  const open = fitting.find(({ name }) => name === view) ?? fitting[0];
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="bar">
        <a class="brand" href="#/">
          Ayes
        </a>
        <nav aria-label="Views">
          {fitting.map(({ name, title, count }) => {
            const many = count?.() ?? 0;
            return (
              <a
                key={name}
                ref={name === open?.name ? show : null}
                href={hrefOf(name)}
                aria-current={name === open?.name ? "page" : undefined}
              >
                {title}
                {many > 0 && <span class="count">{many}</span>}
              </a>
            );
          })}
        </nav>
        <button type="button" class="quiet theme" onClick={switchTheme} title="Light or dark">
          {shownTheme() === "dark" ? "Light" : "Dark"}
        </button>
      </header>
      <Reachability />
      <main id="main" tabIndex={-1}>
        {open && <open.View key={`${open.name}/${subject ?? ""}`} subject={subject} />}
      </main>
      <footer>
        {cluster.value && (
          <>
            cluster <Text>{cluster.value.cluster}</Text> · data in <Text>{cluster.value.data}</Text>
          </>
        )}
      </footer>
      <Confirmation />
    </>
  );
}

/** Where there is no room for all, the one that is open is to be seen. */
function show(link: HTMLElement | null): void {
  const bar = link?.parentElement;
  if (link && bar) bar.scrollLeft = link.offsetLeft - bar.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
}

/** Says when what is seen may be old. */
function Reachability() {
  if (reachable.value) return null;
  const ageS = Math.round((now.value - heardAt.value) / 1000);
  const since = cluster.value ? `What you see is ${ageS} s old.` : "";
  return (
    <p class="notice bad" role="status">
      The cluster does not answer; trying again. {since}
    </p>
  );
}
