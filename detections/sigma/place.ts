/** Finds line and column of problems by a second, position-keeping parse; only files with problems pay for it. */
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from 'yaml';
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { Problem, SigmaCode } from './problem.js';

export interface LocatedProblem<Code extends string = SigmaCode> extends Problem<Code> {
  /** Index of the document in the file. */
  readonly document: number;
}

export function placeProblems(
  text: string,
  file: string,
  problems: readonly LocatedProblem<string>[],
): Diagnostic[] {
  if (problems.length === 0) return [];
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' });
  const documents = Array.isArray(parsed) ? (parsed as Document[]) : [];
  const placed = problems.map((problem): Diagnostic => {
    const [from, to] = rangeOf(documents[problem.document], problem, text);
    return diagnosticAt(lines, file, problem, from, to);
  });
  return placed.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Syntax errors of the file with their places; `fallback` where the second parser finds nothing to complain of. */
export function syntaxDiagnostics(
  text: string,
  file: string,
  fallback: { readonly message: string; readonly offset: number },
): Diagnostic[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const errors = (Array.isArray(parsed) ? (parsed as Document[]) : []).flatMap((document) => document.errors);
  const found = errors.map((error) => ({
    message: lower(error.message),
    from: error.pos[0],
    to: error.pos[1],
  }));
  if (found.length === 0)
    found.push({ message: lower(fallback.message), from: fallback.offset, to: fallback.offset + 1 });
  return found.slice(0, 20).map(({ message, from, to }) =>
    diagnosticAt(
      lines,
      file,
      {
        code: 'sigma.yaml.syntax',
        message: `not valid YAML: ${message}`,
        hint: 'check indentation and quotes; a value with `: `, `#`, a leading `*` or `%` must be quoted',
        at: [],
      },
      from,
      to,
    ),
  );
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function diagnosticAt(
  lines: LineCounter,
  file: string,
  problem: Problem<string>,
  from: number,
  to: number,
): Diagnostic {
  const start = lines.linePos(from);
  const end = lines.linePos(Math.max(from, to));
  return {
    code: problem.code,
    severity: problem.severity ?? 'error',
    message: problem.message,
    hint: problem.hint,
    file,
    line: Math.max(1, start.line),
    column: Math.max(1, start.col),
    ...(end.line >= 1 && { endLine: end.line, endColumn: end.col }),
  };
}

/** Offsets of what the problem's path names, or of the nearest part of the document that exists. */
function rangeOf(document: Document | undefined, problem: Problem<string>, text: string): [number, number] {
  let node: Node | null | undefined = document?.contents;
  let best = firstContent(node, document);
  for (const [index, step] of problem.at.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => String(isScalar(key) ? (key.value ?? '') : key) === String(step),
      );
      if (!pair) return best;
      const wantsKey = index === problem.at.length - 1 && problem.part === 'key';
      const key = isNode(pair.key) ? pair.key.range : undefined;
      if (key) best = [key[0], key[1]];
      if (wantsKey) return best;
      node = isNode(pair.value) ? pair.value : undefined;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      node = isNode(item) ? item : undefined;
    } else return best;
    if (node?.range && (!isScalar(node) || node.range[1] > node.range[0]))
      best = [node.range[0], node.range[1]];
  }
  if (
    problem.span &&
    isScalar(node) &&
    node.range &&
    node.type !== 'BLOCK_LITERAL' &&
    node.type !== 'BLOCK_FOLDED'
  ) {
    const start = node.range[0] + (node.type === 'PLAIN' ? 0 : 1);
    const end = Math.min(start + problem.span.to, node.range[1]);
    if (!text.slice(node.range[0], node.range[1]).includes('\n'))
      return [Math.min(start + problem.span.from, node.range[1]), end];
  }
  if (problem.at.length === 0) return firstContent(document?.contents, document);
  return best;
}

/** A whole document is pointed at by its first key alone: a span over everything tells nothing. */
function firstContent(node: Node | null | undefined, document: Document | undefined): [number, number] {
  if (isMap(node)) {
    const key = node.items[0]?.key;
    if (isNode(key) && key.range) return [key.range[0], key.range[1]];
  }
  const range = node?.range ?? document?.range;
  return range ? [range[0], range[0]] : [0, 0];
}
