/** Reads a pipeline file: one that is wrong anywhere is left out whole, for half of it could mean anything. */
import { load } from 'js-yaml';
import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import Value from 'typebox/value';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { compileItem } from '../item.js';
import type { MapField } from '../mapping.js';
import { isBag, type Bag } from '../metadata.js';
import { placeProblems, type LocatedProblem } from '../place.js';
import { nearest, type DocumentPath } from '../problem.js';
import { readYaml } from '../yaml.js';
import { PipelineHead, TRANSFORMATIONS, type Items, type Transformation } from './schema.js';

export interface Pipeline {
  /** As diagnostics name it. */
  readonly file: string;
  /** As people know it: its path within the rule folder. */
  readonly shown: string;
  readonly text: string;
  readonly priority: number;
  readonly vars: ReadonlyMap<string, readonly string[]>;
  readonly transformations: readonly Transformation[];
}

export interface ReadPipeline {
  /** Absent where anything is wrong. */
  readonly pipeline?: Pipeline;
  readonly diagnostics: readonly Diagnostic[];
}

/** Longest pipeline file, in UTF-16 units. */
const MOST_TEXT = 1_048_576;
const MOST_PROBLEMS = 20;
/** Of pySigma's pipelines, what works on the text of queries: there is none here. */
const IGNORED = ['postprocessing', 'finalizers'];
const KEYS = [...Object.keys(PipelineHead.properties), 'allowed_backends', ...IGNORED];
const HOW = 'see docs/rules.md, "Pipelines"';

type PipelineProblem = Omit<LocatedProblem<string>, 'document'>;

/** Whether a file of a rule folder is a pipeline. */
export function isPipelineName(name: string): boolean {
  return /\.pipeline\.ya?ml$/.test(name);
}

/** Never throws. */
export function readPipeline(text: string, file: string, shown: string): ReadPipeline {
  if (text.length > MOST_TEXT) {
    const message = `the file is longer than ${MOST_TEXT} characters`;
    return problemsOf('', file, [{ code: 'pipeline.form', message, hint: 'split it', at: [] }]);
  }
  const read = readYaml<unknown>(load, text, file);
  if (!read.ok) return { diagnostics: read.diagnostics };
  const wrong = checkForm(read.value);
  if (!isBag(read.value) || wrong.some(({ severity }) => severity !== 'warning'))
    return problemsOf(text, file, wrong);
  const { priority = 0, vars = {}, transformations = [] } = read.value as PipelineHead;
  const values = Object.entries(vars).map(
    ([name, value]) => [name, [value].flat().map(String)] as [string, string[]],
  );
  const pipeline = {
    ...{ file, shown, text, priority, vars: new Map(values) },
    transformations: transformations as unknown as readonly Transformation[],
  };
  return { pipeline, ...problemsOf(text, file, wrong) };
}

function problemsOf(text: string, file: string, problems: readonly PipelineProblem[]): ReadPipeline {
  const located = problems.slice(0, MOST_PROBLEMS).map((problem) => ({ ...problem, document: 0 }));
  return { diagnostics: placeProblems(text, file, located) };
}

function checkForm(value: unknown): readonly PipelineProblem[] {
  if (!isBag(value)) return [{ code: 'pipeline.form', message: 'the file is not a map', hint: HOW, at: [] }];
  const wrong: PipelineProblem[] = formErrors(PipelineHead, value, []);
  for (const key of Object.keys(value)) if (!KEYS.includes(key)) wrong.push(unknownKey(key));
  for (const key of IGNORED) if (Object.hasOwn(value, key)) wrong.push(ignoredKey(key));
  const { transformations } = value;
  if (transformations === undefined && value['vars'] === undefined)
    wrong.push({
      code: 'pipeline.form',
      message: 'the file has neither `transformations` nor `vars`',
      hint: HOW,
      at: [],
    });
  if (!Array.isArray(transformations)) return wrong;
  for (const [index, one] of (transformations as readonly unknown[]).entries())
    if (isBag(one) && typeof one['type'] === 'string')
      wrong.push(...checkTransformation(one, one['type'], ['transformations', index]));
  return wrong;
}

function checkTransformation(one: Bag, type: string, at: DocumentPath): readonly PipelineProblem[] {
  const known = Object.keys(TRANSFORMATIONS);
  if (!known.includes(type)) {
    const close = nearest(type, known);
    return [
      {
        code: 'pipeline.transformation.unknown',
        message: `the transformation \`${type}\` is none of ${known.join(', ')}`,
        hint: close ? `did you mean \`${close}\`?` : HOW,
        at: [...at, 'type'],
      },
    ];
  }
  const wrong = formErrors(TRANSFORMATIONS[type as keyof typeof TRANSFORMATIONS], one, at);
  if (wrong.length > 0) return wrong;
  const transformation = one as unknown as Transformation;
  if (transformation.type === 'add_condition')
    return checkItems(transformation.conditions, [...at, 'conditions']);
  if (transformation.type !== 'change_logsource') return [];
  const { events, product, category, service } = transformation;
  if (events === undefined && product === undefined && category === undefined && service === undefined)
    return [
      {
        code: 'pipeline.form',
        message: '`change_logsource` says no log source',
        hint: 'give at least one of product, category, service, events',
        at,
      },
    ];
  return Array.isArray(events)
    ? events.flatMap((each, index) => checkItems(each, [...at, 'events', index]))
    : checkItems(events ?? {}, [...at, 'events']);
}

const ANY_FIELD: MapField = (field) => ({ paths: [field], dropped: false, placeholder: () => ['x'] });

/** What a rule would be told of the items. */
function checkItems(items: Items, at: DocumentPath): readonly PipelineProblem[] {
  const wrong: PipelineProblem[] = [];
  for (const [key, value] of Object.entries(items))
    compileItem(key, value, [...at, key], ANY_FIELD, (problem) => wrong.push(problem));
  return wrong;
}

/** One for each place, the deepest: of alternatives the checker tells what is wrong with each. */
function formErrors(schema: TSchema, value: unknown, at: DocumentPath): PipelineProblem[] {
  const byPlace = new Map<string, Set<string>>();
  for (const error of Value.Errors(schema, value)) {
    const { instancePath, keyword } = error;
    // What must not be there is told at its own place.
    if (keyword === 'additionalProperties') continue;
    byPlace.set(instancePath, (byPlace.get(instancePath) ?? new Set()).add(messageOf(error)));
  }
  const places = [...byPlace.keys()];
  return places
    .filter((place) => !places.some((other) => other.startsWith(`${place}/`)))
    .map((place) => {
      const inside = pathOf(place);
      const named = inside.length > 0 ? `\`${inside.join('.')}\` ` : '';
      const told = [...(byPlace.get(place) ?? [])];
      const own = told.length > 1 ? told.filter((one) => one !== ALTERNATIVES) : told;
      const part = own[0] === UNKNOWN ? ({ part: 'key' } as const) : {};
      const message = `${named}${own.join(', or ')}`;
      return { code: 'pipeline.form', message, hint: HOW, at: [...at, ...inside], ...part };
    });
}

const UNKNOWN = 'is not known here';
const ALTERNATIVES = 'has none of the forms that are possible here';

function messageOf({ keyword, params, message }: TLocalizedValidationError): string {
  if (keyword === 'boolean') return UNKNOWN;
  if (keyword === 'anyOf') return ALTERNATIVES;
  if (keyword === 'const') return `must be \`${String(params.allowedValue)}\``;
  return message;
}

/** Of a JSON pointer (RFC 6901). */
function pathOf(pointer: string): DocumentPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function unknownKey(key: string): PipelineProblem {
  const close = nearest(key, KEYS);
  return {
    code: 'pipeline.form',
    message: `\`${key}\` is no part of a pipeline`,
    hint: close ? `did you mean \`${close}\`?` : HOW,
    ...{ at: [key], part: 'key' },
  };
}

function ignoredKey(key: string): PipelineProblem {
  return {
    code: 'pipeline.ignored',
    severity: 'warning',
    message: `\`${key}\` has no effect: rules are judged, not turned into the text of a query`,
    hint: 'remove it',
    ...{ at: [key], part: 'key' },
  };
}
