/** SvelteKit as a static single-page app: one fallback page, no server rendering. */
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ fallback: 'index.html', precompress: true }),
    // The kernel's vocabulary is the one thing shared with the server.
    alias: { '#kernel': '../kernel' },
    // A name of its own, or every build would differ by its time alone.
    version: { name: version },
  },
};
