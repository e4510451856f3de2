/** The queue's columns, shared by its head and its rows. Narrow: beside an open drawer. Phone: what triage begins with, nothing else. */
export const COLUMNS = {
  wide: 'grid-cols-[28px_32px_minmax(240px,1fr)_minmax(150px,240px)_112px_100px_60px_124px]',
  narrow: 'grid-cols-[28px_32px_minmax(140px,1fr)_90px_84px_100px]',
  phone: 'grid-cols-[28px_32px_minmax(0,1fr)]',
} as const;
export type Width = keyof typeof COLUMNS;
