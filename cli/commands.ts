/** The subcommands: how each is written, what it does, and where it lives. A module is loaded only when it runs. */
import type { Io } from './io.js';

export type Command = (words: readonly string[], io: Io) => Promise<number>;

export interface CommandEntry {
  /** Forms as typed after `fenghuo`. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** Options and remarks, line by line. */
  readonly details: readonly string[];
  readonly load: () => Promise<Command>;
}

export const COMMANDS = {
  serve: {
    usage: ['serve'],
    summary: 'run the server: console, API, ingest, syslog',
    details: [
      'FENGHUO_HOME      data folder (default: var/ in the checkout)',
      'FENGHUO_LISTEN    console and API (default 127.0.0.1:8470)',
      'FENGHUO_INGEST    HTTP ingest (default 127.0.0.1:8471; `off`)',
      'FENGHUO_SYSLOG    syslog over UDP and TCP (default 127.0.0.1:5514; `off`)',
      'FENGHUO_RULES     further rule folders, separated as in PATH',
      'FENGHUO_PIPELINES pipeline files, and folders of them',
      'All settings: docs/configuration.md',
    ],
    load: async () => (await import('./serve.js')).serve,
  },
  scan: {
    usage: ['scan --rules DIR… [--pipeline FILE…] [--summary table|json] [--min-level LEVEL] FILE…'],
    summary: 'judge log files offline: NDJSON, JSON, EVTX, text, also in gzip, xz, zip and tar',
    details: [
      'Prints a JSON line a match: ruleId, title, level, file, record, eventTime, matched.',
      '--rules DIR       rule folder or file; may be repeated (default: the rules that come along)',
      '--pipeline FILE   pipeline, or folder of them, besides those in the rule folders; may be repeated',
      '--summary table   a table for people after the matches (on standard error; the default on a terminal)',
      '--summary json    one object instead of the matches',
      '--min-level LEVEL leave out matches of lower rules (informational, low, medium, high, critical)',
      'A folder stands for all files in it. Exit code 1 if a file cannot be read, 0 otherwise.',
    ],
    load: async () => (await import('./scan.js')).scan,
  },
  replay: {
    usage: ['replay FILE… [--to URL] [--speed N] [--shift now] [--key-file FILE]'],
    summary: 'send recordings through the ingest address of a server',
    details: [
      '--to URL          ingest address (default http://127.0.0.1:8471)',
      '--speed N         N times as fast as recorded; 0, the default: as fast as it goes',
      '--shift now       move all event times so that the first is now',
      '--key-file FILE   file with an API key (scope ingest); or FENGHUO_KEY',
    ],
    load: async () => (await import('./replay.js')).replay,
  },
  rules: {
    usage: [
      'rules check [DIR|FILE…] [--pipeline FILE…] [--json]',
      'rules test [DIR|FILE…] [--pipeline FILE…] [--json]',
      'rules convert --to elasticsearch|kql|sql [DIR|FILE…] [--pipeline FILE…] [--json]',
      'rules fields [--rules DIR…] [--pipeline FILE…] [--json] [LOGFILE…]',
    ],
    summary:
      'read rules, run the cases beside them, convert them, or list what they ask for; every problem with its place and remedy',
    details: [
      'test              runs <rule>.test.yml beside each <rule>.yml: logs that must match, logs that must not',
      'convert           a JSON line a rule with its query (Elasticsearch, Kibana, SQL of DuckDB); reasons why not on standard error',
      'fields            fields by log source, and where they lie; given logs, those that no event has',
      '--pipeline FILE   pipeline, or folder of them, besides those in the rule folders; may be repeated',
      'Without a folder: the rules that come along, FENGHUO_RULES and FENGHUO_PIPELINES. Exit code 1 if there is an error.',
    ],
    load: async () => (await import('./rules.js')).rules,
  },
  user: {
    usage: [
      'user add NAME --role ROLE… [--display-name TEXT] [--unit PATH…] [--ceiling 1|2|3] --password-stdin',
      'user reset NAME --password-stdin',
      'user list',
    ],
    summary: 'accounts without a browser, also for a lost administrator; audited',
    details: [
      'Roles: viewer, analyst, lead, system, security, audit. The password is read from standard input.',
      '--ceiling         highest classification that may be seen: 1 general, 2 important, 3 core data (default 1)',
    ],
    load: async () => (await import('./user.js')).user,
  },
  key: {
    usage: ['key add NAME --scope SCOPE… [--unit PATH] [--expires DAYS]', 'key list', 'key revoke ID'],
    summary: 'API keys; the new key stands alone on the last line, once',
    details: [
      'Scopes: ingest, events:read, alerts:read, alerts:write, incidents:read, incidents:write, rules:read, rules:write, admin.',
      'Use it as `Authorization: ApiKey …`, on the ingest address too.',
    ],
    load: async () => (await import('./key.js')).key,
  },
  backup: {
    usage: ['backup FOLDER'],
    summary: 'a consistent copy of all data into a new folder, while the server runs or not',
    details: ['The folder holds a manifest with the SHA-256 of every file.'],
    load: async () => (await import('./backup.js')).backup,
  },
  restore: {
    usage: ['restore FOLDER'],
    summary: 'put a backup into an empty FENGHUO_HOME, after checking every file of it',
    details: ['The server must not run. Nothing is overwritten.'],
    load: async () => (await import('./backup.js')).restore,
  },
  tls: {
    usage: ['tls init --host NAME…'],
    summary: 'issue a local authority and a server certificate into FENGHUO_HOME/tls',
    details: [
      '--host NAME       host name or address of the server; may be repeated',
      'Existing files are never overwritten.',
    ],
    load: async () => (await import('./tls.js')).tls,
  },
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof COMMANDS;
