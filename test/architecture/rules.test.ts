/** The architecture test itself is held to small snippets, good and bad. */
import { describe, expect, it } from 'vitest';
import { checkFile } from './rules.js';

/** path, code, what the rule's sentence holds (undefined: the code is good). */
const CASES: readonly (readonly [path: string, code: string, rule: string | undefined])[] = [
  ['store/a.ts', `import { x } from '#kernel/event.js';`, undefined],
  [
    'store/a.ts',
    `import { x } from './b.js'; import d from '@duckdb/node-api'; import 'node:fs';`,
    undefined,
  ],
  ['store/a.ts', `import { x } from '#trust/access/authorize.js';`, '`store` imports `#trust/access'],
  ['store/a.ts', `import type { X } from '#trust/a.js';`, 'imports only `#kernel/*`'],
  ['store/a.ts', `export * from '#detections/engine.js';`, 'imports only `#kernel/*`'],
  ['store/a.ts', `const x = await import('#server/app.js');`, 'imports only `#kernel/*`'],
  ['store/a.ts', `type X = import('#cli/main.js').X;`, 'imports only `#kernel/*`'],
  ['store/memory/a.ts', `import { x } from '../../kernel/event.js';`, 'entered by their subpath'],
  ['store/memory/a.ts', `import { x } from '../../trust/a.js';`, 'imports only `#kernel/*`'],
  ['store/a.ts', `import { testScope } from '#test/scope.js';`, 'only tests import `test/`'],
  ['store/a.test.ts', `import { testScope } from '#test/scope.js';`, undefined],
  ['store/contract/a.ts', `import { testScope } from '../../test/scope.js';`, undefined],
  ['incidents/a.test.ts', `import { x } from '#store/memory/a.js';`, undefined],
  ['incidents/a.test.ts', `import { x } from '#store/embedded/a.js';`, 'imports only `#kernel/*`'],
  ['incidents/a.ts', `import { x } from '#store/memory/a.js';`, 'imports only `#kernel/*`'],
  ['store/a.test.ts', `import { x } from '../scripts/step.mjs';`, undefined],
  ['store/a.ts', `import { x } from '../scripts/step.mjs';`, 'is in no room'],
  ['store/a.ts', `// import '#trust/a.js'\nconst s = "import '#trust/a.js'";`, undefined],
  ['server/app.ts', `import { x } from '#store/embedded/open.js'; import '#cli/x.js';`, undefined],
  ['cli/scan.ts', `import { x } from '../detections/engine.js';`, 'entered by their subpath'],
  ['server/app.ts', `import x from '#console/src/x.js';`, 'imports only `#kernel/*`'],
  ['console/src/a.ts', `import { x } from '#kernel/event.js'; import '$lib/x.js';`, undefined],
  ['console/src/a.ts', `import { x } from '#server/app.js';`, 'imports only `#kernel/*`'],
  [
    'console/src/A.svelte',
    `<p>\n</p>\n<script lang="ts">\nimport '#trust/a.js';\n</script>`,
    '`console` imports',
  ],
  ['test/e2e/a.ts', `import { x } from '#trust/a.js'; import '../../server/app.js';`, undefined],
  ['kernel/a.ts', `import { readFileSync } from 'node:fs';`, 'no I/O'],
  ['kernel/a.ts', `import type { Readable } from 'node:util';`, undefined],
  ['kernel/a.ts', `import { createHash } from 'node:crypto';`, undefined],
  ['kernel/a.ts', `import { createHash, randomBytes } from 'node:crypto';`, 'no I/O'],
  ['kernel/a.ts', `import { isIP } from 'node:net';`, undefined],
  ['kernel/a.ts', `import { connect } from 'node:net';`, 'no I/O'],
  ['kernel/a.ts', `import * as c from 'node:crypto';`, 'no I/O'],
  ['kernel/a.test.ts', `import { readFileSync } from 'node:fs'; Date.now();`, undefined],
  ['detections/sigma/a.ts', `const t = Date.now();`, 'no clock'],
  ['detections/sigma/a.ts', `const t = new Date();`, 'no clock'],
  ['detections/sigma/a.ts', `const t = new Date(0); const u = Date.parse('x');`, undefined],
  ['detections/engine.ts', `const t = Date.now();`, undefined],
  ['incidents/grading/a.ts', `const n = Math.random();`, 'no randomness'],
  ['incidents/grading/a.ts', `const n = globalThis.Math.random();`, 'no randomness'],
  ['collector/decoders/a.ts', `const h = process.env.HOME;`, '`process`'],
  ['collector/decoders/a.ts', `const h = globalThis.process.env.HOME;`, '`process`'],
  ['collector/decoders/a.ts', `const a = { process: { name: 'x' } }; a.process.name;`, undefined],
  ['collector/decoders/a.ts', `function f(process: string) { return process.length; }`, undefined],
  ['collector/normalizers/a.ts', `const id = crypto.randomUUID();`, '`crypto`'],
  ['collector/normalizers/a.ts', `setTimeout(() => {}, 1);`, '`setTimeout`'],
  ['playbooks/model/a.ts', `const now = performance.now();`, '`performance`'],
  ['store/a.ts', `const s = {} as Scope;`, 'only `authorize()`'],
  ['store/a.ts', `const s = {} as unknown as Scope;`, 'only `authorize()`'],
  ['store/a.test.ts', `const s = <Scope>x;`, 'only `authorize()`'],
  ['trust/access/authorize.ts', `const s = {} as Scope;`, undefined],
  ['trust/identity/a.ts', `const s = {} as Scope;`, 'only `authorize()`'],
  ['store/a.ts', `const x: any = 1;`, '`any`'],
  ['store/a.ts', `const x = 'any'; // any`, undefined],
  ['console/src/A.svelte', `<script lang="ts">let x: any[] = [];</script>`, '`any`'],
  ['store/a.ts', 'x;\n'.repeat(500), undefined],
  ['store/a.ts', 'x;\n'.repeat(501), 'longer than 500'],
  ['kernel/query/parser.generated.ts', 'x;\n'.repeat(5000), undefined],
];

describe('the rules of the house', () => {
  it.each(CASES)('%s: %s', (path, code, rule) => {
    const found = checkFile(path, code);
    if (rule === undefined) expect(found).toEqual([]);
    else expect(found.map((each) => each.rule).join('\n')).toContain(rule);
  });

  it('name the line, also inside a Svelte file', () => {
    const [found] = checkFile(
      'console/src/A.svelte',
      `<p>\n</p>\n<script>\nimport '#trust/a.js';\n</script>`,
    );
    expect(found).toMatchObject({ path: 'console/src/A.svelte', line: 4 });
  });
});
