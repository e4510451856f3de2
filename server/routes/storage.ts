/** Disk and retention: what is kept, how it grows, how long it lasts. */
import Type from 'typebox';
import type { EventDay, EventStore } from '#kernel/ports/event-store.js';
import type { Journal } from '#kernel/ports/journal.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { FastifyTypeBox } from '../app.js';
import type { Config } from '../config.js';
import { floorBytes, type ReadDisk } from '../retention.js';
import { answers } from './shapes.js';

export interface StorageServices {
  readonly events: EventStore;
  readonly records: RecordStore;
  readonly journal: Journal;
  readonly disk: ReadDisk;
  readonly config: Pick<Config, 'retentionDays' | 'diskFloor'>;
}

const Bytes = Type.Number({ minimum: 0 });
const Storage = Type.Object({
  eventBytes: Bytes,
  recordBytes: Bytes,
  journalBytes: Bytes,
  days: Type.Array(
    Type.Object({
      day: Type.String(),
      events: Type.Integer(),
      bytes: Bytes,
      minTimeMs: Type.Number(),
      maxTimeMs: Type.Number(),
    }),
  ),
  bytesPerDay: Bytes,
  freeBytes: Bytes,
  daysLeft: Type.Union([Type.Number(), Type.Null()], { description: 'null: too little is known' }),
  retentionDays: Type.Integer(),
  diskTotal: Bytes,
});

export function storageRoutes(app: FastifyTypeBox, services: StorageServices): void {
  const { events, records, journal, disk, config } = services;
  app.get(
    '/storage',
    {
      config: { permission: 'storage:read' },
      schema: {
        tags: ['storage'],
        summary: 'What is kept and how long the disk lasts',
        response: answers({ 200: Storage }),
      },
    },
    async () => {
      const [days, recordBytes, { freeBytes, totalBytes }] = await Promise.all([
        events.days(),
        records.size(),
        disk(),
      ]);
      const eventBytes = days.reduce((sum, day) => sum + day.bytes, 0);
      const bytesPerDay = meanOfWholeDays(days);
      const spare = Math.max(0, freeBytes - floorBytes(config, totalBytes));
      return {
        eventBytes,
        recordBytes,
        journalBytes: journal.state().bytes,
        days: [...days],
        bytesPerDay,
        freeBytes,
        daysLeft: bytesPerDay > 0 ? Math.floor((spare / bytesPerDay) * 10) / 10 : null,
        retentionDays: config.retentionDays,
        diskTotal: totalBytes,
      };
    },
  );
}

/** Mean over the last seven whole days; the current day alone where there is no other. */
export function meanOfWholeDays(days: readonly EventDay[]): number {
  const whole = days.length > 1 ? days.slice(0, -1).slice(-7) : days;
  return whole.length === 0 ? 0 : Math.round(whole.reduce((sum, day) => sum + day.bytes, 0) / whole.length);
}
