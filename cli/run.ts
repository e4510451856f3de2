/** Finds the subcommand, runs it, and turns faults into a sentence with its remedy and an exit code. */
import { FaultError, sentenceOf } from '#kernel/errors.js';
import { COMMANDS, type CommandName } from './commands.js';
import { helpFor, overview } from './help.js';
import { UsageError, type Io } from './io.js';
import { packageVersion } from '#server/paths.js';

/** 0 done; 1 failed; 2 the words of the command are off. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    io.out(rest[0] !== undefined && isCommand(rest[0]) ? helpFor(rest[0]) : overview());
    return first === undefined ? 2 : 0;
  }
  if (first === '--version' || first === '-v') {
    io.out(`fenghuo ${packageVersion}\n`);
    return 0;
  }
  if (!isCommand(first)) {
    io.err(`fenghuo: \`${first}\` is not a command; \`fenghuo help\` lists them\n`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(helpFor(first));
    return 0;
  }
  try {
    return await (
      await COMMANDS[first].load()
    )(rest, io);
  } catch (error) {
    return complain(first, error, io);
  }
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function complain(command: CommandName, error: unknown, io: Io): number {
  if (error instanceof UsageError || isParseArgsError(error)) {
    io.err(`fenghuo ${command}: ${(error as Error).message}\n\n${helpFor(command)}`);
    return 2;
  }
  if (error instanceof FaultError) {
    io.err(
      `fenghuo ${command}: ${sentenceOf(error.fault)} [${error.fault.code}]\n  → ${sentenceOf(error.fault, 'remedy')}\n`,
    );
    for (const detail of error.fault.errors ?? []) io.err(`  ${detail.at ?? ''} ${detail.message}\n`);
    return 1;
  }
  io.err(
    `fenghuo ${command}: ${error instanceof Error ? (io.verbose ? error.stack : error.message) : String(error)}\n`,
  );
  return 1;
}

function isParseArgsError(error: unknown): boolean {
  return (
    error instanceof TypeError && String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
  );
}
