/** Help texts, made of the command table alone. */
import { COMMANDS, type CommandEntry, type CommandName } from './commands.js';

export function overview(): string {
  const names = Object.keys(COMMANDS) as CommandName[];
  const lines = names.map((name) => `  ${name.padEnd(9)}${COMMANDS[name].summary}`);
  return [
    'fenghuo 烽火: security operations and situational awareness',
    '',
    ...lines,
    '',
    '`fenghuo help COMMAND` tells more.',
    '',
  ].join('\n');
}

export function helpFor(name: CommandName): string {
  const entry: CommandEntry = COMMANDS[name];
  return [
    ...entry.usage.map((form) => `fenghuo ${form}`),
    `  ${entry.summary}`,
    '',
    ...entry.details.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
