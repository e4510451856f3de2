/** Three tiers: kit → area → route. What stands below never imports what stands above. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Below all: language, time, the API, the stream, the session. No components, or none that are seen. */
const GROUND = ['api', 'live', 'paraglide', 'session', 'text'];
const areaOf = (path: string) => /^lib\/([^/]+)\//.exec(path)?.[1];

interface Crossing {
  readonly from: string;
  readonly to: string;
}

function crossings(path: string, text: string): Crossing[] {
  const named = [...text.matchAll(/\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g)];
  return named.flatMap(([, one, other]) => {
    const specifier = one ?? other ?? '';
    const target = specifier.startsWith('$lib/')
      ? specifier.replace('$lib/', 'lib/')
      : specifier.startsWith('.')
        ? join(path, '..', specifier)
        : undefined;
    return target === undefined ? [] : [{ from: path, to: target }];
  });
}

/** The rule that an import breaks, or undefined. */
function broken({ from, to }: Crossing): string | undefined {
  const [here, there] = [areaOf(from), areaOf(to)];
  if (to.startsWith('routes/') && !from.startsWith('routes/')) return 'only a route imports a route';
  if (here === 'kit' && there && there !== 'kit' && !GROUND.includes(there)) return 'kit imports no area';
  if (here && GROUND.includes(here) && there && here !== there && !GROUND.includes(there))
    return 'what is below all imports no component and no area';
  return undefined;
}

describe('the tiers', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.(?:svelte|ts)$/.test(name) && !/paraglide\/|\.test\.ts$/.test(name),
  );
  it('are kept', () => {
    const found = files
      .flatMap((name) => crossings(name, readFileSync(join('src', name), 'utf8')))
      .flatMap((crossing) => {
        const rule = broken(crossing);
        return rule ? [`${crossing.from} imports ${crossing.to}: ${rule}`] : [];
      });
    expect(found).toEqual([]);
  });
  const cases: [string, string, boolean][] = [
    ['lib/kit/A.svelte', "import X from '$lib/alerts/X.svelte'", true],
    ['lib/kit/A.svelte', "import X from '../alerts/X.svelte'", true],
    ['lib/kit/A.svelte', "import X from './X.svelte'; import { m } from '$lib/paraglide/messages.js'", false],
    ['lib/text/a.ts', "import { x } from '$lib/kit/x.js'", true],
    ['lib/alerts/A.svelte', "import X from '$lib/kit/X.svelte'", false],
    ['lib/alerts/A.svelte', "import X from '../../routes/x.js'", true],
  ];
  it.each(cases)('%s: %s', (path, text, breaks) =>
    expect(crossings(path, text).some((each) => broken(each) !== undefined)).toBe(breaks),
  );
});
