/** The console in one language, as a person uses it: its words by their message key, and a signed-in page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { collectComplaints } from '../browser.js';
import { until, type RunningServer } from '../server.js';
import { checkout } from '../data.js';
import type { Client } from '../client.js';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Texts of the console by key; throws where a key has no plain text. */
export function wordsOf(language: Language): (key: string, values?: Record<string, string>) => string {
  const folder = join(checkout, 'console/messages');
  const all = new Map<string, unknown>();
  for (const area of readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())) {
    const text = readFileSync(join(folder, area.name, `${language}.json`), 'utf8');
    for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, unknown>))
      all.set(key, value);
  }
  return (key, values = {}) => {
    const found = all.get(key);
    if (typeof found !== 'string') throw new Error(`no plain message ${key} in ${language}`);
    return found.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  };
}

/** A page of its own in that language; signed in where a client is given. */
export async function openConsole(
  browser: Browser,
  url: string,
  language: Language,
  client?: Client,
): Promise<Page> {
  const context = await browser.newContext({
    ...{ locale: language, viewport: { width: 1600, height: 900 }, timezoneId: 'Asia/Shanghai' },
    reducedMotion: 'reduce',
  });
  const [name = '', value = ''] = client ? client.cookie().split('=') : [];
  await context.addCookies([
    { name: 'fenghuo_lang', value: language, url },
    ...(client ? [{ name, value, url }] : []),
  ]);
  await context.addInitScript({ content: `localStorage.setItem('fenghuo_lang', '${language}')` });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return page;
}

/** Opens a page before the tests of a suite. At their end it goes, and the browser must have complained of nothing. */
export function withPage(open: () => Promise<Page>): void {
  const complaints: string[] = [];
  let page: Page;
  beforeAll(async () => {
    page = await open();
    collectComplaints(page, complaints);
  });
  afterAll(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });
}

/** At the end of a suite: the browser is closed, the server is stopped, its home is removed. */
export function endAfterwards(
  begun: () => { readonly browser: Browser; readonly server: RunningServer },
): void {
  afterAll(async () => {
    const { browser, server } = begun();
    await browser.close();
    await server.stop();
    await server.clean();
  });
}

/** Opens a menu by its name, and takes an item. */
export async function choose(page: Page, menu: string, item: string): Promise<void> {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).first().click();
}

/** Loads every recording that comes along, and waits for the end of each. */
export async function loadRecordings(client: Client): Promise<void> {
  for (const { id } of await client.get<{ id: string }[]>('/recordings')) {
    const job = await client.post<{ id: string }>(`/recordings/${id}/replay`, { shift: 'now' });
    await until(
      async () => (await client.get<{ state: string }>(`/jobs/${job.id}`)).state !== 'running',
      `the recording ${id}`,
      60_000,
    );
  }
}

/** Switches rules, which the first administrator may not. */
export const KEEPER = { name: 'keeper', displayName: '安全管理员', password: 'three-keys-one-door-5' };

export interface AlertLine {
  readonly id: string;
  readonly status: string;
  readonly host?: string;
}

/** The open alerts of the recordings, once there are enough of them. */
export function openAlerts(client: Client): Promise<readonly AlertLine[]> {
  return until(
    async () => {
      const { items } = await client.get<{ items: AlertLine[] }>('/alerts?status=open&limit=50');
      return items.length > 10 && items;
    },
    'the alerts of the recordings',
    60_000,
  );
}
