/** One audit entry: its canonical bytes, its leaf hash, and the check that both are what the fields say. */
import { createHash } from 'node:crypto';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import type { AuditEntry } from '#kernel/schema/account.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { canonicalJson } from './canonical-json.js';

/** Longer texts in an entry are cut: an attacker chooses some of them (a name at sign-in). */
const LONGEST_TEXT = 2_000;

export type UnprovenEntry = Omit<AuditEntry, 'bytes' | 'leaf'>;

/** RFC 6962, section 2.1: leaf hash SHA-256(0x00 || bytes), hex. */
export function leafHash(bytes: string): string {
  return createHash('sha256').update(Buffer.of(0)).update(bytes, 'utf8').digest('hex');
}

export function entryId(node: string, index: number): string {
  return `${node}/${String(index).padStart(12, '0')}`;
}

/** The entry of a note at its place in the node's log; `at` is ISO 8601. */
export function makeEntry(node: string, index: number, at: string, note: AuditNote): AuditEntry {
  const { actor } = note;
  const entry: UnprovenEntry = {
    id: entryId(node, index),
    unit: note.unit ?? ROOT_UNIT,
    realm: note.realm ?? LIVE,
    classification: note.classification ?? 1,
    node,
    index,
    at,
    actor: actor.id,
    actorName: plain(actor.name),
    ...(actor.address !== undefined && { address: plain(actor.address) }),
    action: note.action,
    target: plain(note.target),
    result: note.result ?? 'done',
    ...(note.detail && { detail: plainDetail(note.detail) }),
  };
  const bytes = canonicalJson(entry);
  return { ...entry, bytes, leaf: leafHash(bytes) };
}

/** What is wrong with an entry by itself, or undefined. */
export function entryProblem(entry: AuditEntry): 'bytes_differ' | 'leaf_differs' | 'id_differs' | undefined {
  const { bytes, leaf, ...fields } = entry;
  let expected: string;
  try {
    expected = canonicalJson(fields);
  } catch {
    return 'bytes_differ';
  }
  if (bytes !== expected) return 'bytes_differ';
  if (leaf !== leafHash(bytes)) return 'leaf_differs';
  return entry.id === entryId(entry.node, entry.index) ? undefined : 'id_differs';
}

// Canonical JSON has no form for lone surrogates, and a hostile name must not stop the log.
function plain(text: string): string {
  return text.slice(0, LONGEST_TEXT).replace(/\p{Surrogate}/gu, '\uFFFD');
}

function plainDetail(detail: NonNullable<AuditNote['detail']>): NonNullable<AuditEntry['detail']> {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      plain(name),
      typeof value === 'string'
        ? plain(value)
        : typeof value === 'number' && !Number.isFinite(value)
          ? null
          : value,
    ]),
  );
}
