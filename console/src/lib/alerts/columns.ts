/** The queue's columns, shared by its head and its rows. Narrow: beside an open drawer. */
export const COLUMNS = {
  wide: 'grid-cols-[28px_32px_minmax(200px,1fr)_minmax(150px,220px)_72px_104px_56px_120px]',
  narrow: 'grid-cols-[28px_32px_minmax(140px,1fr)_64px_92px_112px]',
} as const;
