/** The first quarter of an hour, in both languages: from the set-up link to the first alert, and back to an empty console. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserReady, collectComplaints, launchBrowser } from '../browser.js';
import { ADMINISTRATOR, signIn } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';
import { LANGUAGES, openConsole, wordsOf } from './console.js';

browserReady.describe('the first run', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchBrowser()));
  afterAll(() => browser.close());

  describe.each(LANGUAGES)('in %s', (language) => {
    const say = wordsOf(language);
    const complaints: string[] = [];
    let server: RunningServer;
    let page: Page;
    beforeAll(async () => {
      server = await startServer();
      page = await openConsole(browser, server.url, language);
      collectComplaints(page, complaints);
    }, 60_000);
    afterAll(async () => {
      await page.context().close();
      await server.stop();
      await server.clean();
      expect(complaints).toEqual([]);
    });

    const total = async (): Promise<number> => {
      const client = await signIn(server.url);
      return (await client.get<{ total: number }>('/alerts?status=open&limit=1')).total;
    };

    it('makes the first account by the link, and is where logs begin', async () => {
      await page.goto(`${server.url}/setup#token=${server.setupToken()}`);
      await page.getByLabel(say('field_unit_name')).fill('示例市');
      await page.getByLabel(say('field_account'), { exact: true }).fill(ADMINISTRATOR.name);
      await page.getByLabel(say('field_password'), { exact: true }).fill(ADMINISTRATOR.password);
      await page.getByLabel(say('field_password_again')).fill(ADMINISTRATOR.password);
      await page.getByRole('button', { name: say('setup_action') }).click();
      await page.waitForURL(/\/sources\?first=1/);
      await page
        .getByRole('heading', { name: say('nav_sources') })
        .first()
        .waitFor();
    }, 60_000);

    it('loads a recording by one click, and has its first alert', async () => {
      await page.getByRole('tab', { name: say('logs_recording') }).click();
      await page
        .getByRole('button', { name: say('recording_load'), exact: true })
        .first()
        .click();
      await page
        .getByRole('button', { name: say('recording_remove'), exact: true })
        .first()
        .waitFor();
      const alerts = await until(total, 'the first alert', 30_000);
      expect(alerts).toBeGreaterThan(0);
      await page.goto(`${server.url}/alerts`);
      await page.getByRole('row').nth(1).waitFor();
    }, 60_000);

    it('removes it by one click and a yes', async () => {
      await page.goto(`${server.url}/sources?first=1`);
      await page.getByRole('tab', { name: say('logs_recording') }).click();
      await page
        .getByRole('button', { name: say('recording_remove'), exact: true })
        .first()
        .click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: say('recording_remove') })
        .click();
      await page
        .getByRole('button', { name: say('recording_remove'), exact: true })
        .waitFor({ state: 'hidden' });
      await until(async () => (await total()) === 0, 'the alerts to be gone', 30_000);
    }, 60_000);
  });
});
