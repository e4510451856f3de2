/** `fenghuo key`: API keys without a browser. */
import { parseArgs } from 'node:util';
import { UsageError, type Io } from './io.js';
import { operate } from './operations.js';
import { printTable } from './table.js';

export async function key(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      scope: { type: 'string', multiple: true, default: [] },
      unit: { type: 'string' },
      expires: { type: 'string' },
    },
  });
  const [action, name] = positionals;
  switch (action) {
    case 'list': {
      const { items } = (await operate(io, 'key.list', {})) as { items: Record<string, unknown>[] };
      io.out(printTable(['id', 'name', 'scopes', 'unit', 'expiresAt', 'revokedAt', 'lastUsedAt'], items));
      return 0;
    }
    case 'revoke':
      if (name === undefined) throw new UsageError('give the ID of the key');
      await operate(io, 'key.revoke', { id: name });
      io.out(`${name} is revoked\n`);
      return 0;
    case 'add': {
      if (name === undefined || positionals.length > 2) throw new UsageError('give one NAME');
      if (values.scope.length === 0) throw new UsageError('give at least one --scope');
      const days = values.expires === undefined ? undefined : Number(values.expires);
      if (days !== undefined && !(Number.isInteger(days) && days > 0))
        throw new UsageError(`--expires wants days, not \`${values.expires}\``);
      const made = await operate(io, 'key.add', {
        name,
        scopes: values.scope,
        ...(values.unit && { unit: values.unit }),
        ...(days && { expiresInDays: days }),
      });
      io.err(`${String(made['id'])} ${name} (${values.scope.join(', ')}); the key is shown only now:\n`);
      io.out(`${String(made['secret'])}\n`);
      return 0;
    }
    default:
      throw new UsageError('say `add`, `list` or `revoke`');
  }
}
