/** Sysmon's data in ECS. */
import { parseIso } from '../decoders/timestamp.js';
import { readAddress, setPort } from './address.js';
import type { Draft } from './draft.js';
import type { DatumReader } from '../decoders/windows-record.js';
import { processId, setExecutable, setFile, setHashes, setRegistry, setUser } from './windows-paths.js';

export function sysmonFields(draft: Draft, code: string, datum: DatumReader): void {
  draft.timeMs ??= parseIso(datum('UtcTime') ?? '');
  setExecutable(draft, 'process', sysmonExecutable(datum));
  draft.set('process.pid', processId(datum('ProcessId') ?? datum('SourceProcessId')));
  draft.set(
    'process.entity_id',
    datum('ProcessGuid') ?? datum('SourceProcessGUID') ?? datum('SourceProcessGuid'),
  );
  setUser(draft, datum('User') ?? datum('SourceUser'));
  draft.set('rule.name', datum('RuleName'));
  switch (code) {
    case '1':
      processStart(draft, datum);
      break;
    case '3':
      connection(draft, datum);
      break;
    case '6':
    case '7':
      setFile(draft, datum('ImageLoaded'));
      setHashes(draft, code === '7' ? 'dll' : 'file', datum('Hashes'));
      if (code === '7') draft.set('dll.path', datum('ImageLoaded'));
      break;
    case '12':
    case '13':
    case '14':
      setRegistry(draft, datum('TargetObject'));
      if (code === '13') registryData(draft, datum('Details'));
      break;
    case '17':
    case '18':
      draft.set('file.name', datum('PipeName'));
      break;
    case '22':
      query(draft, datum);
      break;
    case '24':
    case '23':
    case '26':
      setHashes(draft, 'process', datum('Hashes'));
      setFile(draft, datum('TargetFilename'));
      break;
    case '255':
      draft.set('error.code', datum('ID'));
      break;
    default:
      setFile(draft, datum('TargetFilename'));
      setHashes(draft, 'file', datum('Hashes') ?? datum('Hash'));
  }
}

/** Path of the program that the event is about. */
export function sysmonExecutable(datum: DatumReader): string | undefined {
  return datum('Image') ?? datum('SourceImage');
}

function processStart(draft: Draft, datum: DatumReader): void {
  draft.set('process.command_line', datum('CommandLine'));
  draft.set('process.working_directory', datum('CurrentDirectory'));
  draft.set('process.parent.entity_id', datum('ParentProcessGuid'));
  draft.set('process.parent.pid', processId(datum('ParentProcessId')));
  setExecutable(draft, 'process.parent', datum('ParentImage'));
  draft.set('process.parent.command_line', datum('ParentCommandLine'));
  draft.set('process.pe.original_file_name', datum('OriginalFileName'));
  draft.set('process.pe.company', datum('Company'));
  draft.set('process.pe.description', datum('Description'));
  draft.set('process.pe.product', datum('Product'));
  draft.set('process.pe.file_version', datum('FileVersion'));
  setHashes(draft, 'process', datum('Hashes'));
}

function connection(draft: Draft, datum: DatumReader): void {
  draft.set('network.transport', datum('Protocol'));
  draft.set('network.type', datum('SourceIsIpv6') === 'true' ? 'ipv6' : 'ipv4');
  const initiated = datum('Initiated');
  if (initiated !== undefined) draft.set('network.direction', initiated === 'true' ? 'egress' : 'ingress');
  draft.set('source.ip', readAddress(datum('SourceIp')));
  draft.set('source.domain', datum('SourceHostname'));
  setPort(draft, 'source.port', datum('SourcePort'));
  draft.set('destination.ip', readAddress(datum('DestinationIp')));
  draft.set('destination.domain', datum('DestinationHostname'));
  setPort(draft, 'destination.port', datum('DestinationPort'));
}

/** `type:  5 name;::ffff:192.0.2.1;` — names of CNAMEs, and addresses. */
function query(draft: Draft, datum: DatumReader): void {
  draft.set('network.protocol', 'dns');
  draft.set('dns.question.name', datum('QueryName'));
  const addresses: string[] = [];
  for (const part of (datum('QueryResults') ?? '').split(';', 256)) {
    const address = readAddress(part.trim());
    if (address !== undefined && !addresses.includes(address)) addresses.push(address);
  }
  draft.set('dns.resolved_ip', addresses);
}

/** `DWORD (0x00000004)`, `QWORD (0x00000000-0x00000004)`, `Binary Data`, or the text itself (also `Binary Data`). */
function registryData(draft: Draft, details: string | undefined): void {
  if (details === undefined) return;
  const number = /^([DQ]WORD) \(0x([0-9a-fA-F]{1,8})(?:-0x([0-9a-fA-F]{8}))?\)$/.exec(details);
  if (number) {
    draft.set('registry.data.type', `SZ_${number[1]}`);
    draft.set('registry.data.strings', [BigInt(`0x${number[2]}${number[3] ?? ''}`).toString()]);
  } else draft.set('registry.data.strings', [details]);
}
