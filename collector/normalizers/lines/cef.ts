/** ArcSight's Common Event Format (revision 25) in ECS; every extension stays, by its full name below `cef.extensions`. */
import { clockToMs } from '../../decoders/timestamp.js';
import { readAddress } from '../address.js';
import type { Draft } from '../draft.js';
import { setEnds } from '../flow.js';

const START = /(?:^|\s)CEF:\s?([01])\|/;
const MOST_EXTENSIONS = 200;
const MOST_VALUE = 8192;

/** Short names of the dictionary. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ act: 'deviceAction', app: 'applicationProtocol', cat: 'deviceEventCategory', cnt: 'baseEventCount' },
  ...{
    dhost: 'destinationHostName',
    dst: 'destinationAddress',
    dpt: 'destinationPort',
    duser: 'destinationUserName',
  },
  ...{ dmac: 'destinationMacAddress', dntdom: 'destinationNtDomain', dpid: 'destinationProcessId' },
  ...{
    dproc: 'destinationProcessName',
    duid: 'destinationUserId',
    dvc: 'deviceAddress',
    dvchost: 'deviceHostName',
  },
  ...{ dvcpid: 'deviceProcessId', end: 'endTime', fname: 'filename', fsize: 'fileSize', in: 'bytesIn' },
  ...{
    msg: 'message',
    out: 'bytesOut',
    outcome: 'eventOutcome',
    proto: 'transportProtocol',
    reason: 'reason',
  },
  ...{ request: 'requestUrl', rt: 'deviceReceiptTime', shost: 'sourceHostName', smac: 'sourceMacAddress' },
  ...{ sntdom: 'sourceNtDomain', spid: 'sourceProcessId', sproc: 'sourceProcessName', spt: 'sourcePort' },
  ...{ src: 'sourceAddress', start: 'startTime', suid: 'sourceUserId', suser: 'sourceUserName' },
  ...{ deviceInboundInterface: 'deviceInboundInterface', externalId: 'externalId' },
};

export function looksLikeCef(text: string): boolean {
  return START.test(text.slice(0, 512));
}

/** Takes a text that holds a CEF message, or one whose `CEF:` the syslog reader took for the program's name. */
export function normalizeCef(draft: Draft, text: string, tagged = false): boolean {
  const start = tagged ? /^([01])\|/.exec(text) : START.exec(text.slice(0, 512));
  if (!start) return false;
  const header = headerOf(text, start.index + start[0].length);
  if (!header) return false;
  const [vendor, product, version, code, name, severity] = header.parts as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  draft.set('event.module', 'cef');
  draft.set('event.dataset', 'cef.log');
  draft.set('cef.version', start[1]);
  draft.set('cef.device.vendor', vendor);
  draft.set('cef.device.product', product);
  draft.set('cef.device.version', version);
  draft.set('cef.device.event_class_id', code);
  draft.set('cef.name', name);
  draft.set('cef.severity', severity);
  draft.set('observer.vendor', vendor);
  draft.set('observer.product', product);
  draft.set('observer.version', version);
  draft.set('event.code', code);
  const grade = severityOf(severity);
  draft.set('event.severity', grade);
  if (grade !== undefined && grade >= HIGH) {
    draft.set('event.kind', 'alert');
    draft.set('rule.id', code);
    draft.set('rule.name', name);
  }
  const extensions = extensionsOf(text.slice(header.end));
  for (const [key, value] of extensions) draft.set(`cef.extensions.${key}`, value);
  draft.replace('message', extensions.get('message') ?? name);
  describe(draft, extensions);
  return true;
}

/** Six fields parted by `|`; `\|` and `\\` are escapes. */
function headerOf(text: string, from: number): { parts: string[]; end: number } | undefined {
  const parts: string[] = [];
  let part = '';
  for (let at = from; at < text.length && at < from + 4096; at++) {
    const letter = text[at] as string;
    if (letter === '\\' && at + 1 < text.length) {
      part += text[++at];
    } else if (letter === '|') {
      parts.push(part);
      part = '';
      if (parts.length === 6) return { parts, end: at + 1 };
    } else part += letter;
  }
  return undefined;
}

/** A key begins behind a blank and ends at `=`; what lies between two keys is the first one's value, blanks included. */
function extensionsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const keys = /(?:^|\s)([A-Za-z][\w.[\]-]{0,127})=/g;
  let key: string | undefined;
  let from = 0;
  for (let match = keys.exec(text); found.size < MOST_EXTENSIONS; match = keys.exec(text)) {
    const end = match?.index ?? text.length;
    if (key !== undefined && !found.has(key)) {
      const value = unescaped(text.slice(from, end).trim().slice(0, MOST_VALUE));
      if (value !== '') found.set(key, value);
    }
    if (!match) break;
    const name = match[1] as string;
    key = Object.hasOwn(NAMES, name) ? NAMES[name] : name.replace(/[.[\]]+/g, '_');
    from = keys.lastIndex;
    // The blank before the next key may be the one behind this value.
    keys.lastIndex = from;
  }
  return found;
}

function unescaped(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([=\\|nr])/g, (_, letter: string) =>
    letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter,
  );
}

/** From here on the format calls it High (7–8) or Very-High (9–10): the device means an alarm. */
const HIGH = 7;

/** 0 to 10, or the words of revision 25. */
function severityOf(text: string): number | undefined {
  const words: Readonly<Record<string, number>> = { unknown: 0, low: 3, medium: 6, high: 8, 'very-high': 10 };
  const number = /^\d{1,2}$/.test(text) ? Number(text) : words[text.toLowerCase()];
  return number !== undefined && number <= 10 ? number : undefined;
}

function describe(draft: Draft, extensions: ReadonlyMap<string, string>): void {
  const port = (name: string) => Number(extensions.get(name) ?? NaN);
  setEnds(draft, {
    source: extensions.get('sourceAddress') ?? extensions.get('sourceHostName'),
    sourcePort: port('sourcePort'),
    destination: extensions.get('destinationAddress') ?? extensions.get('destinationHostName'),
    destinationPort: port('destinationPort'),
    transport: extensions.get('transportProtocol'),
  });
  draft.set('user.name', extensions.get('sourceUserName') ?? extensions.get('destinationUserName'));
  draft.set('source.user.name', extensions.get('sourceUserName'));
  draft.set('destination.user.name', extensions.get('destinationUserName'));
  draft.set('network.application', extensions.get('applicationProtocol')?.toLowerCase());
  draft.set('observer.hostname', extensions.get('deviceHostName'));
  draft.set('observer.ip', readAddress(extensions.get('deviceAddress')));
  draft.set('url.original', extensions.get('requestUrl'));
  draft.set('http.request.method', extensions.get('requestMethod'));
  draft.set('file.name', extensions.get('filename'));
  draft.set('file.path', extensions.get('filePath'));
  draft.set('event.reason', extensions.get('reason'));
  if (draft.fields['event.kind'] === 'alert')
    draft.set('rule.category', extensions.get('deviceEventCategory'));
  const action = extensions.get('deviceAction');
  draft.set('event.action', action?.toLowerCase());
  const outcome = extensions.get('eventOutcome')?.toLowerCase();
  if (outcome === 'success' || outcome === 'failure') draft.set('event.outcome', outcome);
  for (const [name, path] of [
    ['bytesIn', 'source.bytes'],
    ['bytesOut', 'destination.bytes'],
  ] as const) {
    const bytes = port(name);
    if (Number.isSafeInteger(bytes) && bytes >= 0) draft.set(path, bytes);
  }
  const time =
    extensions.get('deviceReceiptTime') ?? extensions.get('startTime') ?? extensions.get('endTime');
  const timeMs =
    time === undefined
      ? undefined
      : clockToMs(/^\d{12,14}$/.test(time) ? Number(time) : time, draft.context.offsetMinutes ?? 0);
  if (timeMs !== undefined) draft.timeMs = timeMs;
  draft.set('event.category', draft.fields['source.ip'] === undefined ? ['host'] : ['network']);
  draft.set('event.type', ['info']);
}
