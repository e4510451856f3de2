/** Every route of the console in both languages, both themes and three widths: whole, accessible, and calm before hostile logs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { browserReady, collectComplaints, launchBrowser } from '../browser.js';
import { setUp, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';
import { endAfterwards } from './console.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder for pictures of every route, for people. */
const shots = process.env['FENGHUO_TEST_SHOTS'];

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Markup, terminal escapes, direction and zero-width characters, and a value of a megabyte. */
const MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>{{7*7}}';
const TRICKS = 'a\u001b[31mred\u202egnp.exe\u200bb';
const HUGE = 'A'.repeat(1_000_000);

browserReady.describe('every route', () => {
  let server: RunningServer;
  let client: Client;
  let browser: Browser;
  let routes: string[];

  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
    const recordings = await client.get<{ id: string }[]>('/recordings');
    for (const { id } of recordings) await client.post(`/recordings/${id}/replay`, { shift: 'now' });
    const hostile = {
      '@timestamp': new Date().toISOString(),
      ...{
        event: { category: 'web', module: 'nginx', dataset: 'nginx.access' },
        host: { name: `web${TRICKS}` },
      },
      url: {
        original: `/?q=1' UNION SELECT ${MARKUP}`,
        path: '/',
        query: `q=1' UNION SELECT ${MARKUP}&big=${HUGE}`,
      },
      ...{ source: { ip: '198.51.100.200' }, message: `${MARKUP}\n${TRICKS}`, user: { name: MARKUP } },
    };
    await fetch(`${server.ingestUrl}/ingest`, {
      ...{ method: 'POST', body: JSON.stringify(hostile), headers: { 'content-type': 'application/json' } },
    });
    const alerts = await until(
      async () => {
        const { items } = await client.get<{ items: { id: string; sourceIp?: string; host?: string }[] }>(
          '/alerts?status=open&limit=200',
        );
        return items.some(({ sourceIp }) => sourceIp === '198.51.100.200') && items.length > 20 && items;
      },
      'the alerts of the recordings and of the hostile line',
      60_000,
    );
    const hit = alerts.find(({ sourceIp }) => sourceIp === '198.51.100.200');
    const incident = await client.post<{ id: string }>('/incidents', { title: MARKUP, alerts: [hit?.id] });
    await client.post(`/incidents/${incident.id}/tasks`, { title: TRICKS });
    await client.post(`/incidents/${incident.id}/comments`, { text: `${MARKUP}\n${TRICKS}` });
    const rule = (await client.get<{ items: { id: string }[] }>('/rules?q=sql_injection')).items[0];
    await client.post('/exceptions', {
      ...{ rule: rule?.id, query: 'user.name: "scanner"', reason: MARKUP },
      expiresAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
    });
    routes = [
      ...['/overview', '/alerts', '/alerts?group=source', `/alerts?open=${hit?.id}`, `/alerts/${hit?.id}`],
      ...['/incidents', `/incidents/${incident.id}`, '/events?from=now-24h', `/trace?alert=${hit?.id}`],
      ...[
        '/rules',
        `/rules/${rule?.id}`,
        '/attack',
        '/exceptions',
        '/sources',
        '/storage',
        '/settings',
        '/kit',
        '/screen',
      ],
    ];
    browser = await launchBrowser();
  }, 180_000);
  endAfterwards(() => ({ browser, server }));

  async function look(
    locale: string,
    colorScheme: 'light' | 'dark',
    signedIn = true,
  ): Promise<BrowserContext> {
    const context = await browser.newContext({
      ...{ locale, colorScheme, viewport: { width: 1600, height: 900 }, timezoneId: 'Asia/Shanghai' },
      reducedMotion: 'reduce',
    });
    const [name = '', value = ''] = signedIn ? client.cookie().split('=') : [];
    await context.addCookies([
      { name: 'fenghuo_lang', value: locale, url: server.url },
      ...(signedIn ? [{ name, value, url: server.url }] : []),
    ]);
    await context.addInitScript({ content: `localStorage.setItem('fenghuo_lang', '${locale}')` });
    return context;
  }

  /** The page has its heading, and nothing on it is still being read. */
  async function settled(page: Page): Promise<void> {
    await page.getByRole('heading').first().waitFor({ state: 'attached' });
    await page.locator('[data-waiting]').first().waitFor({ state: 'detached' });
    await page.evaluate('document.fonts.ready.then(() => undefined)');
  }

  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found = await page.evaluate(
      'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
    );
    return (found as Finding[]).map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.target.join(' ')} (${nodes.length})`,
    );
  }

  for (const [locale, theme] of [
    ['zh-CN', 'light'],
    ['zh-CN', 'dark'],
    ['en', 'light'],
    ['en', 'dark'],
  ] as const)
    it(`is whole and accessible: ${locale}, ${theme}`, async () => {
      const context = await look(locale, theme);
      const page = await context.newPage();
      const complaints: string[] = [];
      collectComplaints(page, complaints);
      const problems: string[] = [];
      for (const route of routes) {
        await page.setViewportSize({ width: 1600, height: 900 });
        await page.goto(`${server.url}${route}`);
        await settled(page);
        problems.push(...(await findings(page)).map((one) => `${route} ${one}`));
        const text = await page.locator('body').innerText();
        const bare = /\bundefined\b|\bNaN\b|\[object |(?<![\w./-])[a-z]+_[a-z]+_[a-z_]{3,}(?![\w.:=-])/.exec(
          text,
        );
        if (bare && /undefined|NaN|\[object/.test(bare[0])) problems.push(`${route} shows ${bare[0]}`);
        for (const width of [390, 1280, 1920]) {
          await page.setViewportSize({ width, height: 900 });
          const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
          if (over > 1) problems.push(`${route} is ${over} px wider than ${width}`);
          if (shots)
            await page.screenshot({
              path: join(shots, `${route.replaceAll(/[^a-z]+/g, '-')}-${theme}-${locale}-${width}.png`),
            });
        }
      }
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      await context.close();
      expect(complaints).toEqual([]);
      expect(problems).toEqual([]);
    }, 240_000);

  it('is accessible before one is signed in', async () => {
    const context = await look('zh-CN', 'light', false);
    const page = await context.newPage();
    for (const route of ['/login', '/setup']) {
      await page.goto(`${server.url}${route}`);
      await settled(page);
      expect(await findings(page), route).toEqual([]);
    }
    await context.close();
  }, 60_000);

  it('shows hostile text as text', async () => {
    const context = await look('en', 'light');
    const page = await context.newPage();
    await page.goto(`${server.url}${routes.find((route) => route.startsWith('/incidents/'))}`);
    await page.getByRole('heading', { name: MARKUP }).waitFor();
    // Direction and control characters have a visible stand-in, and cannot turn what follows round.
    expect(await page.locator('.control-mark', { hasText: 'U+202E' }).count()).toBeGreaterThan(0);
    // Nowhere on the page stands the bare character, the timeline included.
    expect(await page.locator('main').innerText()).not.toContain('\u202e');
    expect(await page.locator('img[src="x"], main script').count()).toBe(0);
    await page.goto(
      `${server.url}/events?q=${encodeURIComponent('source.ip: "198.51.100.200"')}&from=now-24h`,
    );
    await page.getByText('{{7*7}}').first().waitFor();
    expect(await page.locator('img[src="x"], main script').count()).toBe(0);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    await context.close();
  }, 60_000);
});
