declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- SvelteKit reads its app types from here
  namespace App {}
}

export {};
