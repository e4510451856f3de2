/** What of pipelines is of no use to the rules that are loaded, and what they refer to and do not have. */
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { Applied, PipelinePart } from '../mapping.js';
import { placeProblems, type LocatedProblem } from '../place.js';
import { nearest } from '../problem.js';
import type { Pipeline } from './file.js';

/** Names that one warning lists. */
const MOST_NAMES = 8;

export function unusedParts(
  pipelines: readonly Pipeline[],
  applied: Iterable<Applied>,
): readonly Diagnostic[] {
  const used = new Set<string>();
  for (const { parts } of applied) for (const part of parts) used.add(keyOf(part));
  return pipelines.flatMap(({ file, text, vars, transformations }) => {
    const isUsed = (...at: PipelinePart['at']): boolean => used.has(keyOf({ file, at }));
    const told: LocatedProblem<string>[] = [];
    const tell = (message: string, hint: string, ...at: PipelinePart['at']): void => {
      told.push({
        ...{ code: 'pipeline.unused', severity: 'warning', message, hint },
        ...{ at, part: 'key', document: 0 },
      });
    };
    for (const [index, one] of transformations.entries()) {
      if (!isUsed('transformations', index))
        tell(
          `\`${one.type}\` has no effect on any rule`,
          'check `rule_conditions` and the names of fields and placeholders, or remove it',
          ...['transformations', index, 'type'],
        );
      else if (one.type === 'field_name_mapping') {
        const all = Object.keys(one.mapping);
        const idle = all.filter((name) => !isUsed('transformations', index, 'mapping', name));
        if (idle.length > 0)
          tell(
            `no rule asks for ${idle.length} of ${all.length} fields of the mapping: ${listed(idle)}`,
            'check how they are written, or remove them',
            ...['transformations', index, 'mapping', idle[0] as string],
          );
      }
    }
    const idle = [...vars.keys()].filter((name) => !isUsed('vars', name));
    if (idle.length > 0)
      tell(
        `no rule takes the values of ${listed(idle)}`,
        transformations.some(({ type }) => type === 'value_placeholders')
          ? 'check how it is written: names are compared exactly; or remove it'
          : 'values are taken where a transformation `value_placeholders` says so; add one, or remove them',
        ...['vars', idle[0] as string],
      );
    return placeProblems(text, file, told);
  });
}

function keyOf({ file, at }: PipelinePart): string {
  return JSON.stringify([file, at]);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => `\`${name}\``);
  return `${shown.join(', ')}${names.length > MOST_NAMES ? ', …' : ''}`;
}

/** Placeholders that are named and have no values anywhere. */
export function checkVars(
  pipelines: readonly Pipeline[],
  vars: ReadonlyMap<string, unknown>,
): readonly Diagnostic[] {
  return pipelines.flatMap(({ file, text, transformations }) => {
    const told: LocatedProblem<string>[] = [];
    for (const [index, one] of transformations.entries()) {
      if (one.type !== 'value_placeholders') continue;
      for (const [at, name] of (one.include ?? []).entries()) {
        if (vars.has(name)) continue;
        const close = nearest(name, vars.keys());
        told.push({
          code: 'pipeline.placeholder.undefined',
          message: `no pipeline has values for the placeholder \`${name}\``,
          hint: close ? `did you mean \`${close}\`?` : 'list them in `vars`',
          at: ['transformations', index, 'include', at],
          document: 0,
        });
      }
    }
    return placeProblems(text, file, told);
  });
}
