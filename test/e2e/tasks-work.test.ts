/** The main task of further routes: what is looked into, switched, kept and handed on, in both languages. */
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { browserReady, launchBrowser } from '../browser.js';
import { setUp, signIn, type Client } from '../client.js';
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

const AUDITOR = { name: 'auditor', displayName: '审计员', password: 'ink-that-stays-on-4' };

browserReady.describe('the work in the console', () => {
  let server: RunningServer;
  let client: Client;
  /** Switches rules, which the first administrator may not. */
  let keeper: Client;
  let auditor: Client;
  let browser: Browser;
  let alerts: readonly AlertLine[];

  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
    const reach = { units: ['/'], ceiling: 1, realms: ['live'] };
    await client.post('/users', { ...KEEPER, ...reach, roles: ['security'] });
    await client.post('/users', { ...AUDITOR, ...reach, roles: ['audit'] });
    keeper = await signIn(server.url, KEEPER.name, KEEPER.password);
    auditor = await signIn(server.url, AUDITOR.name, AUDITOR.password);
    await loadRecordings(client);
    alerts = await openAlerts(client);
    browser = await launchBrowser();
  }, 180_000);
  endAfterwards(() => ({ browser, server }));

  describe.each(LANGUAGES)('in %s', (language) => {
    const say = wordsOf(language);
    let page: Page;

    withPage(async () => (page = await openConsole(browser, server.url, language, client)));

    it('switches a rule off with a reason, and on again', async () => {
      const { items } = await client.get<{ items: { id: string; enabled: boolean }[] }>('/rules?limit=1000');
      const rule = items[LANGUAGES.indexOf(language)];
      if (!rule) throw new Error('too few rules');
      const isOn = async (): Promise<boolean> =>
        (await client.get<{ enabled: boolean }>(`/rules/${encodeURIComponent(rule.id)}`)).enabled;
      const own = await openConsole(browser, server.url, language, keeper);
      await own.goto(`${server.url}/rules`);
      await own.getByRole('searchbox', { name: say('rules_search') }).fill(rule.id);
      const toggle = own.getByRole('row').nth(1).getByRole('switch');
      await until(async () => (await own.getByRole('switch').count()) === 1, 'the one rule');
      await toggle.click();
      const dialog = own.getByRole('dialog');
      const disable = dialog.getByRole('button', { name: say('action_disable') });
      expect(await disable.isDisabled()).toBe(true);
      await dialog.getByRole('textbox').fill(`${language} ${say('rule_off_hint')}`);
      await disable.click();
      await own.getByText(say('rule_disabled'), { exact: true }).first().waitFor();
      expect(await isOn()).toBe(false);
      await until(
        async () => (await toggle.getAttribute('aria-checked')) === 'false',
        'the switch to be off',
      );
      await toggle.click();
      await own.getByText(say('rule_enabled'), { exact: true }).first().waitFor();
      expect(await isOn()).toBe(true);
      await own.context().close();
    }, 60_000);

    it('makes an account that can sign in, and shuts it', async () => {
      const account = { name: `duty-${language.toLowerCase()}`, password: 'smoke-over-the-hill-9' };
      await page.goto(`${server.url}/settings?tab=users`);
      await page.getByRole('button', { name: say('user_add') }).click();
      const dialog = page.getByRole('dialog', { name: say('user_add') });
      await dialog.getByLabel(say('field_account'), { exact: true }).fill(account.name);
      await dialog.getByLabel(say('field_display_name'), { exact: true }).fill(say('role_analyst'));
      await dialog.getByRole('checkbox', { name: say('role_analyst') }).check();
      await dialog.getByLabel(say('field_password'), { exact: true }).fill(account.password);
      const save = dialog.getByRole('button', { name: say('action_save') });
      expect(await save.isDisabled()).toBe(true);
      await dialog.getByLabel(say('field_password_again')).fill(account.password);
      await save.click();
      const row = page.getByRole('row').filter({ hasText: account.name });
      await row.waitFor();
      await (await signIn(server.url, account.name, account.password)).get('/alerts?limit=1');
      await row.getByRole('button', { name: say('action_disable') }).click();
      await row.getByText(say('user_disabled')).waitFor();
      await expect(signIn(server.url, account.name, account.password)).rejects.toThrow(/ 401 /);
    }, 60_000);

    it('finds a place by the palette, and lists its keys, by keyboard alone', async () => {
      await page.goto(`${server.url}/overview`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.keyboard.press('Control+k');
      const palette = page.getByRole('combobox', { name: say('palette_label') });
      await palette.waitFor();
      await page.keyboard.type(say('nav_attack'));
      await page
        .getByRole('option', { name: say('nav_attack') })
        .first()
        .waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/attack/);
      await page.getByRole('searchbox', { name: say('attack_search') }).waitFor();
      await page.keyboard.press('?');
      const sheet = page.getByRole('dialog', { name: say('keys_title') });
      await sheet.getByText(say('attack_search'), { exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await sheet.waitFor({ state: 'hidden' });
    }, 60_000);

    it('keeps a view of the queue with its count, and lets it go', async () => {
      const name = `view ${language}`;
      await page.goto(`${server.url}/alerts?severity=high`);
      await page.getByRole('row').nth(1).waitFor();
      await choose(page, say('view_menu'), say('view_save'));
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(say('hunt_save_name')).fill(name);
      await dialog.getByRole('button', { name: say('action_save') }).click();
      await page.goto(`${server.url}/overview`);
      const kept = page.getByRole('navigation', { name: say('nav_label') }).getByRole('link', { name });
      const { total } = await client.get<{ total: number }>('/alerts?status=open&severity=high&limit=1');
      await until(
        async () => (await kept.innerText()).replace(name, '').replaceAll(/\D/g, '') === String(total),
        `the count ${total} beside the view`,
      );
      await kept.click();
      await page.waitForURL(/severity=high/);
      await choose(page, say('view_menu'), say('view_delete', { name }));
      await kept.waitFor({ state: 'hidden' });
    }, 60_000);

    it('makes an incident of an alert, gives it a task and a note, and ticks the task', async () => {
      const alert = alerts[4 + LANGUAGES.indexOf(language)] as AlertLine;
      const task = `${language} ${say('task_add_hint')}`;
      await page.goto(`${server.url}/alerts?open=${alert.id}`);
      await page
        .getByRole('complementary', { name: say('drawer_label') })
        .getByRole('heading')
        .first()
        .waitFor();
      await page.keyboard.press('m');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Control+Enter');
      await page.waitForURL(/\/incidents\/inc_/);
      const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
      await page.getByRole('textbox', { name: say('task_add') }).fill(task);
      await page.keyboard.press('Enter');
      await page.getByRole('checkbox', { name: say('task_done', { title: task }) }).click();
      await page.getByRole('textbox', { name: say('comment_label') }).fill(`${language} note`);
      await page.getByRole('button', { name: say('comment_send') }).click();
      await page.getByText(`${language} note`).first().waitFor();
      await until(
        async () =>
          (
            await client.get<{ items: { title: string; state: string }[] }>(`/incidents/${id}/tasks`)
          ).items.some((one) => one.title === task && one.state === 'done'),
        'the task to be done',
      );
      await page.goto(`${server.url}/incidents`);
      await page.locator(`a[href="/incidents/${id}"]`).first().waitFor();
    }, 60_000);

    it('goes from a technique to one of its rules', async () => {
      await page.goto(`${server.url}/attack`);
      await page.getByRole('searchbox', { name: say('attack_search') }).fill('T1110');
      await page.getByRole('button', { name: /T1110/ }).first().click();
      const panel = page.getByRole('dialog', { name: /T1110/ });
      const rule = panel.getByRole('link').and(panel.locator('[href^="/rules/"]')).first();
      const title = await rule.innerText();
      await rule.click();
      await page.waitForURL(/\/rules\//);
      await page.getByRole('heading', { name: title.trim() }).first().waitFor();
    }, 60_000);

    it('narrows the audit log to what one looks for, and opens an entry', async () => {
      const own = await openConsole(browser, server.url, language, auditor);
      await own.goto(`${server.url}/audit`);
      await own.getByRole('row').nth(1).waitFor();
      await own.getByRole('textbox', { name: say('audit_action') }).fill('user.created');
      await own.keyboard.press('Enter');
      await own.waitForURL(/action=user\.created/);
      const { total } = await auditor.get<{ total: number }>('/audit?action=user.created&limit=1');
      await until(
        async () => (await own.getByRole('row').count()) === total + 1,
        `${total} entries and a head`,
      );
      await own.getByRole('row').nth(1).getByRole('button').first().click();
      await own
        .getByRole('dialog')
        .getByText(/[0-9a-f]{64}/)
        .first()
        .waitFor();
      await own.context().close();
    }, 60_000);

    it('tells how a source does', async () => {
      await page.goto(`${server.url}/sources`);
      const details = page.getByRole('button', { name: say('source_details') }).first();
      await details.click();
      expect(await details.getAttribute('aria-expanded')).toBe('true');
      await page.getByText(say('health_hours')).first().waitFor();
    }, 60_000);

    it('traces an alert: its graph, grown by a click, down to the raw log', async () => {
      const alert = alerts[2 + LANGUAGES.indexOf(language)] as AlertLine;
      await page.goto(`${server.url}/trace?alert=${alert.id}&view=list`);
      await page.getByRole('group', { name: say('trace_views') }).waitFor();
      const rows = page.getByRole('row');
      await rows.nth(1).waitFor();
      const before = await rows.count();
      await rows.nth(1).getByRole('button').last().click();
      const panel = page.getByRole('complementary', { name: say('trace_panel') });
      await panel.getByRole('button', { name: say('trace_grow') }).click();
      await until(async () => (await rows.count()) > before, 'more of the graph');
      await panel.getByRole('heading', { name: say('trace_logs') }).waitFor();
      await panel.locator('li button[aria-expanded]').first().click();
      await panel.getByText('event.').first().waitFor();
    }, 60_000);

    it('shows the big screen with the figures of now, and leaves it by a key', async () => {
      await page.goto(`${server.url}/screen`);
      await page.getByRole('heading', { name: say('screen_title') }).waitFor();
      const { alerts: now } = await client.get<{ alerts: { open: number } }>('/overview');
      await page
        .getByRole('heading', {
          name: new RegExp(`${say('overview_open')}\\s+${now.open.toLocaleString(language)}$`),
        })
        .waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL(/\/overview/);
    }, 60_000);

    it('remembers theme and density', async () => {
      await page.goto(`${server.url}/alerts`);
      for (const choice of ['theme_dark', 'density_compact']) {
        await choose(page, say('appearance_label'), say(choice));
      }
      await page.reload();
      await page.getByRole('row').nth(1).waitFor();
      const root = page.locator('html');
      expect(await root.getAttribute('data-theme')).toBe('dark');
      expect(await root.getAttribute('data-density')).toBe('compact');
    }, 60_000);
  });
});
