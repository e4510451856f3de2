/** Port: where the bytes of evidence lie, each file under its own digest. */
import type { Readable } from 'node:stream';
import type { Result } from '../result.js';

export interface KeptFile {
  /** SHA-256, hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface EvidenceFiles {
  /** Synced to disk on return. The same bytes are kept once. Faults `too_large` (nothing is kept), `disk_full`. */
  keep(content: Readable, mostBytes: number): Promise<Result<KeptFile>>;
  /** Undefined where there is none. */
  open(sha256: string): Promise<Readable | undefined>;
  has(sha256: string): Promise<boolean>;
  remove(sha256: string): Promise<void>;
}
