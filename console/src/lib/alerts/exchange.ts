/** What was asked and what was answered, read out of an event: a web request, a command, a question to DNS, a statement. */
import type { Fields } from '#kernel/event.js';
import { firstOf } from '$lib/kit/field-rows.js';
import { decode, hidden, parametersOf, type Decoded } from './decode.js';

export interface Exchange {
  readonly kind: 'http' | 'command' | 'dns' | 'database';
  /** One line: method and address, the command, the question, the statement. */
  readonly asked: Decoded;
  readonly parameters: readonly { readonly name: string; readonly value: Decoded }[];
  /** Body of the request, where the sender logged it. */
  readonly body?: Decoded;
  /** Texts that lay in Base64 within what was asked. */
  readonly hidden: readonly Decoded[];
  /** Further lines about the request: agent, referrer, parent process. */
  readonly about: readonly { readonly path: string; readonly text: string }[];
  readonly answered: readonly { readonly path: string; readonly text: string }[];
  readonly answerBody?: Decoded;
}

export function exchangeOf(fields: Fields): Exchange | undefined {
  const at = (...paths: string[]) => firstOf(fields, ...paths);
  const lines = (...paths: string[]) =>
    paths.flatMap((path) => {
      const text = at(path);
      return text === undefined ? [] : [{ path, text }];
    });
  const made = (kind: Exchange['kind'], text: string, more: Partial<Exchange>): Exchange => ({
    ...{ kind, asked: decode(text), parameters: [], hidden: hidden(text), about: [], answered: [] },
    ...more,
  });

  const target = at('url.original', 'url.full', 'url.path');
  if (target !== undefined) {
    const query = at('url.query') ?? target.split('?')[1] ?? '';
    const body = at('http.request.body.content');
    const answerBody = at('http.response.body.content');
    return made('http', [at('http.request.method'), target].filter(Boolean).join(' '), {
      parameters: parametersOf(query),
      hidden: [target, body ?? ''].flatMap((text) => hidden(decode(text).text)),
      ...(body !== undefined && { body: decode(body) }),
      ...(answerBody !== undefined && { answerBody: decode(answerBody) }),
      about: lines('url.domain', 'user_agent.original', 'http.request.referrer', 'user.name'),
      answered: lines(
        ...['http.response.status_code', 'http.response.body.bytes', 'http.response.mime_type'],
        ...['event.duration', 'event.outcome'],
      ),
    });
  }
  const command = at('process.command_line', 'system.auth.sudo.command');
  if (command !== undefined)
    return made('command', command, {
      about: lines(
        'process.executable',
        'process.parent.command_line',
        'process.parent.name',
        'process.working_directory',
      ),
      answered: lines('process.exit_code', 'event.outcome'),
    });
  const question = at('dns.question.name');
  if (question !== undefined)
    return made('dns', [at('dns.question.type'), question].filter(Boolean).join(' '), {
      hidden: hidden(question.split('.')[0] ?? ''),
      about: lines('dns.question.registered_domain', 'dns.question.class'),
      answered: lines('dns.response_code', 'dns.answers.data', 'dns.resolved_ip'),
    });
  const statement = at('postgresql.log.query', 'mysql.query');
  if (statement !== undefined)
    return made('database', statement, {
      about: lines('postgresql.log.database', 'user.name', 'postgresql.log.application_name'),
      answered: lines('postgresql.log.sql_state_code', 'event.outcome'),
    });
  return undefined;
}
