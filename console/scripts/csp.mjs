/**
 * After the build: hashes what the fallback page holds inline, and writes `build/csp.json` for the server's
 * Content-Security-Policy header. Run from the console's folder.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const source = (text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
const unique = (list) => [...new Set(list)].sort();

const page = readFileSync('build/index.html', 'utf8');
if (/\sstyle="/.test(page)) throw new Error('src/app.html has an inline style: give it a class instead');
if (/<[a-z][^>]*\son[a-z]+\s*=/i.test(page)) throw new Error('src/app.html has an inline event handler');
const inline = [...page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)]
  .filter(([, attributes]) => !/\bsrc=/.test(attributes))
  .map(([, , text]) => text);

// SvelteKit's route announcer is a template with one inline style; it is parsed, so its hash must be allowed.
const scripts = readdirSync('build/_app', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => readFileSync(join('build/_app', name), 'utf8'));
const styles = scripts.flatMap((text) =>
  [...text.matchAll(/<[a-z][^<>`]*\sstyle=\\?"([^"<>`\\]+)\\?"/g)].map(([, style]) => style),
);

const csp = {
  scriptSrc: unique(inline.map(source)),
  styleSrcAttr: unique(styles.map(source)),
};
writeFileSync('build/csp.json', `${JSON.stringify(csp, null, 2)}\n`);
process.stdout.write(
  `csp.json: ${csp.scriptSrc.length} inline script(s), ${csp.styleSrcAttr.length} style(s)\n`,
);
