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
  const context =
    datum('ContextInfo') ?? datum(code === '800' ? 'param2' : 'param3') ?? draft.text('message');
  if (context === undefined) return;
  draft.set('process.command_line', item(context, 'HostApplication', 'Host Application'));
  draft.set('process.title', item(context, 'HostName', 'Host Name'));
  draft.set('process.entity_id', item(context, 'HostId', 'Host ID'));
  draft.set('powershell.command.name', item(context, 'CommandName', 'Command Name'));
  draft.set('powershell.engine.version', item(context, 'EngineVersion', 'Engine Version'));
  setUser(draft, item(context, 'UserId', 'User'));
  setFile(draft, item(context, 'ScriptName', 'Script Name'));
}

/** One line `Name=value` or `Name = value` of a context list. */
function item(context: string, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    for (let at = context.indexOf(name); at >= 0; at = context.indexOf(name, at + 1)) {
      const before = at === 0 ? '\n' : context[at - 1];
      if (before !== '\n' && before !== '\t' && before !== ' ') continue;
      let start = at + name.length;
      while (context[start] === ' ') start++;
      if (context[start] !== '=') continue;
      let end = context.indexOf('\n', start);
      if (end < 0) end = context.length;
      const value = context.slice(start + 1, end).trim();
      return value === '' ? undefined : value;
    }
  }
  return undefined;
}
