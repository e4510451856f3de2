/** The main task of the console's routes, done in a real browser through the interface, in both languages. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { browserReady, launchBrowser } from '../browser.js';
import { ADMINISTRATOR, setUp, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';
import {
  endAfterwards,
  LANGUAGES,
  loadRecordings,
  openAlerts,
  openConsole,
  withPage,
  wordsOf,
  type AlertLine,
} from './console.js';

browserReady.describe('the tasks of the console', () => {
  let server: RunningServer;
  let client: Client;
  let browser: Browser;
  let alerts: readonly AlertLine[];

  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
    await loadRecordings(client);
    alerts = await openAlerts(client);
    browser = await launchBrowser();
  }, 180_000);
  endAfterwards(() => ({ browser, server }));

  describe.each(LANGUAGES)('in %s', (language) => {
    const say = wordsOf(language);
    let page: Page;
    /** Another alert in every language, so that each goes the whole way. */
    const alert = (): AlertLine => {
      const found = alerts[LANGUAGES.indexOf(language)];
      if (!found) throw new Error('too few alerts');
      return found;
    };

    withPage(async () => (page = await openConsole(browser, server.url, language, client)));

    it('goes from the figure that burns to the queue behind it', async () => {
      await page.goto(`${server.url}/overview`);
      const figure = page
        .getByRole('heading', { name: say('overview_burning_open'), exact: true })
        .locator('xpath=..')
        .getByRole('link');
      const count = (await figure.innerText()).replaceAll(/\D/g, '');
      expect(Number(count)).toBeGreaterThan(0);
      await figure.click();
      await page.waitForURL(/\/alerts\?outcome=compromised/);
      await page.getByRole('row').nth(1).waitFor();
    }, 60_000);

    it('closes an alert from the drawer by keys, and takes it back', async () => {
      const { id, status } = alert();
      const statusOf = async (): Promise<string> => (await client.get<AlertLine>(`/alerts/${id}`)).status;
      await page.goto(`${server.url}/alerts?open=${id}`);
      const drawer = page.getByRole('complementary', { name: say('drawer_label') });
      await drawer.getByRole('heading').first().waitFor();
      await page.keyboard.press('e');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio').first().waitFor();
      await page.keyboard.press('4');
      await until(
        async () => (await dialog.getByRole('textbox').inputValue()) !== '',
        'a reason to begin from',
      );
      await page.keyboard.press('Control+Enter');
      await page.getByText(say('said_closed'), { exact: true }).first().waitFor();
      expect(await statusOf()).toBe('closed');
      await page
        .getByRole('button', { name: say('action_undo') })
        .first()
        .click();
      await page.getByText(say('undone'), { exact: true }).first().waitFor();
      expect(await statusOf()).toBe(status);
    }, 60_000);

    it('makes an exception of a value in an alert, and ends it', async () => {
      const reason = `${language} ${say('exception_reason')}`;
      await page.goto(`${server.url}/alerts/${alert().id}`);
      await page
        .getByRole('button', { name: say('why_except') })
        .first()
        .click();
      const dialog = page.getByRole('dialog', { name: say('exception_add') });
      const preview = dialog.getByRole('region', { name: say('preview_title') });
      await preview.waitFor();
      await until(
        async () => (await preview.getAttribute('aria-busy')) === 'false',
        'the preview to its end',
        30_000,
      );
      await dialog.getByRole('textbox', { name: say('exception_reason'), exact: true }).fill(reason);
      await dialog.getByRole('button', { name: say('exception_save') }).click();
      await page.getByText(say('said_excepted'), { exact: true }).first().waitFor();
      await page.goto(`${server.url}/exceptions`);
      const row = page.getByRole('row').filter({ hasText: reason });
      await row.getByText(say('exception_state_active'), { exact: true }).waitFor();
      await row.getByRole('button', { name: say('exception_end') }).click();
      await page.getByText(say('exception_said_ended')).first().waitFor();
      const { items } = await client.get<{ items: { reason: string; endedAt?: string }[] }>('/exceptions');
      expect(items.find((one) => one.reason === reason)?.endedAt).toBeDefined();
    }, 90_000);

    it('hunts by a rule among what is stored, and finds what it found live', async () => {
      const { items } = await client.get<{ items: { id: string; ledger: { matches: number } }[] }>('/rules');
      const rule = items.filter(({ ledger }) => ledger.matches > 1)[LANGUAGES.indexOf(language)];
      if (!rule) throw new Error('too few rules matched');
      await page.goto(`${server.url}/rules/${encodeURIComponent(rule.id)}`);
      await page.getByRole('button', { name: say('hunts_start'), exact: true }).click();
      const found = say('hunts_found', { n: String(rule.ledger.matches) });
      await page.locator('summary', { hasText: found }).waitFor();
      await page.getByRole('columnheader', { name: say('hunts_entity') }).waitFor();
    }, 60_000);

    it('saves the queue as a file', async () => {
      await page.goto(`${server.url}/alerts`);
      await page.getByRole('row').nth(1).waitFor();
      await page.getByRole('button', { name: say('export_label') }).click();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: say('export_csv') }).click(),
      ]);
      expect(file.suggestedFilename()).toMatch(/\.csv$/);
      expect(readFileSync(await file.path(), 'utf8').split('\n').length).toBeGreaterThan(10);
    }, 60_000);

    it('makes a key that is shown once and works', async () => {
      await page.goto(`${server.url}/settings?tab=keys`);
      await page.getByRole('button', { name: say('key_add') }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: say('field_name') }).fill(`probe-${language}`);
      await dialog.getByRole('checkbox', { name: say('scope_alerts_read') }).check();
      await dialog.getByRole('button', { name: say('key_make') }).click();
      await dialog.getByText(say('key_once')).waitFor();
      const secret = await dialog.locator('code').first().innerText();
      const ask = (key: string): Promise<Response> =>
        fetch(`${server.url}/api/v1/alerts?limit=1`, { headers: { authorization: `ApiKey ${key}` } });
      expect((await ask(secret)).status).toBe(200);
      expect((await ask(`${secret}x`)).status).toBe(401);
    }, 60_000);

    it('refuses a wrong password in words, and lets the right one in', async () => {
      const visitor = await openConsole(browser, server.url, language);
      await visitor.goto(`${server.url}/login`);
      const enter = async (password: string): Promise<void> => {
        await visitor.getByLabel(say('field_account')).fill(ADMINISTRATOR.name);
        await visitor.getByLabel(say('field_password'), { exact: true }).fill(password);
        await visitor.getByRole('button', { name: say('login_action') }).click();
      };
      await enter('not-the-password-1');
      await visitor.getByRole('alert').waitFor();
      expect(new URL(visitor.url()).pathname).toBe('/login');
      await enter(ADMINISTRATOR.password);
      await visitor
        .getByRole('link', { name: say('nav_alerts') })
        .first()
        .waitFor();
      await visitor.context().close();
    }, 60_000);
  });
});
