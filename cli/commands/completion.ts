/** Completion scripts for shells, made from the program itself. */

import type { Command } from "commander";
import { didYouMean } from "../language/nearest.js";
import { Problem } from "../language/problem.js";

type Known = { name: string; says: string; options: string[] };

const SHELLS: Readonly<Record<string, (commands: readonly Known[]) => string>> = { bash, zsh, fish };

/** The script for a shell; sourcing it makes Tab know the commands and options of `ayes`. */
export function completionScript(program: Command, shell: string): string {
  const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!write) {
    throw new Problem(
      `no completion for ${JSON.stringify(shell)}${didYouMean(shell, Object.keys(SHELLS))}; there are bash, zsh and fish`,
    );
  }
  const commands = program.commands.map((command) => ({
    name: command.name(),
    says: command.summary(),
    options: command.options.flatMap(({ long }) => (long ? [long] : [])),
  }));
  return write(commands);
}

function bash(commands: readonly Known[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const cases = commands.map(({ name, options }) => `    ${name}) words="${options.join(" ")} --help" ;;`).join("\n");
  return `_ayes() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then words="${names} --help --version"; else
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
    [[ "$current" == -* ]] || { COMPREPLY=($(compgen -f -- "$current")); return; }
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ayes ayes
`;
}

function zsh(commands: readonly Known[]): string {
  const names = commands.map(({ name, says }) => `'${name}:${says.replaceAll("'", "").replaceAll(":", "")}'`).join(" ");
  const cases = commands
    .map(({ name, options }) => `    ${name}) compadd -- ${options.join(" ")} --help ;;`)
    .join("\n");
  return `#compdef ayes
_ayes() {
  local -a commands=(${names})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  [[ "$PREFIX" == -* ]] || { _files; return; }
  case "$words[2]" in
${cases}
  esac
}
compdef _ayes ayes
`;
}

function fish(commands: readonly Known[]): string {
  const lines = commands.flatMap(({ name, says, options }) => [
    `complete -c ayes -f -n __fish_use_subcommand -a ${name} -d '${says.replaceAll("'", "")}'`,
    ...options.map((option) => `complete -c ayes -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
  ]);
  return `${lines.join("\n")}\n`;
}
