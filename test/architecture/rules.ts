/** The house rules of DESIGN, as one function over a file's path and text. */
import { posix } from 'node:path';
import ts from 'typescript';

export interface Violation {
  /** Relative to the checkout, with `/`. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The rule that is broken, and by what. */
  readonly rule: string;
  /** What to do about it. */
  readonly cure: string;
}

const ROOMS = [
  'kernel',
  'collector',
  'detections',
  'incidents',
  'playbooks',
  'trust',
  'range',
  'store',
  'server',
  'cli',
  'console',
];
const KNOW_EVERYONE = ['server', 'cli'];
const FREE = ['test', 'bench'];
const PURE = [
  'kernel',
  'detections/sigma',
  'detections/policy',
  'collector/decoders',
  'collector/normalizers',
  'playbooks/model',
  'incidents/grading',
];
/** Of Node's own modules, those that only compute. */
const PURE_BUILTINS = ['buffer', 'util', 'path', 'path/posix', 'url', 'string_decoder', 'zlib'];
/** Of these, the names that give the same answer for the same input. */
const PURE_NAMES: Record<string, readonly string[]> = {
  crypto: ['createHash', 'createHmac', 'timingSafeEqual', 'verify', 'createPublicKey'],
  net: ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
};
/** What a test may take from another room: a real store to put behind the kernel's ports. */
const FOR_TESTS = ['store/memory/'];
const IMPURE_GLOBALS: Record<string, string> = {
  process: 'take what it needs as an argument',
  performance: 'take the time as an argument',
  console: 'return a value, and let the caller say it',
  fetch: 'take the answer as an argument',
  setTimeout: 'let the caller schedule',
  setInterval: 'let the caller schedule',
  setImmediate: 'let the caller schedule',
  crypto: 'take the identifier or random bytes as an argument',
};
const MAX_LINES = 500;

const isGenerated = (path: string) =>
  /(?:^|\/)(?:generated|paraglide)\/|\.generated\.ts$|\.d\.ts$/.test(path);
/** Tests and what only tests use; the build leaves them out. */
const isTest = (path: string) => /\.(?:test|contract|fixture)\.ts$|\/(?:contract|testing)\//.test(path);
const isPure = (path: string) => PURE.some((folder) => path.startsWith(`${folder}/`)) && !isTest(path);
const roomOf = (path: string) => path.split('/')[0] ?? '';

/** The code of a file: itself, or a Svelte file's scripts with all else blanked, so that lines stay. */
function codeOf(path: string, text: string): string {
  if (!path.endsWith('.svelte')) return text;
  let code = '';
  let end = 0;
  for (const match of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[0].indexOf('>') + 1;
    code += text.slice(end, start).replaceAll(/[^\n]/g, ' ') + (match[1] ?? '');
    end = start + (match[1]?.length ?? 0);
  }
  return code;
}

/** The path in the checkout that a specifier means, or undefined for a package. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(path), specifier));
  return undefined;
}

function checkImport(path: string, specifier: string): Omit<Violation, 'path' | 'line'> | undefined {
  const room = roomOf(path);
  const target = targetOf(path, specifier);
  if (target === undefined || FREE.includes(room) || target === 'package.json') return undefined;
  const wanted = roomOf(target);
  if (wanted === room) return undefined;
  if (isTest(path) && FOR_TESTS.some((folder) => target.startsWith(folder)) && specifier.startsWith('#')) {
    return undefined;
  }
  if (FREE.includes(wanted)) {
    if (isTest(path)) return undefined;
    return {
      rule: `only tests import \`${wanted}/\`, and this imports \`${specifier}\``,
      cure: 'move what is needed into the room',
    };
  }
  if (!ROOMS.includes(wanted)) {
    return room === 'console' || (isTest(path) && wanted === 'scripts')
      ? undefined
      : { rule: `\`${specifier}\` is in no room`, cure: 'move it into one' };
  }
  if (wanted !== 'kernel' && (!KNOW_EVERYONE.includes(room) || wanted === 'console')) {
    return {
      rule: `a room imports only \`#kernel/*\` and itself, and \`${room}\` imports \`${specifier}\``,
      cure: 'meet in a port or an event of the kernel, and let server/ or cli/ wire the two',
    };
  }
  if (!specifier.startsWith('#')) {
    return {
      rule: `rooms are entered by their subpath, and this imports \`${specifier}\``,
      cure: `write \`#${target}\``,
    };
  }
  return undefined;
}

function checkBuiltin(specifier: string, names: readonly string[] | undefined): string | undefined {
  if (!specifier.startsWith('node:')) return undefined;
  const name = specifier.slice('node:'.length);
  if (PURE_BUILTINS.includes(name)) return undefined;
  if (names?.every((each) => PURE_NAMES[name]?.includes(each)) === true) return undefined;
  return `a pure folder does no I/O, and this imports \`${specifier}\``;
}

/** The names of a named import; undefined for `* as x`, a default or an import for its effects. */
function namesOf(node: ts.ImportDeclaration): readonly string[] | undefined {
  const clause = node.importClause;
  if (clause === undefined || clause.name !== undefined) return undefined;
  if (clause.isTypeOnly) return [];
  const bindings = clause.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return undefined;
  return bindings.elements
    .filter((each) => !each.isTypeOnly)
    .map((each) => (each.propertyName ?? each.name).text);
}

function specifierOf(node: ts.Node): string | undefined {
  let literal: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) literal = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    literal = node.arguments[0];
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    literal = node.argument.literal;
  return literal !== undefined && ts.isStringLiteralLike(literal) ? literal.text : undefined;
}

/** True for a name that is used as a value, not as a key, a type or a declaration of its own. */
function isFreeName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node;
  if (ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return ts.isExpression(parent) || ts.isStatement(parent) || ts.isSpreadAssignment(parent);
}

/** Names that the file itself declares: a parameter `process` is not the global. */
function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isImportSpecifier(node)) &&
      node.name !== undefined &&
      ts.isIdentifier(node.name)
    ) {
      names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

function checkPurity(node: ts.Node, declared: Set<string>): { rule: string; cure: string } | undefined {
  const time = 'take the time as an argument';
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText().replace(/^globalThis\./, '');
    if (text === 'Date.now') return { rule: 'a pure folder has no clock: `Date.now`', cure: time };
    if (text === 'Math.random') {
      return { rule: 'a pure folder has no randomness: `Math.random`', cure: 'take it as an argument' };
    }
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
    return { rule: 'a pure folder has no clock: `new Date()`', cure: time };
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') {
    return { rule: 'a pure folder has no clock: `Date()`', cure: time };
  }
  if (ts.isIdentifier(node)) {
    const viaGlobal =
      ts.isPropertyAccessExpression(node.parent) &&
      node.parent.name === node &&
      node.parent.expression.getText() === 'globalThis';
    const cure = Object.hasOwn(IMPURE_GLOBALS, node.text) ? IMPURE_GLOBALS[node.text] : undefined;
    if (cure !== undefined && (viaGlobal || (!declared.has(node.text) && isFreeName(node)))) {
      return { rule: `a pure folder does not use \`${node.text}\``, cure };
    }
  }
  return undefined;
}

/** Everything in one file that breaks a rule of the house. `path` is relative to the checkout, with `/`. */
export function checkFile(path: string, text: string): Violation[] {
  if (isGenerated(path)) return [];
  const violations: Violation[] = [];
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (lines > MAX_LINES) {
    violations.push({
      path,
      line: lines,
      rule: `no file is longer than ${MAX_LINES} lines, and this has ${lines}`,
      cure: 'ask what second thing it does, and give that a file of its own',
    });
  }
  const file = ts.createSourceFile(path, codeOf(path, text), ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const pure = isPure(path);
  const declared = pure ? declaredNames(file) : new Set<string>();

  const visit = (node: ts.Node): void => {
    const report = (rule: string, cure: string) => {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      violations.push({ path, line, rule, cure });
    };
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      const found = checkImport(path, specifier);
      if (found !== undefined) report(found.rule, found.cure);
      if (pure) {
        const rule = checkBuiltin(specifier, ts.isImportDeclaration(node) ? namesOf(node) : undefined);
        if (rule !== undefined) report(rule, 'put it behind a port, and let the room’s outside do it');
      }
    }
    if (
      (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) &&
      node.type.getText() === 'Scope' &&
      !path.startsWith('trust/access/')
    ) {
      report(
        'only `authorize()` makes a Scope, and this casts one',
        'call `authorize()`; in tests `testScope()`',
      );
    }
    if (node.kind === ts.SyntaxKind.AnyKeyword) {
      report('`any` switches the types off', 'write the type, or `unknown` and narrow it');
    }
    if (pure) {
      const found = checkPurity(node, declared);
      if (found !== undefined) report(found.rule, found.cure);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return violations;
}
