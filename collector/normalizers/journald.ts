/** A journald entry in ECS: the envelope, the process, and what the program says. Every field stays, as `journald.*`. */
import type { JournaldEntry } from '../decoders/journald.js';
import type { Draft } from './draft.js';
import { normalizeMessage, setPriority } from './syslog.js';

export function normalizeJournald(draft: Draft, entry: JournaldEntry): void {
  const text = (name: string): string | undefined => {
    const value = entry.fields[name];
    return typeof value === 'object' ? value[0] : value;
  };
  draft.timeMs = entry.timeMs;
  if (entry.flawed.length > 0) draft.tag('invalid_utf8');
  for (const name in entry.fields) {
    // MESSAGE is `message`; the rest keeps its name below `journald`.
    if (name !== 'MESSAGE') draft.set(`journald.${name.toLowerCase()}`, entry.fields[name]);
  }
  const facility = code(text('SYSLOG_FACILITY'), 23);
  const severity = code(text('PRIORITY'), 7);
  if (severity !== undefined) setPriority(draft, (facility ?? 1) * 8 + severity);
  const host = text('_HOSTNAME');
  draft.set('host.name', host);
  draft.set('host.hostname', host);
  const program = text('SYSLOG_IDENTIFIER') ?? text('_COMM');
  draft.set('log.syslog.appname', program);
  draft.set('process.executable', text('_EXE'));
  draft.set('systemd.unit', text('_SYSTEMD_UNIT'));
  const message = text('MESSAGE');
  normalizeMessage(draft, {
    program,
    pid: text('_PID') ?? text('SYSLOG_PID'),
    message: message ?? '',
    auth: facility === 4 || facility === 10,
  });
  // sudo logs what it ran; the command line of the logging process itself is another one.
  draft.set('process.command_line', text('_CMDLINE'));
}

function code(text: string | undefined, most: number): number | undefined {
  return text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
