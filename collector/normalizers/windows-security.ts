/** The Security channel's data in ECS. */
import { readAddress, setPort } from './address.js';
import type { Draft } from './draft.js';
import type { DatumReader } from '../decoders/windows-record.js';
import { LOGON_TYPES } from './windows-events.js';
import { processId, setExecutable, setFile, setRegistry } from './windows-paths.js';

/** Events whose actor is the account that logs on: the target, not the service that reports it. */
const LOGONS = new Set([
  '4624',
  '4625',
  '4634',
  '4647',
  '4768',
  '4769',
  '4770',
  '4771',
  '4776',
  '4778',
  '4779',
  '4740',
  '4767',
]);

export function securityFields(draft: Draft, code: string, datum: DatumReader): void {
  const logon = LOGONS.has(code) && code !== '4740' && code !== '4767';
  const subject = account(datum, 'Subject');
  const target = account(datum, 'Target');
  const actor = logon ? target : subject;
  draft.set('user.name', actor.name ?? datum('AccountName') ?? datum('UserName'));
  draft.set('user.domain', actor.domain);
  draft.set('user.id', actor.id);
  if (!logon) {
    draft.set('user.target.name', target.name);
    draft.set('user.target.domain', target.domain);
    draft.set('user.target.id', target.id);
  }
  if (/^47[2-5]\d$/.test(code) && draft.text('event.type') === 'group') {
    draft.set('group.name', target.name);
    draft.set('group.domain', target.domain);
    draft.set('group.id', target.id);
  }
  const address = readAddress(datum('IpAddress') ?? datum('ClientAddress') ?? datum('SourceAddress'));
  draft.set('source.ip', address);
  draft.set('source.address', address);
  setPort(draft, 'source.port', datum('IpPort') ?? datum('SourcePort'));
  draft.set('source.domain', datum('WorkstationName') ?? datum('Workstation'));
  draft.set('destination.ip', readAddress(datum('DestAddress')));
  setPort(draft, 'destination.port', datum('DestPort'));
  const type = datum('LogonType');
  if (type !== undefined) draft.set('winlog.logon.type', LOGON_TYPES.get(type));
  draft.set('winlog.logon.id', datum(logon ? 'TargetLogonId' : 'SubjectLogonId'));
  processFields(draft, code, datum);
  objectFields(draft, code, datum);
  if (code === '4768' || code === '4769' || code === '4771' || code === '4776') {
    const status = datum('Status');
    if (status !== undefined) draft.set('event.outcome', /^0x0+$/.test(status) ? 'success' : 'failure');
  }
  draft.set('service.name', datum('ServiceName'));
}

function account(
  datum: DatumReader,
  prefix: 'Subject' | 'Target',
): { name?: string; domain?: string; id?: string } {
  const name = datum(`${prefix}UserName`);
  const domain = datum(`${prefix}DomainName`);
  const id = datum(`${prefix}UserSid`) ?? datum(`${prefix}Sid`);
  return { ...(name && { name }), ...(domain && { domain }), ...(id && { id }) };
}

/** Path of the program that the event is about. */
export function securityExecutable(code: string, datum: DatumReader): string | undefined {
  if (code === '4688') return datum('NewProcessName');
  return datum('ProcessName') ?? datum('Application') ?? datum('CallerProcessName');
}

function processFields(draft: Draft, code: string, datum: DatumReader): void {
  setExecutable(draft, 'process', securityExecutable(code, datum));
  if (code === '4688') {
    draft.set('process.pid', processId(datum('NewProcessId')));
    draft.set('process.command_line', datum('CommandLine'));
    setExecutable(draft, 'process.parent', datum('ParentProcessName'));
    draft.set('process.parent.pid', processId(datum('ProcessId')));
    return;
  }
  draft.set('process.pid', processId(datum('ProcessId') ?? datum('ProcessID') ?? datum('CallerProcessId')));
}

function objectFields(draft: Draft, code: string, datum: DatumReader): void {
  const name = datum('ObjectName');
  if (code === '4657') setRegistry(draft, name, datum('ObjectValueName'));
  else if (datum('ObjectType') === 'Key') setRegistry(draft, name);
  else if (datum('ObjectType') === 'File') setFile(draft, name);
  if (code !== '5140' && code !== '5145') return;
  const share = datum('ShareLocalPath');
  const relative = datum('RelativeTargetName');
  draft.set('file.share', datum('ShareName'));
  if (share !== undefined && relative !== undefined && code === '5145')
    setFile(draft, `${share}\\${relative}`);
  draft.set('file.directory', share);
}
