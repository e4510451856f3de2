/** The whole way in a real browser: set-up link → logs → live alert → incident → closed with a conclusion → restart. */
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { browserReady, collectComplaints, launchBrowser } from '../browser.js';
import { ADMINISTRATOR } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';
import { endAfterwards } from './console.js';

/** A folder for pictures of every step, for people. */
const shots = process.env['FENGHUO_TEST_SHOTS'];

browserReady.describe('the console in a browser', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  /** Whatever the browser complained of: script errors, violations of the policy. */
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    browser = await launchBrowser();
    const context = await browser.newContext({
      viewport: { width: 1600, height: 900 },
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
    });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    collectComplaints(page, complaints);
  }, 120_000);
  endAfterwards(() => ({ browser, server }));

  const shot = async (name: string): Promise<void> =>
    void (shots && (await page.screenshot({ path: join(shots, `${name}.png`) })));
  const heading = (name: string | RegExp): Promise<void> =>
    page.getByRole('heading', { name }).first().waitFor();

  it('opens the set-up link and makes the administrator', async () => {
    await page.goto(`${server.url}/setup#token=${server.setupToken()}`);
    await page.getByLabel('单位名称').fill('示例市');
    await page.getByLabel('账号').fill(ADMINISTRATOR.name);
    await page.getByLabel('姓名').fill(ADMINISTRATOR.displayName);
    for (const field of ['密码', '再次输入密码'])
      await page.getByLabel(field, { exact: true }).fill(ADMINISTRATOR.password);
    await shot('set-up');
    await page.getByRole('button', { name: '完成设置' }).click();
    await heading('数据源');
  }, 60_000);

  it('replays the recording that comes along, and the queue fills', async () => {
    await page.getByRole('tab', { name: '回放录制' }).click();
    await page.getByRole('button', { name: '载入', exact: true }).first().click();
    await page.getByRole('link', { name: '告警' }).first().click();
    await page.getByRole('row').nth(5).waitFor();
    // The replay goes on: what came after the page was opened waits above the list, until asked for.
    await until(async () => {
      await page.keyboard.press('.');
      return (await page.getByText('严重').count()) > 0;
    }, 'the critical alert');
    await shot('queue');
  }, 60_000);

  it('announces a new alert above the list, which does not jump', async () => {
    // The recording has been told of in full: what comes now is new.
    await page.reload();
    await page.getByRole('row').nth(5).waitFor();
    const before = await page.getByRole('row').nth(1).innerText();
    const socket = createSocket('udp4');
    const line = `<85>1 ${new Date().toISOString()} gov-portal-09 sudo - - -  mallory : user NOT in sudoers ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh`;
    await new Promise((resolve) => socket.send(line, server.ports.syslog, '127.0.0.1', resolve));
    socket.close();
    await page.getByRole('button', { name: /新告警/ }).waitFor();
    expect(await page.getByRole('row').nth(1).innerText()).toBe(before);
    await page.keyboard.press('.');
    await page.getByText('mallory').first().waitFor();
  }, 60_000);

  it('answers a click on a value, groups, and finds by the palette', async () => {
    await page
      .getByRole('row')
      .filter({ hasText: 'mallory' })
      .getByRole('button', { name: 'mallory' })
      .click();
    await page.getByRole('menuitem', { name: '只看该值' }).click();
    await page.waitForURL(/user=mallory/);
    await until(async () => (await page.getByRole('row').count()) === 2, 'one row below the head');
    await page.getByRole('button', { name: /移除筛选.*mallory/ }).click();
    await page.getByRole('button', { name: '分组' }).click();
    await page.getByRole('menuitem', { name: '按资产' }).click();
    await page.getByText(/\d+ 组，共 \d+ 条告警/).waitFor();
    await shot('groups');
    await page.getByRole('button', { name: /gov-portal-09/ }).click();
    await page.waitForURL(/host=gov-portal-09/);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('mallory');
    await page.getByRole('option', { name: /相关告警/ }).waitFor();
    await shot('palette');
    await page.keyboard.press('Enter');
    await page.waitForURL(/alerts\?.*mallory/);
    await page.goto(`${server.url}/alerts`);
    await page.getByRole('row').nth(5).waitFor();
  }, 60_000);

  it('changes a whole result, and takes it back', async () => {
    const statusOf = async (): Promise<string> => page.getByRole('row').nth(1).innerText();
    await page.goto(`${server.url}/alerts?severity=low`);
    await page.getByRole('row').nth(1).waitFor();
    await page.evaluate(async () => {
      const { items } = (await (await fetch('/api/v1/alerts?severity=low&status=open&limit=1')).json()) as {
        items: unknown[];
      };
      if (items.length === 0) throw new Error('no alert of low severity');
    });
    const body = { filter: { severity: 'low', status: 'open' }, change: { status: 'on_hold' } };
    const job = await page.evaluate(async (text) => {
      const answer = await fetch('/api/v1/alerts/bulk', {
        ...{ method: 'POST', body: text, headers: { 'content-type': 'application/json' } },
      });
      return (await answer.json()) as { id: string };
    }, JSON.stringify(body));
    await until(async () => (await statusOf()).includes('挂起'), 'the alerts on hold, without a reload');
    await page.evaluate(async (id) => {
      await fetch(`/api/v1/jobs/${id}/undo`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
    }, job.id);
    await until(async () => (await statusOf()).includes('新建'), 'the alerts as they were');
    await page.goto(`${server.url}/alerts`);
    await page.getByRole('row').nth(5).waitFor();
  }, 60_000);

  it('shows the event, the rule and why it matched', async () => {
    await page.getByRole('row').filter({ hasText: 'mallory' }).getByText(/sudo/).first().click();
    await heading(/sudo/);
    await page.getByText('为什么告警').waitFor();
    await page.locator('mark').first().waitFor();
    await shot('alert');
  }, 60_000);

  it('makes an incident by key, assigns it and walks it round the loop', async () => {
    await page.keyboard.press('m');
    await page.getByRole('dialog').getByLabel('标题').fill('门户主机 sudo 越权');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/incidents\/inc_/);
    await heading('门户主机 sudo 越权');
    await page.keyboard.press('a');
    await page.getByText(ADMINISTRATOR.displayName).first().waitFor();
    for (const stage of ['预警', '通报', '处置']) {
      await page.getByRole('button', { name: `进入${stage}` }).click();
      await page.getByRole('dialog').getByRole('textbox').fill(`${stage}：已核实并告知责任单位`);
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `进入${stage}` })
        .click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    await page.keyboard.press('t');
    await page.keyboard.type('封禁来源地址');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: '完成：封禁来源地址' }).click();
    await page.getByText('任务完成').waitFor();
    const memory = { name: '内存.txt', mimeType: 'text/plain', buffer: Buffer.from('what was there') };
    await page.locator('input[type=file]').setInputFiles(memory);
    await page.getByText(/内存\.txt · SHA-256 [0-9a-f]{64}/).waitFor();
    await page.getByRole('radio', { name: '接收时间' }).click();
    await shot('incident');
  }, 60_000);

  it('closes it only with a conclusion', async () => {
    await page.keyboard.press('e');
    const dialog = page.getByRole('dialog');
    const close = dialog.getByRole('button', { name: '结案' });
    expect(await close.isDisabled()).toBe(true);
    await dialog.getByText('属实，有影响').click();
    await dialog.getByRole('textbox').fill('账号被盗用，已停用并改密');
    await shot('conclusion');
    await close.click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('账号被盗用，已停用并改密').first().waitFor();
    await shot('closed');
  }, 60_000);

  it('finds the event in the search', async () => {
    await page.goto(`${server.url}/events?q=${encodeURIComponent('host.name: gov-portal-09')}`);
    await page.getByText('mallory').first().waitFor();
    await shot('events');
  }, 60_000);

  it('is all there after a restart', async () => {
    expect(await server.stop()).toBe(0);
    server = await startServer({ home: server.home, ports: server.ports });
    await page.goto(`${server.url}/incidents?stage=closed`);
    await page.getByText('门户主机 sudo 越权').first().click();
    await page.getByText('账号被盗用，已停用并改密').first().waitFor();
  }, 120_000);

  it('shows every page in both languages and both themes without a complaint of the browser', async () => {
    for (const [theme, locale] of [
      ['dark', 'zh-CN'],
      ['light', 'en'],
    ] as const) {
      const context = await browser.newContext({
        viewport: { width: 1600, height: 900 },
        locale,
        colorScheme: theme,
        timezoneId: 'Asia/Shanghai',
        storageState: await page.context().storageState(),
      });
      await context.addCookies([{ name: 'fenghuo_lang', value: locale, url: server.url }]);
      await context.addInitScript({ content: `localStorage.setItem('fenghuo_lang', '${locale}')` });
      const other = await context.newPage();
      other.on('pageerror', (error) => complaints.push(`${theme} ${locale}: ${error.message}`));
      for (const path of ['alerts', 'incidents', 'events', 'sources', 'rules', 'storage', 'settings']) {
        await other.goto(`${server.url}/${path}`);
        await other.getByRole('heading').first().waitFor();
        expect(await other.locator('html').getAttribute('lang'), path).toBe(locale);
        // `undefined` or a bare message key on a page is a text that is missing.
        expect(await other.locator('main').innerText(), path).not.toMatch(/\bundefined\b|\bNaN\b|\[object/);
        if (shots) await other.screenshot({ path: join(shots, `${path}-${theme}-${locale}.png`) });
      }
      await context.close();
    }
    expect(complaints).toEqual([]);
  }, 180_000);
});
