/** One search box: an identifier, address, host, user, domain or hash, and where it occurs. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import { iso } from '#kernel/clock.js';
import type { CollectionName } from '#kernel/collections.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, equals, or, type Query } from '#kernel/query/ast.js';
import { printQuery } from '#kernel/query/print.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { Rule } from '#kernel/schema/rule.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import type { RuleBook } from '../rule-book.js';
import { guessesOf, HIT_KINDS, type Guess, type HitKind } from '../search-guess.js';
import { answers, exactly, Realm } from './shapes.js';
import { words } from '#kernel/schema/pieces.js';

/** The whole answer ends after this long; what was not finished is said. */
const PATIENCE_MS = 2_000;
const WINDOW_MS = 7 * 86_400_000;
/** Hits of one kind. */
const MOST = 5;

interface Hit {
  kind: HitKind;
  value: string;
  title: string;
  count?: number;
  countExact?: boolean;
  href: string;
  /** By language, where it is a rule’s. */
  titles?: Record<string, string>;
}

export interface SearchServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly rules: Pick<RuleBook, 'list' | 'get'>;
  readonly clock: Clock;
}

const at = (path: string, fields: Readonly<Record<string, string>>): string =>
  `${path}?${new URLSearchParams(fields).toString()}`;

export function searchRoutes(app: FastifyTypeBox, { records, events, rules, clock }: SearchServices): void {
  const ruleHit = ({ id, title, titles }: Rule): Hit => ({
    ...{ kind: 'rule', value: id, title, href: `/rules/${id}` },
    titles,
  });
  const alertHit = ({ id, title, rule }: Alert): Hit => {
    const titles = title === rule.title ? rules.get(rule.id)?.titles : undefined;
    return { kind: 'alert', value: id, title, href: `/alerts/${id}`, ...(titles && { titles }) };
  };

  /** Hits that come of records by their id. */
  async function byId({ grant, word }: Asked, guess: Guess): Promise<Hit[]> {
    const { scope, permissions } = grant;
    const named = async <C extends CollectionName>(collection: C) =>
      (await records.get(scope, collection, word))?.value;
    if (guess.kind === 'alert' && permissions.has('alerts:read')) {
      const found = await named('alerts');
      return found ? [alertHit(found)] : [];
    }
    if (guess.kind === 'incident' && permissions.has('incidents:read')) {
      const found = await named('incidents');
      return found
        ? [{ kind: 'incident', value: found.id, title: found.title, href: `/incidents/${found.id}` }]
        : [];
    }
    if (guess.kind === 'source' && permissions.has('sources:read')) {
      const found = await named('sources');
      return found ? [{ kind: 'source', value: found.id, title: found.name, href: '/sources' }] : [];
    }
    if (guess.kind === 'event' && permissions.has('events:read')) {
      const found = await events.get(scope, word);
      if (!found) return [];
      const title = String(found.fields['message'] ?? found.fields['event.original'] ?? found.id).slice(
        0,
        300,
      );
      const range = { from: iso(found.timeMs - 1_000), to: iso(found.timeMs + 1_000) };
      return [{ kind: 'event', value: found.id, title, href: at('/events', { event: found.id, ...range }) }];
    }
    if (guess.kind === 'rule' && permissions.has('rules:read')) {
      const found = rules.get(word.toLowerCase());
      return found ? [ruleHit(found)] : [];
    }
    return [];
  }

  /** Alerts and events that hold a value of this kind. */
  async function byValue(
    { grant, word, signal }: Asked,
    guess: Guess,
    done: (hit: Hit) => void,
  ): Promise<void> {
    const { scope, permissions } = grant;
    const { kind, alertPaths, eventPaths } = guess;
    const work: Promise<void>[] = [];
    const any = (paths: readonly string[]): Query => or(...paths.map((path) => equals(path, word)));
    if (alertPaths.length > 0 && permissions.has('alerts:read'))
      work.push(
        (async () => {
          const query = any(alertPaths);
          const { total } = await records.facets(scope, 'alerts', { query, paths: [] });
          if (total > 0)
            done({
              ...{ kind: 'alert', value: word, title: word, count: total, countExact: true },
              href: at('/alerts', { status: 'any', q: printQuery(query) }),
            });
        })(),
      );
    if (eventPaths.length > 0 && permissions.has('events:read'))
      work.push(
        (async () => {
          const query = any(eventPaths);
          const toMs = clock.nowMs() + 60_000;
          const found = await events.search(scope, {
            query,
            fromMs: toMs - WINDOW_MS,
            toMs,
            limit: 1,
            signal,
          });
          if (found.total > 0)
            done({
              ...{ kind, value: word, title: word, count: found.total, countExact: found.totalExact },
              href: at('/events', { q: printQuery(query), from: 'now-7d' }),
            });
        })(),
      );
    await Promise.all(work);
  }

  /** Titles that hold the words. */
  async function byTitle({ grant, word }: Asked, done: (hit: Hit) => void): Promise<void> {
    const { scope, permissions } = grant;
    if (word.length < 2) return;
    const titled: Query = { kind: 'contains', path: 'title', value: word };
    const newest = { sort: { path: 'updatedAt', order: 'desc' }, limit: MOST } as const;
    if (permissions.has('alerts:read')) {
      const { items } = await records.search(scope, 'alerts', { query: titled, ...newest });
      for (const { value } of items) done(alertHit(value));
    }
    if (permissions.has('incidents:read')) {
      const { items } = await records.search(scope, 'incidents', { query: titled, ...newest });
      for (const { value } of items)
        done({ kind: 'incident', value: value.id, title: value.title, href: `/incidents/${value.id}` });
    }
    if (permissions.has('sources:read')) {
      const query: Query = and({ kind: 'contains', path: 'name', value: word });
      const { items } = await records.search(scope, 'sources', { query, limit: MOST });
      for (const { value } of items)
        done({ kind: 'source', value: value.id, title: value.name, href: '/sources' });
    }
    if (permissions.has('rules:read')) {
      const small = word.toLowerCase();
      const found = rules
        .list()
        .filter(({ title, titles }) =>
          [title, ...Object.values(titles)].some((text) => text.toLowerCase().includes(small)),
        );
      for (const rule of found.slice(0, MOST)) done(ruleHit(rule));
    }
  }

  app.get(
    '/search',
    {
      config: { permission: 'signed-in', reads: 'much' },
      schema: {
        tags: ['search'],
        summary:
          'What an identifier, address, host, user, domain, hash or word occurs in; events of the last 7 days',
        querystring: exactly({ q: Type.String({ minLength: 1, maxLength: 512 }), realm: Realm }),
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                kind: words(HIT_KINDS),
                value: Type.String(),
                title: Type.String(),
                count: Type.Optional(Type.Integer()),
                countExact: Type.Optional(Type.Boolean({ description: 'false: `count` is a lower bound' })),
                href: Type.String({ description: 'page of the console' }),
                titles: Type.Optional(Type.Record(Type.String(), Type.String())),
              }),
            ),
            unfinished: Type.Array(words([...HIT_KINDS, 'title'] as const), {
              description: 'what was still being looked for after 2 s',
            }),
          }),
        }),
      },
    },
    async ({ grant, signal, query: { q } }) => {
      const word = q.trim();
      const abort = new AbortController();
      const asked: Asked = { grant, word, signal: AbortSignal.any([abort.signal, signal]) };
      const items: Hit[] = [];
      const open = new Set<HitKind | 'title'>();
      let over = false;
      const done = (hit: Hit) => void (over || items.push(hit));
      const start = (name: HitKind | 'title', work: Promise<void>) => {
        open.add(name);
        // What is cut off has already been answered as unfinished.
        return work.then(
          () => void open.delete(name),
          (error: unknown) => {
            if (!over) throw error;
          },
        );
      };
      const guesses = word === '' ? [] : guessesOf(word);
      const work = guesses.map((guess) =>
        start(
          guess.kind,
          guess.byId ? byId(asked, guess).then((hits) => hits.forEach(done)) : byValue(asked, guess, done),
        ),
      );
      if (word !== '' && !guesses.some((guess) => guess.byId))
        work.push(start('title', byTitle(asked, done)));
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
      await Promise.race([Promise.all(work), patience]);
      clearTimeout(timer);
      over = true;
      abort.abort();
      // What is the text itself stands before what only has it in its title.
      const rank = (hit: Hit) =>
        HIT_KINDS.indexOf(hit.kind) + (hit.count === undefined ? HIT_KINDS.length : 0);
      return {
        items: items.sort((a, b) => rank(a) - rank(b)).slice(0, 50),
        unfinished: [...open],
      };
    },
  );
}

interface Asked {
  readonly grant: Grant;
  readonly word: string;
  readonly signal: AbortSignal;
}
