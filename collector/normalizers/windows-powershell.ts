/** PowerShell's two channels in ECS: script blocks, and the context lists in the classic events. */
import type { Draft } from './draft.js';
import type { DatumReader } from '../decoders/windows-record.js';
import { setFile, setUser } from './windows-paths.js';

export function powershellFields(draft: Draft, code: string, datum: DatumReader): void {
  if (code === '4104') {
    draft.set('powershell.file.script_block_text', datum('ScriptBlockText'));
    draft.set('powershell.file.script_block_id', datum('ScriptBlockId'));
    setFile(draft, datum('Path'));
    return;
  }
  const items = contextOf(code, datum, draft.text('message'));
  draft.set('process.command_line', items['HostApplication']);
  draft.set('process.title', items['HostName']);
  draft.set('process.entity_id', items['HostId'] ?? items['HostID']);
  draft.set('powershell.command.name', items['CommandName']);
  draft.set('powershell.engine.version', items['EngineVersion']);
  setUser(draft, items['UserId'] ?? items['User']);
  setFile(draft, items['ScriptName']);
}

/** What an event of a pipeline or of the engine says of the program that runs PowerShell. */
export function contextOf(code: string, datum: DatumReader, message: string | undefined): Items {
  const context = datum('ContextInfo') ?? datum(code === '800' ? 'param2' : 'param3') ?? message;
  return context === undefined ? {} : itemsOf(context);
}

const WANTED = [
  ...['HostApplication', 'HostName', 'HostId', 'HostID', 'CommandName', 'EngineVersion'],
  ...['UserId', 'User', 'ScriptName'],
] as const;
const LONGEST_NAME = 'Host Application'.length;

type Items = { [name in (typeof WANTED)[number]]?: string };

/**
 * The lines `Name=value` or `Name = value` of a context list, the first of each name. A name begins its line: what a
 * command line holds behind it is an attacker's to write. One channel writes the names as words (`Host Name`), the other not.
 */
function itemsOf(context: string): Items {
  const items: Items = {};
  for (let from = 0; from < context.length;) {
    let end = context.indexOf('\n', from);
    if (end < 0) end = context.length;
    while (context[from] === ' ' || context[from] === '\t') from++;
    const equals = context.slice(from, Math.min(end, from + LONGEST_NAME + 2)).indexOf('=');
    if (equals > 0) {
      const told = context.slice(from, from + equals).replaceAll(' ', '');
      const name = WANTED.find((one) => one === told);
      const value = name && context.slice(from + equals + 1, end).trim();
      if (name && value) items[name] ??= value;
    }
    from = end + 1;
  }
  return items;
}
