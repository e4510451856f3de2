/** What people do besides the main way: a source that is silent, two at one incident, a hunt by hand, a graph, a language. */
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '#kernel/schema/source.js';
import { openEmbeddedStores } from '#store/embedded/open.js';
import { equals } from '#kernel/query/ast.js';
import { browserReady, launchBrowser } from '../browser.js';
import { setUp, signIn, type Client } from '../client.js';
import { testScope } from '../scope.js';
import { startServer, until, type RunningServer } from '../server.js';
import {
  choose,
  endAfterwards,
  KEEPER,
  LANGUAGES,
  loadRecordings,
  openAlerts,
  openConsole,
  withPage,
  wordsOf,
  type AlertLine,
} from './console.js';

const LEAD = { name: 'lead-2', displayName: '二班组长', password: 'two-hands-one-rope-8' };

const WORKSTATION = 'gov-pc-17.example.cn';
/** What Sysmon tells when a document starts a shell. */
function starts(): readonly string[] {
  const at = new Date().toISOString();
  const start = (data: Readonly<Record<string, string>>): string =>
    JSON.stringify({
      Event: {
        System: {
          Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
          ...{ EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Computer: WORKSTATION },
          TimeCreated: { '#attributes': { SystemTime: at } },
        },
        EventData: { UtcTime: at.replace('T', ' ').replace('Z', ''), User: 'GOV\\zhang.wei', ...data },
      },
    });
  const word = { ProcessGuid: '{b3c1-1}', ProcessId: '4100', Image: 'C:\\Office\\winword.exe' };
  const shell = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
  return [
    start({ ...word, CommandLine: 'winword.exe notice.docm' }),
    start({
      ...{ ProcessGuid: '{b3c1-2}', ProcessId: '4200', Image: shell },
      CommandLine: 'powershell.exe -NoP -W Hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA',
      ...{ ParentProcessGuid: word.ProcessGuid, ParentProcessId: word.ProcessId, ParentImage: word.Image },
    }),
  ];
}

/** As the watch over sources leaves one that used to send every minute and has been silent for an hour. */
async function silence(home: string): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: console.error };
  const stores = await openEmbeddedStores({ home, clock: { nowMs: () => Date.now() }, log });
  const scope = testScope({ realm: '*' });
  const { items } = await stores.records.search(scope, 'sources', { query: equals('kind', 'http') });
  const [found] = items;
  if (!found) throw new Error('there is no source');
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  const value: Source = { ...found.value, lastSeenAt: hourAgo, silentSince: hourAgo, usualGapMs: 60_000 };
  const { version } = found;
  const written = await stores.records.write(scope, [
    { kind: 'replace', collection: 'sources', value, version },
  ]);
  if (!written.ok) throw new Error(written.reason);
  await stores.close();
}

browserReady.describe('what else is done in the console', () => {
  let server: RunningServer;
  let client: Client;
  let browser: Browser;
  let alerts: readonly AlertLine[];

  beforeAll(async () => {
    const first = await startServer();
    const chief = await setUp(first);
    const reach = { units: ['/'], ceiling: 1, realms: ['live'] };
    await chief.post('/users', { ...LEAD, ...reach, roles: ['lead'] });
    await chief.post('/users', { ...KEEPER, ...reach, roles: ['security'] });
    await fetch(`${first.ingestUrl}/ingest`, {
      method: 'POST',
      body: [...starts(), '{"message": broken 17', '{"message": broken 42'].join('\n'),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    await until(
      async () =>
        (await chief.get<{ total: number }>('/events/search?q=event.kind:pipeline_error')).total === 2,
      'two lines that nobody could read',
    );
    await first.stop();
    await silence(first.home);
    server = await startServer({ home: first.home, ports: first.ports });
    client = await signIn(server.url);
    await loadRecordings(client);
    alerts = await openAlerts(client);
    browser = await launchBrowser();
  }, 180_000);
  endAfterwards(() => ({ browser, server }));

  describe.each(LANGUAGES)('in %s', (language) => {
    const say = wordsOf(language);
    let page: Page;

    withPage(async () => (page = await openConsole(browser, server.url, language, client)));

    it('tells that a source is silent, how late it was, and what of it nobody could read', async () => {
      await page.goto(`${server.url}/sources`);
      const row = page.getByRole('row').filter({ hasText: say('source_silent') });
      await row.first().waitFor();
      await row
        .first()
        .getByRole('button', { name: say('source_details') })
        .click();
      await page.getByText(say('health_p95')).first().waitFor();
      const shapes = page.getByRole('list', { name: say('health_shapes') });
      // Both lines are one shape, whatever the number in them.
      await shapes.getByText('{"…": broken ‹n›').waitFor();
      expect(await shapes.getByRole('listitem').count()).toBe(1);
      await shapes.getByRole('link').first().click();
      await page.waitForURL(/\/events\?q=event\.kind/);
      await page.getByText('broken 42').first().waitFor();
    }, 60_000);

    it('hunts by hand: completes, is told where it is wrong, drags a time, adds a column, keeps it', async () => {
      await page.goto(`${server.url}/events`);
      const query = page.getByRole('combobox', { name: say('query_label') });
      // What is completed comes from the fields of the result.
      await page
        .getByRole('button', { name: /^host\.name/ })
        .first()
        .waitFor();
      await query.click();
      await page.keyboard.type('host.na');
      const offers = page.getByRole('listbox', { name: say('hunt_offers') });
      await offers
        .getByRole('option', { name: /host\.name/ })
        .first()
        .waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await until(async () => (await query.inputValue()).startsWith('host.name'), 'the completed field');
      await query.fill('host.name: "web-1" and (');
      await page.keyboard.press('Enter');
      const wrong = page.getByRole('alert').filter({ hasText: say('query_column', { n: '25' }).trim() });
      await wrong.waitFor();
      await query.fill('');
      await page.keyboard.press('Escape');
      await query.press('Enter');
      const histogram = page.getByRole('slider', { name: say('hunt_histogram') });
      await histogram.waitFor();
      const box = await histogram.boundingBox();
      if (!box) throw new Error('the histogram has no place');
      await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.999, box.y + 20, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/from=\d{4}-/);
      await page
        .getByRole('button', { name: /^event\.action/ })
        .first()
        .click();
      await page
        .getByRole('button', { name: say('hunt_column_add') })
        .first()
        .click();
      await page.waitForURL(/columns=.*event\.action/);
      const name = `hunt ${language}`;
      await choose(page, say('hunt_saved'), say('hunt_save'));
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(say('hunt_save_name')).fill(name);
      await dialog.getByRole('button', { name: say('action_save') }).click();
      await page.getByText(say('hunt_save_done', { name })).first().waitFor();
      await page.goto(`${server.url}/events`);
      await choose(page, say('hunt_saved'), name);
      await page.waitForURL(/columns=.*event\.action/);
    }, 90_000);

    it('grows the graph by a click, and goes from a box to its logs', async () => {
      const alert = alerts[6 + LANGUAGES.indexOf(language)] as AlertLine;
      await page.goto(`${server.url}/trace?alert=${alert.id}&view=graph`);
      const graph = page.getByRole('group', { name: say('trace_graph') });
      const boxes = graph.locator('button[aria-pressed]');
      await boxes.first().waitFor();
      const before = await boxes.count();
      const grow = graph.getByRole('button', { name: say('trace_grow') });
      await until(async () => {
        if ((await boxes.count()) > before) return true;
        if ((await grow.count()) > 0) await grow.first().click();
        return false;
      }, 'more boxes');
      const panel = page.getByRole('complementary', { name: say('trace_panel') });
      const logs = panel.getByRole('heading', { name: say('trace_logs') });
      let box = 0;
      // An alert and a rule have none of their own.
      await until(async () => {
        await boxes.nth(box++ % (await boxes.count())).click();
        await panel.getByRole('heading').first().waitFor();
        return (await logs.count()) > 0;
      }, 'a box with logs');
      await panel.locator('li button[aria-expanded]').first().click();
      await panel.getByText('event.').first().waitFor();
    }, 60_000);

    it('shows the processes behind an alert as a tree, and one of them by keyboard', async () => {
      const { items } = await client.get<{ items: AlertLine[] }>(`/alerts?status=open&host=${WORKSTATION}`);
      await page.goto(`${server.url}/trace?alert=${items[0]?.id}&view=tree`);
      const tree = page.getByRole('tree', { name: say('trace_tree') });
      await tree.getByRole('treeitem').filter({ hasText: 'winword.exe' }).first().waitFor();
      await tree.getByRole('treeitem').filter({ hasText: 'powershell.exe' }).first().waitFor();
      await tree.locator('[tabindex="0"]').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      await page
        .getByRole('complementary', { name: say('trace_panel') })
        .getByRole('heading')
        .first()
        .waitFor();
    }, 60_000);

    it('lets two people write at one incident, and loses nothing of either', async () => {
      const { id } = await client.post<{ id: string }>('/incidents', {
        ...{ title: `${language} both`, severity: 'medium' },
      });
      const second = await signIn(server.url, LEAD.name, LEAD.password);
      const other = await openConsole(browser, server.url, language, second);
      for (const one of [page, other]) {
        await one.goto(`${server.url}/incidents/${id}`);
        await one
          .getByRole('button', { name: say('action_edit'), exact: true })
          .first()
          .click();
        await one.getByRole('dialog').getByLabel(say('field_title'), { exact: true }).waitFor();
      }
      const write = async (one: Page, label: string, text: string): Promise<void> => {
        await one.getByRole('dialog').getByLabel(say(label), { exact: true }).fill(text);
        await one.keyboard.press('Control+Enter');
      };
      await write(page, 'field_summary', 'from the first');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await write(other, 'field_title', 'from the second');
      const told = other.getByRole('dialog').getByRole('alert');
      await told.getByText(say('overtaken_title')).waitFor();
      expect(
        await other.getByRole('dialog').getByLabel(say('field_title'), { exact: true }).inputValue(),
      ).toBe('from the second');
      await other.keyboard.press('Control+Enter');
      await other.getByRole('dialog').waitFor({ state: 'hidden' });
      expect(await client.get(`/incidents/${id}`)).toMatchObject({
        ...{ title: 'from the second', summary: 'from the first' },
      });
      await other.context().close();
    }, 60_000);

    it('finds an alert and a host by the search box', async () => {
      const alert = alerts.find(({ host }) => host !== undefined) as AlertLine;
      await page.goto(`${server.url}/overview`);
      const search = async (text: string): Promise<void> => {
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox', { name: say('palette_label') }).fill(text);
      };
      await search(alert.id);
      await page
        .getByRole('option', { name: say('noun_alert') })
        .first()
        .click();
      await page.waitForURL(new RegExp(alert.id));
      await search(alert.host ?? '');
      await page
        .getByRole('option', { name: say('palette_alerts') })
        .first()
        .click();
      await page.waitForURL(/\/alerts\?/);
      await page.getByRole('row').nth(1).waitFor();
    }, 60_000);

    it('lets an account that was shut in again, and takes its password at the form', async () => {
      const account = { name: `night-${language.toLowerCase()}`, password: 'lamp-in-the-tower-6' };
      await client.post('/users', {
        ...{ ...account, displayName: account.name, roles: ['analyst'] },
        ...{ units: ['/'], ceiling: 1, realms: ['live'] },
      });
      await page.goto(`${server.url}/settings?tab=users`);
      const row = page.getByRole('row').filter({ hasText: account.name });
      await row.getByRole('button', { name: say('action_disable') }).click();
      await row.getByText(say('user_disabled')).waitFor();
      const visitor = await openConsole(browser, server.url, language);
      const enter = async (): Promise<void> => {
        await visitor.goto(`${server.url}/login`);
        await visitor.getByLabel(say('field_account')).fill(account.name);
        await visitor.getByLabel(say('field_password'), { exact: true }).fill(account.password);
        await visitor.getByRole('button', { name: say('login_action') }).click();
      };
      await enter();
      await visitor.getByRole('alert').waitFor();
      await row.getByRole('button', { name: say('action_enable') }).click();
      await row.getByRole('button', { name: say('action_disable') }).waitFor();
      await enter();
      await visitor
        .getByRole('link', { name: say('nav_alerts') })
        .first()
        .waitFor();
      await visitor.context().close();
    }, 60_000);

    it('tells who switched a rule off, and why', async () => {
      const { items } = await client.get<{ items: { id: string }[] }>('/rules?limit=1000');
      const { id } = items[10 + LANGUAGES.indexOf(language)] as { id: string };
      const keeper = await signIn(server.url, KEEPER.name, KEEPER.password);
      const own = await openConsole(browser, server.url, language, keeper);
      await own.goto(`${server.url}/rules/${encodeURIComponent(id)}`);
      await own
        .getByRole('button', { name: say('action_disable') })
        .first()
        .click();
      const dialog = own.getByRole('dialog');
      await dialog.getByRole('textbox').fill(`reason ${language}`);
      await dialog.getByRole('button', { name: say('action_disable') }).click();
      const entry = own.getByRole('listitem').filter({ hasText: `reason ${language}` });
      await entry.getByText(KEEPER.name, { exact: true }).waitFor();
      await own
        .getByRole('button', { name: say('action_enable') })
        .first()
        .click();
      await own
        .getByRole('listitem')
        .filter({ hasText: say('rule_enabled') })
        .first()
        .waitFor();
      await own.context().close();
    }, 60_000);

    it('shows what is kept, and for how long', async () => {
      await page.goto(`${server.url}/storage`);
      const { retentionDays } = await client.get<{ retentionDays: number }>('/storage');
      const card = page.getByText(say('storage_retention'), { exact: true }).locator('xpath=..');
      expect((await card.innerText()).replaceAll(/\D/g, '')).toBe(String(retentionDays));
      await page.getByRole('meter', { name: say('storage_disk') }).waitFor();
    }, 60_000);

    it('shows every component on one page, each under its name', async () => {
      await page.goto(`${server.url}/kit`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      expect(await page.getByRole('heading', { level: 2 }).count()).toBeGreaterThan(8);
    }, 60_000);

    it('changes language and contrast, and keeps both', async () => {
      const own = await openConsole(browser, server.url, language, client);
      const [next] = LANGUAGES.filter((one) => one !== language);
      const sayNext = wordsOf(next ?? language);
      await own.goto(`${server.url}/alerts`);
      await choose(own, say('language_label'), next === 'en' ? 'English' : '中文');
      await own
        .getByRole('link', { name: sayNext('nav_alerts') })
        .first()
        .waitFor();
      await choose(own, sayNext('appearance_label'), sayNext('contrast_more'));
      await own.reload();
      // openConsole sets the language before each page, as a fresh browser would not.
      expect(await own.locator('html').getAttribute('data-contrast')).toBe('more');
      await own.context().close();
    }, 60_000);
  });
});
