/** The main loop over the real interfaces: a log line goes in, a person closes an incident, a restart keeps it all. */
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alert, Incident, TimelineEntry } from '#kernel/schema/alert.js';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, signIn, type Client } from '../client.js';
import { startServer, until, type RunningServer } from '../server.js';

type Kept<T> = T & { version: number };

describe('the main loop', () => {
  let server: RunningServer;
  let client: Client;
  let incident: Kept<Incident>;

  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await server.clean();
  });

  it('takes a syslog line over UDP and raises an alert that says why', async () => {
    const socket = createSocket('udp4');
    const line = `<38>${new Date().toISOString()} gov-portal-02 sshd[4211]: Accepted password for root from 203.0.113.47 port 50022 ssh2`;
    await new Promise((resolve) =>
      socket.send(
        `<38>1 ${line.slice(4).replace('sshd[4211]:', 'sshd 4211 - -')}`,
        server.ports.syslog,
        '127.0.0.1',
        resolve,
      ),
    );
    socket.close();
    const alert = await until(
      async () => (await client.get<Page<Kept<Alert>>>('/alerts?status=open')).items[0],
      'an alert',
    );
    const whole = await client.get<Kept<Alert>>(`/alerts/${alert.id}`);
    expect(whole.first.event.fields['source.ip']).toBe('203.0.113.47');
    expect(whole.first.event.fields['user.name']).toBe('root');
    expect(whole.first.matched.length).toBeGreaterThan(0);
  });

  it('finds the event in the search, by the same words', async () => {
    const found = await until(async () => {
      const page = await client.get<Page<{ fields: Record<string, unknown> }>>(
        `/events/search?q=${encodeURIComponent('source.ip: 203.0.113.0/24 and user.name: root')}&from=now-1h`,
      );
      return page.items[0];
    }, 'the event in the store');
    expect(found.fields['host.name']).toBe('gov-portal-02');
  });

  it('makes an incident, walks it round the loop, and closes it with a conclusion', async () => {
    const [alert] = (await client.get<Page<Kept<Alert>>>('/alerts?status=open')).items;
    const made = await client.post<Kept<Incident>>(`/alerts/${alert?.id}/incident`, {
      title: 'root 口令登录',
    });
    const me = await client.get<{ user: { id: string } }>('/session');
    incident = await client.patch<Kept<Incident>>(`/incidents/${made.id}`, {
      version: made.version,
      assignee: me.user.id,
    });
    for (const to of ['warn', 'notify', 'dispose'])
      incident = await client.post<Kept<Incident>>(`/incidents/${incident.id}/stage`, {
        version: incident.version,
        to,
        note: `到 ${to}`,
      });
    const refused = await client.ask<{ code: string }>('POST', `/incidents/${incident.id}/close`, {
      version: incident.version,
      disposition: 'legitimate',
      conclusion: '',
      closeAlerts: true,
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    incident = await client.post<Kept<Incident>>(`/incidents/${incident.id}/close`, {
      version: incident.version,
      disposition: 'true_positive_impact',
      conclusion: '口令泄露，已改密并封禁来源地址',
      closeAlerts: true,
    });
    expect(incident.stage).toBe('closed');
    const stale = await client.ask<{ code: string }>('PATCH', `/incidents/${incident.id}`, {
      version: 1,
      title: 'x',
    });
    expect([stale.status, stale.body.code]).toEqual([409, 'conflict']);
  });

  it('accounts for every event and match', async () => {
    const ledger = await until(async () => {
      const now = await client.get<{
        unaccounted: number;
        matches: number;
        created: number;
        frames: { gaps: unknown[] }[] | { gaps: unknown[] };
      }>('/ledger');
      return now.matches > 0 && now;
    }, 'a match in the ledger');
    expect(ledger.unaccounted).toBe(0);
    for (const journal of [ledger.frames].flat()) expect(journal.gaps).toEqual([]);
  });

  it('has it all after a restart, and ends cleanly', async () => {
    expect(await server.stop()).toBe(0);
    server = await startServer({ home: server.home, ports: server.ports });
    client = await signIn(server.url);
    const kept = await client.get<Kept<Incident>>(`/incidents/${incident.id}`);
    expect(kept.conclusion).toContain('封禁');
    const timeline = await client.get<Page<TimelineEntry>>(`/incidents/${incident.id}/timeline`);
    expect(timeline.items.map((entry) => entry.kind)).toEqual(
      expect.arrayContaining(['created', 'assigned', 'stage_changed', 'closed']),
    );
    const alert = await client.get<Kept<Alert>>(`/alerts/${kept.alerts[0]}`);
    expect(alert.status).toBe('closed');
    expect(server.setupToken()).toBeUndefined();
  }, 90_000);

  it('refuses a second server on the same home, and a port in use, and says what to do', async () => {
    await expect(startServer({ home: server.home })).rejects.toThrow(/FENGHUO_HOME/);
    await expect(startServer({ ports: server.ports })).rejects.toThrow(
      /FENGHUO_LISTEN|FENGHUO_INGEST|FENGHUO_SYSLOG/,
    );
  }, 60_000);
});
