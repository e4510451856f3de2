/** The journal reader against real journal files and a real journalctl. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '#test/programs.js';
import { skipUnless } from '#test/skip.js';
import { MemoryIntake, MemoryPositions, placement } from './intake.fixture.js';
import { JournaldSource, journalctlFault } from './journald.js';
import { SourceCounters } from './observer.js';

describe('what journalctl complains about', () => {
  it.each([
    [
      'Hint: You are currently not seeing messages from other users and the system.\n',
      null,
      'systemd-journal',
    ],
    ['No journal files were opened due to insufficient permissions.\n', 1, 'systemd-journal'],
    ['No journal files were found.\n', 0, undefined],
  ])('%s', (said, end, group) => {
    const problem = journalctlFault(said, end);
    expect(problem?.code).toBe('source_unreadable');
    expect(problem?.data?.['group']).toBe(group);
  });

  it('is not installed', () => {
    const error: NodeJS.ErrnoException = Object.assign(new Error('spawn'), { code: 'ENOENT' });
    expect(journalctlFault('', error)?.data?.['reason']).toBe('journalctl is not installed');
    expect(journalctlFault('-- Logs begin', null)).toBeUndefined();
  });
});

const journalctl = findProgram('journalctl');
const remote = [
  findProgram('systemd-journal-remote').path,
  '/usr/lib/systemd/systemd-journal-remote',
  '/lib/systemd/systemd-journal-remote',
].find((path) => {
  try {
    if (path !== undefined) execFileSync(path, ['--version'], { stdio: 'ignore' });
    return path !== undefined;
  } catch {
    return false;
  }
});

skipUnless(
  journalctl.path !== undefined && remote !== undefined,
  'needs journalctl and systemd-journal-remote (apt-get install systemd-journal-remote)',
).describe('a journal', () => {
  let folder: string;
  let intake: MemoryIntake;
  let positions: MemoryPositions;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-'));
    intake = new MemoryIntake();
    positions = new MemoryPositions();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** One entry in the journal export format; `bytes` go as a binary field. */
  function entry(n: number, message: string | Buffer): Buffer {
    const id = n.toString(16);
    const head =
      `__REALTIME_TIMESTAMP=${1_795_000_000_000_000 + n * 1_000_000}\n__MONOTONIC_TIMESTAMP=${n}\n` +
      `_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID=fedcba9876543210fedcba9876543210\n_HOSTNAME=gov\nPRIORITY=6\nSYSLOG_FACILITY=10\n` +
      `SYSLOG_IDENTIFIER=sshd\n_PID=${id}\n_TRANSPORT=syslog\n`.replace(`_PID=${id}`, `_PID=${n}`);
    if (typeof message === 'string') return Buffer.from(`${head}MESSAGE=${message}\n\n`);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(message.length));
    return Buffer.concat([Buffer.from(`${head}MESSAGE\n`), size, message, Buffer.from('\n\n')]);
  }
  function write(name: string, ...entries: Buffer[]): void {
    execFileSync(remote as string, [`--output=${join(folder, name)}`, '-'], {
      input: Buffer.concat(entries),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }
  function follow(counters = new SourceCounters()): { source: JournaldSource; counters: SourceCounters } {
    const source = new JournaldSource({
      placement,
      intake,
      observer: counters,
      positions,
      directory: folder,
    });
    source.start();
    return { source, counters };
  }

  it('is read into events, goes on after its cursor, and keeps bytes as text', async () => {
    write(
      'a.journal',
      entry(1, 'Failed password for root from 192.0.2.1 port 9 ssh2'),
      entry(
        2,
        Buffer.concat([
          Buffer.from('Invalid user '),
          Buffer.from([0xff]),
          Buffer.from(' from 192.0.2.2 port 9'),
        ]),
      ),
    );
    const first = follow();
    await intake.until(2);
    await first.source.stop();
    expect(first.counters).toMatchObject({ events: 2, current: 'stopped' });
    expect(intake.events[0]).toMatchObject({
      timeMs: 1_795_000_001_000,
      fields: {
        'event.action': 'ssh_login',
        'event.dataset': 'system.auth',
        'source.ip': '192.0.2.1',
        'host.name': 'gov',
        'process.pid': 1,
        'log.syslog.facility.name': 'authpriv',
      },
    });
    expect(intake.events[1]?.fields).toMatchObject({ 'user.name': '\ufffd', tags: ['invalid_utf8'] });
    const cursor = positions.saved.get('src_test') ?? '';
    expect(cursor).toMatch(/^s=/);
    // Killed before the cursor was saved: all is read again, and known.
    positions.saved.clear();
    const again = follow();
    while (positions.saved.size === 0) await new Promise(setImmediate);
    await again.source.stop();
    expect(intake.events).toHaveLength(2);
    expect(positions.saved.get('src_test')).toBe(cursor);

    write('b.journal', entry(3, 'Accepted password for root from 192.0.2.1 port 9 ssh2'));
    const second = follow();
    await intake.until(3);
    await second.source.stop();
    expect(intake.events.map((event) => event.fields['event.outcome'])).toEqual([
      'failure',
      'failure',
      'success',
    ]);
  });
});
