/** Vite for the console: development server with a proxy to the API, build, and tests. */
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { messageOptions } from './scripts/paraglide.mjs';

/** The server that development talks to; `npm run dev` sets it. */
const server = process.env.FENGHUO_DEV_SERVER ?? 'http://127.0.0.1:8470';
// The server compares Origin with its own address, so the proxy speaks in its name.
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

/** A message that does not exist is only a warning, and `undefined` at run time: never ship that. */
const undefinedImportsFail: Plugin = {
  name: 'fenghuo:undefined-imports-fail',
  apply: 'build',
  onLog(_level, log) {
    if (log.code === 'IMPORT_IS_UNDEFINED' || log.code === 'MISSING_EXPORT') this.error(log.message);
  },
};

export default defineConfig({
  plugins: [undefinedImportsFail, paraglideVitePlugin(messageOptions), tailwindcss(), sveltekit()],
  server: {
    host: '127.0.0.1',
    proxy: { '/api': proxied, '/healthz': proxied, '/readyz': proxied, '/metrics': proxied },
    fs: { allow: ['../kernel', '../node_modules'] },
  },
  // Left alone, every small part that two pages share becomes a file of its own, and a page waits for seventy of them.
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: {
              groups: [
                { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 60_000 },
              ],
            },
          },
        },
      },
    },
  },
  optimizeDeps: { include: ['echarts'] },
  test: {
    include: ['src/**/*.test.ts', 'messages/**/*.test.ts'],
    environment: 'node',
  },
});
