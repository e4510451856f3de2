/** The queue's columns, shared by its head and its rows. Narrow: beside an open drawer. */
export const COLUMNS = {
  wide: 'grid-cols-[28px_32px_minmax(200px,1fr)_minmax(150px,220px)_92px_108px_60px_124px]',
  narrow: 'grid-cols-[28px_32px_minmax(140px,1fr)_92px_104px_116px]',
} as const;
