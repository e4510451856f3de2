/** `fenghuo user`: accounts without a browser. */
import { parseArgs } from 'node:util';
import { UsageError, type Io } from './io.js';
import { operate } from './operations.js';
import { printTable } from './table.js';

export async function user(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      role: { type: 'string', multiple: true, default: [] },
      'display-name': { type: 'string' },
      unit: { type: 'string', multiple: true },
      ceiling: { type: 'string', default: '1' },
      'password-stdin': { type: 'boolean', default: false },
    },
  });
  const [action, name] = positionals;
  if (action === 'list') {
    const { items } = (await operate(io, 'user.list', {})) as { items: Record<string, unknown>[] };
    io.out(printTable(['name', 'displayName', 'roles', 'units', 'enabled', 'lastLoginAt'], items));
    return 0;
  }
  if (action !== 'add' && action !== 'reset') throw new UsageError('say `add`, `reset` or `list`');
  if (name === undefined || positionals.length > 2) throw new UsageError('give one NAME');
  if (!values['password-stdin'])
    throw new UsageError('give the password on standard input and say --password-stdin');
  const password = await io.input();
  if (action === 'reset') {
    await operate(io, 'user.reset', { name, password });
    io.out(`the password of ${name} is set, the account is enabled, and all its sessions have ended\n`);
    return 0;
  }
  if (values.role.length === 0) throw new UsageError('give at least one --role');
  const ceiling = Number(values.ceiling);
  if (![1, 2, 3].includes(ceiling)) throw new UsageError('--ceiling wants 1, 2 or 3');
  const displayName = values['display-name'];
  const made = await operate(io, 'user.add', {
    name,
    roles: values.role,
    password,
    ceiling,
    ...(displayName && { displayName }),
    ...(values.unit && { units: values.unit }),
  });
  io.out(`${String(made['id'])} ${name} (${values.role.join(', ')})\n`);
  return 0;
}
