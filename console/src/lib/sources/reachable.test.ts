import { expect, it } from 'vitest';
import { reachable } from './reachable.js';

const of = (ingestUrl: string, text: string) =>
  reachable({ ingestUrl, syslog: null, snippets: [{ shipper: 'x', language: 'conf', text }] }, 'soc.example');

it('puts the page’s host where the server listens everywhere', () => {
  const { ingestUrl, snippets } = of('http://0.0.0.0:8471', 'target="::" port="5514" Host    0.0.0.0');
  expect([ingestUrl, snippets[0]?.text]).toEqual([
    'http://soc.example:8471',
    'target="soc.example" port="5514" Host    soc.example',
  ]);
});

it('leaves addresses that are some', () => {
  expect(of('http://10.0.0.0:1', 'server="10.0.0.0" a::b').snippets[0]?.text).toBe('server="10.0.0.0" a::b');
});
