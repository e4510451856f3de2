/** Reads `<rule>.test.yml`: logs that a rule file must match, and logs that it must not. */
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { load } from 'js-yaml';
import { ENTITY_KINDS } from '#kernel/schema/alert.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { placeProblems } from '../sigma/place.js';
import type { DocumentPath } from '../sigma/problem.js';
import { readYaml } from '../sigma/yaml.js';

const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const log = {
  /** The log as a source would get it. */
  raw: Type.Optional(Type.String({ minLength: 1 })),
  /** What the raw log is; default: seen from the log itself. */
  format: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Record(Type.String(), Type.Union([Scalar, Type.Array(Scalar)]))),
};
export type Log = { readonly [K in keyof typeof log]?: Static<(typeof log)[K]> };

/** A log, or the same many times, of a row of them. */
export const Step = Type.Object(
  {
    ...log,
    /** How often; `{n}` in the log stands for the number of the repetition, from 1. Default 1. */
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    /** Time after the log before it: a number and one of s, m, h, d. Default `1s`. */
    after: Type.Optional(Type.String({ pattern: '^[0-9]{1,6}[smhd]$' })),
  },
  { additionalProperties: false },
);
export type Step = Static<typeof Step>;

/** One log, raw or as the fields of its event, or a row of them, for a correlation; exactly one of the three. */
export const Case = Type.Object(
  {
    ...log,
    sequence: Type.Optional(Type.Array(Step, { minItems: 1, maxItems: 100 })),
    /** Id of the rule that is meant, where the file holds several; default: any of them. */
    rule: Type.Optional(Type.String()),
    /** What the match is grouped by: kind and value, such as `user:root`. Of positive cases. */
    group: Type.Optional(Type.String({ pattern: `^(${ENTITY_KINDS.join('|')}):` })),
  },
  { additionalProperties: false },
);
export type Case = Static<typeof Case>;

export const CaseFile = Type.Object(
  { positive: Type.Array(Case, { minItems: 1 }), negative: Type.Array(Case, { minItems: 1 }) },
  { additionalProperties: false },
);

export interface PlacedCase {
  readonly kind: 'positive' | 'negative';
  readonly case: Case;
  readonly at: DocumentPath;
}

export interface ReadCases {
  readonly cases: readonly PlacedCase[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws; without cases where the file is not of the form. */
export function readCases(text: string, file: string): ReadCases {
  const read = readYaml<unknown>(load, text, file);
  if (!read.ok) return { cases: [], diagnostics: read.diagnostics };
  const { value } = read;
  const wrong = Value.Errors(CaseFile, value).map(({ instancePath, message }) => ({
    at: pathOf(instancePath),
    message,
  }));
  if (Value.Check(CaseFile, value)) {
    const cases = (['positive', 'negative'] as const).flatMap((kind) =>
      value[kind].map((one, index) => ({ kind, case: one, at: [kind, index] })),
    );
    for (const { case: one, at } of cases) {
      const given = [one.raw, one.fields, one.sequence].filter((each) => each !== undefined);
      if (given.length !== 1)
        wrong.push({ at, message: 'must have one of `raw`, `fields`, `sequence`, and no two' });
      for (const [index, step] of (one.sequence ?? []).entries())
        if ((step.raw === undefined) === (step.fields === undefined))
          wrong.push({
            at: [...at, 'sequence', index],
            message: 'must have `raw` or `fields`, and not both',
          });
    }
    if (wrong.length === 0) return { cases, diagnostics: [] };
  }
  const problems = wrong.slice(0, 20).map(({ at, message }) => ({
    code: 'test.case.form',
    message: at.length > 0 ? `\`${at.join('.')}\` ${message}` : `the file ${message}`,
    hint: 'write lists `positive` and `negative` of cases with `raw`, `fields` or `sequence`; see docs/rules.md',
    at,
    document: 0,
  }));
  return { cases: [], diagnostics: placeProblems(text, file, problems) };
}

/** Of a JSON pointer (RFC 6901). */
function pathOf(pointer: string): DocumentPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
