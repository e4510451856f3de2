/** The queue's columns, shared by its head and its rows. Narrow: beside an open drawer. Phone: what triage begins with, nothing else. */
export const COLUMNS = {
  wide: 'grid-cols-[28px_32px_minmax(200px,1fr)_minmax(190px,280px)_112px_100px_60px_124px]',
  narrow: 'grid-cols-[28px_32px_minmax(140px,1fr)_104px_100px_116px]',
  phone: 'grid-cols-[28px_32px_minmax(0,1fr)_88px]',
} as const;
export type Width = keyof typeof COLUMNS;
