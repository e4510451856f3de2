/** Sources: their records, the readers of this machine's logs, and the syslog listeners. */
import { FaultError } from '#kernel/errors.js';
import type { Journal } from '#kernel/ports/journal.js';
import type { Source } from '#kernel/schema/source.js';
import { recordFormat } from '#collector/normalizers/record.js';
import { FileSource } from '#collector/sources/file.js';
import { refusedPath, type FileAccess } from '#collector/sources/file-access.js';
import { JournaldSource } from '#collector/sources/journald.js';
import { probeLocal } from '#collector/sources/local.js';
import type { Placement } from '#collector/sources/placement.js';
import type { PositionStore } from '#collector/sources/position.js';
import { SyslogTcpSource } from '#collector/sources/syslog-tcp.js';
import { SyslogUdpSource } from '#collector/sources/syslog-udp.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import { printAddress, type Address } from '../address.js';
import type { Ground } from '../ground.js';
import { createSourceControl, type ManagedSources, type StartReader } from '../source-control.js';
import { createSourceRecords, type SourceRecords } from '../source-records.js';

export interface WiredSources {
  readonly sources: SourceRecords;
  readonly control: ManagedSources;
}

export function wireSources(ground: Ground, journal: Journal): WiredSources {
  const { records, clock } = ground;
  const { scope } = authorizeSystem('sources');
  const sources = createSourceRecords(ground);
  const positions: PositionStore = {
    load: async (id) => (await records.get(scope, 'sources', id))?.value.position,
    async save(id, position) {
      sources.position(id, position);
      await sources.flush();
    },
  };
  const shared = (source: Source) => ({
    placement: placementOf(source),
    intake: journal,
    observer: sources.observer(source.id),
    positions,
    clock,
  });
  const { home, tls, fileRoots } = ground.config;
  const access: FileAccess = { roots: fileRoots, closed: [home, ...(tls ? [tls.key] : [])] };
  const start: Record<'file' | 'journald', StartReader> = {
    file: async (source) => {
      const reader = new FileSource({ ...shared(source), access, path: source.target ?? '' });
      reader.start();
      return reader;
    },
    journald: async (source) => {
      const reader = new JournaldSource({ ...shared(source), ...(source.target && { unit: source.target }) });
      reader.start();
      return reader;
    },
  };
  const local = async () => {
    const { journald, files } = await probeLocal();
    return { journald, files: files.map(({ bytes: _, ...file }) => file) };
  };
  return {
    sources,
    control: createSourceControl({
      ...ground,
      sources,
      start,
      local,
      refused: (path) => refusedPath(path, access),
    }),
  };
}

export function placementOf({ id, unit, realm, classification, format }: Source): Placement {
  return {
    source: id,
    unit,
    realm,
    classification,
    ...(format !== undefined && { format: recordFormat(format) }),
  };
}

export interface RunningSyslog {
  /** As bound: with the port that was taken where 0 was asked for. */
  readonly address: Address;
  stop(): Promise<void>;
}

/** Listens on UDP and TCP, each with a source record of its own. Throws `port_in_use`, `config_invalid`. */
export async function startSyslog(
  ground: Ground,
  journal: Journal,
  sources: SourceRecords,
  at: Address,
): Promise<RunningSyslog> {
  const optionsFor = async (transport: string) => {
    const target = `${transport}://${printAddress(at)}`;
    const plan = { kind: 'syslog', name: `Syslog ${transport.toUpperCase()}`, target } as const;
    const { value } = await sources.ensure(plan, authorizeSystem('syslog').actor);
    return {
      placement: placementOf(value),
      intake: journal,
      observer: sources.observer(value.id),
      clock: ground.clock,
    };
  };
  const tcp = new SyslogTcpSource({ ...at, ...(await optionsFor('tcp')) });
  const listening = await tcp.start();
  if (!listening.ok) throw new FaultError(listening.fault);
  const address = { host: at.host, port: tcp.port ?? at.port };
  const udp = new SyslogUdpSource({ ...address, ...(await optionsFor('udp')) });
  const bound = await udp.start();
  if (!bound.ok) {
    await tcp.stop();
    throw new FaultError(bound.fault);
  }
  return {
    address,
    stop: async () => void (await Promise.all([udp.stop(), tcp.stop()])),
  };
}
