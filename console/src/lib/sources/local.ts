/** What this machine offers, as a list of choices: readable ones first. */
import type { LocalSources, SourceRow } from '$lib/api/types.js';

export interface LocalChoice {
  readonly key: string;
  readonly name: string;
  readonly readable: boolean;
  readonly watched: boolean;
  readonly reason?: string;
  readonly cause?: string;
  /** Group that would make it readable. */
  readonly group?: string;
  readonly plan: { kind: 'file' | 'journald'; name: string; target?: string; format?: string };
}

export function localChoices(
  local: LocalSources,
  sources: readonly Pick<SourceRow, 'kind' | 'target'>[],
): LocalChoice[] {
  const { journald, files } = local;
  const choices: LocalChoice[] = [
    {
      key: 'journald',
      name: 'systemd-journald',
      readable: journald.available,
      watched: sources.some((source) => source.kind === 'journald'),
      ...(journald.reason && { reason: journald.reason }),
      ...(journald.cause && { cause: journald.cause }),
      ...(journald.group && { group: journald.group }),
      plan: { kind: 'journald', name: 'journald' },
    },
    ...files.map((file): LocalChoice => ({
      key: file.path,
      name: file.path,
      readable: file.readable,
      watched: sources.some((source) => source.kind === 'file' && source.target === file.path),
      ...(file.reason && { reason: file.reason }),
      ...(file.cause && { cause: file.cause }),
      ...(file.group && { group: file.group }),
      plan: {
        kind: 'file',
        name: file.path.split('/').at(-1) || file.path,
        target: file.path,
        format: file.format,
      },
    })),
  ];
  return choices.sort((a, b) => Number(b.readable) - Number(a.readable));
}
