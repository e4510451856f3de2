import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldValue, Scalar } from '#kernel/event.js';
import { fold } from '#kernel/query/fold.js';
import { normalize, windowsRecordOf } from './normalize.js';
import { windowsShape } from './windows-shape.js';

const context = {
  receivedMs: Date.UTC(2026, 10, 22, 10),
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_test',
} as const;

const CHANNELS = [
  ...['Security', 'security', 'System', 'Microsoft-Windows-Sysmon/Operational', 'Windows PowerShell'],
  ...['Microsoft-Windows-PowerShell/Operational', 'Microsoft-Windows-WMI-Activity/Operational', ''],
];
const CODES = [
  ...['1', '3', '7', '10', '12', '13', '17', '22', '23', '255', '400', '800', '1102', '4103', '4104'],
  ...['4624', '4657', '4663', '4688', '4720', '4769', '5140', '5145', '7045', '99999'],
];
/** Every name that the normalizer looks at, and some that it does not. */
const NAMES = [
  ...['Image', 'SourceImage', 'NewProcessName', 'ProcessName', 'CommandLine', 'ParentImage', 'ProcessId'],
  ...['NewProcessId', 'User', 'SubjectUserName', 'TargetUserName', 'TargetUserSid', 'SubjectDomainName'],
  ...['IpAddress', 'IpPort', 'LogonType', 'Status', 'ObjectName', 'ObjectType', 'ObjectValueName'],
  ...[
    'ShareName',
    'ShareLocalPath',
    'RelativeTargetName',
    'Hashes',
    'ImageLoaded',
    'TargetObject',
    'Details',
  ],
  ...['QueryName', 'QueryResults', 'PipeName', 'TargetFilename', 'RuleName', 'UtcTime', 'ScriptBlockText'],
  ...['Path', 'ContextInfo', 'param2', 'param3', 'SourceIp', 'DestinationIp', 'DestinationPort', 'Protocol'],
  ...['Initiated', 'ServiceName', 'WorkstationName', 'EventType', 'Message', 'Level', 'Severity', 'Keywords'],
  ...[
    'Task',
    'Opcode',
    'OpcodeValue',
    'Version',
    'UserID',
    'ProviderName',
    'SourceName',
    'Hostname',
    'Domain',
  ],
  ...[
    'AccountName',
    'SourceModuleName',
    'EventTime',
    '@timestamp',
    'ThreadID',
    'RecordNumber',
    'constructor',
  ],
  ...['Anything', 'tags', 'host', 'ActivityID', 'ExecutionProcessID', 'EventReceivedTime'],
];
const TEXTS = [
  ...[
    '',
    '-',
    'C:\\Windows\\System32\\cmd.exe',
    'C:\\Temp\\',
    'x',
    'CORP\\alice',
    '::ffff:192.0.2.1',
    '0x1f4',
  ],
  ...['192.0.2.7', '65536', 'HKLM\\Software\\Run', '\\REGISTRY\\MACHINE\\A\\b', 'DWORD (0x0000000a)', 'File'],
  ...['MD5=D41D8CD98F00B204E9800998ECF8427E,IMPHASH=00000000000000000000000000000000', 'Key', 'true', '3'],
  ...[
    'type:  5 a.example;192.0.2.9;',
    'HostName=x\n\tUserId=CORP\\bob\n',
    'AUDIT_FAILURE',
    'SetValue',
    'INFO',
  ],
  ...[
    '2026-11-22 10:00:00',
    '2026-11-22T10:00:00Z',
    '0x8020000000000000',
    'Information',
    'ÄÖ ſ 😀',
    'sekurlsa::',
  ],
];

const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 2, arbitrary: fc.string() },
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.array(text, { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b'), text)),
  },
);
const data = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 14 });
const channel = fc.constantFrom(...CHANNELS);
const code = fc.constantFrom(...CODES);

const flat = fc
  .tuple(channel, code, data, fc.option(fc.oneof(data, text), { nil: undefined }))
  .map(([Channel, EventID, beside, inner]) => ({
    ...beside,
    ...(inner !== undefined && { EventData: inner }),
    ...{ Channel, EventID, SourceModuleType: 'im_msvistalog' },
  }));
const evtx = fc.tuple(channel, code, data, data).map(([Channel, EventID, EventData, UserData]) => ({
  Event: {
    System: { Channel, EventID, Provider: { '#attributes': { Name: 'P' } }, Level: '4', Computer: 'pc' },
    ...{ EventData, UserData: { Any: UserData } },
  },
}));
const object: fc.Arbitrary<Record<string, unknown>> = fc.oneof(flat, evtx);

function scalars(values: readonly FieldValue[]): readonly Scalar[] {
  return values.flatMap((one) => (typeof one === 'object' ? [...(one as readonly Scalar[])] : [one]));
}

describe('what is read from a Windows record', () => {
  it('is what its event has, for every path that can be read', () => {
    fc.assert(
      fc.property(object, (value) => {
        const record = windowsRecordOf(value);
        if (!record) throw new Error('no Windows record');
        const { fields } = normalize({ value }, context);
        const paths = new Set([
          ...Object.keys(fields),
          ...NAMES.map((name) => `winlog.event_data.${name}`),
          ...[
            'process.name',
            'process.executable',
            'process.command_line',
            'process.parent.executable',
            'process.parent.command_line',
            'process.working_directory',
            'dns.question.name',
            'event.category',
            'host.os.type',
            'observer.type',
            'url.path',
          ],
          ...['winlog.level', 'log.level', 'message', 'winlog.keywords', 'fenghuo.sample', 'cloud.region'],
        ]);
        for (const path of paths) {
          const reader = windowsShape.reader(path);
          const wanted = Object.hasOwn(fields, path) ? fields[path] : undefined;
          if (reader) expect({ path, is: reader(record) }).toEqual({ path, is: wanted });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('has every literal that its event has, unless the shape says that it may not', () => {
    fc.assert(
      fc.property(object, fc.infiniteStream(fc.nat()), (value, numbers) => {
        const record = windowsRecordOf(value);
        const texts = record && windowsShape.texts(record);
        if (!texts) return;
        const has = scalars(texts).map((one) => fold(String(one)));
        const { fields } = normalize({ value }, context);
        const number = (below: number): number => (numbers.next().value as number) % below;
        for (const one of scalars(Object.values(fields))) {
          const whole = fold(String(one));
          if (whole === '') continue;
          const from = number(whole.length);
          for (const literal of [whole, whole.slice(from, from + 1 + number(whole.length - from))])
            if (windowsShape.readsAll(literal))
              expect({ literal, found: has.some((text) => text.includes(literal)) }).toEqual({
                literal,
                found: true,
              });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
