/** Joins pipelines, by their priority, to what they make of the rules of each log source. The built-in mapping is last. */
import { and, not, or, type Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { deliveryOf } from '../delivery.js';
import { compileItem } from '../item.js';
import type {
  Applied,
  AskedField,
  MapField,
  MappedField,
  MapRule,
  PipelinePart,
  RuleMapping,
} from '../mapping.js';
import type { Problem } from '../problem.js';
import { mapLogSource, type LogSource, type LogSourceMapping } from '../taxonomy.js';
import { concernsField, concernsRule } from './conditions.js';
import type { Pipeline } from './file.js';
import type { Items, Transformation } from './schema.js';
import { checkVars, unusedParts } from './unused.js';

export interface Pipelines {
  readonly map: MapRule;
  /** Of the mapping only what does not depend on the rule. */
  eventsOf(source: LogSource): Pick<RuleMapping, 'query' | 'delivery'>;
  /** Differs where anything differs that rules could be mapped by. */
  readonly key: string;
  /** Warnings: what none of the rules takes, given what was applied to them all. */
  unused(applied: Iterable<Applied>): readonly Diagnostic[];
  /** What is wrong among the pipelines. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A transformation with its place. */
export interface Step {
  readonly transformation: Transformation;
  readonly pipeline: Pipeline;
  readonly part: PipelinePart;
}

type Of<K extends Transformation['type']> = Step & {
  readonly transformation: Extract<Transformation, { type: K }>;
};
type Placeholders = Of<'value_placeholders'> | Of<'wildcard_placeholders'>;

/** What holds for every rule of one log source. */
interface Plan {
  readonly source: LogSourceMapping;
  readonly delivery: string | undefined;
  /** Those that look at fields and values. */
  readonly steps: readonly Step[];
  /** Mapped by the steps that come after them. */
  readonly added: readonly { readonly step: Of<'add_condition'>; readonly from: number }[];
  readonly problems: readonly Problem[];
  readonly applied: readonly Applied[];
}

interface Var {
  readonly values: readonly string[];
  readonly part: PipelinePart;
}
type Vars = ReadonlyMap<string, Var>;

export function joinPipelines(pipelines: readonly Pipeline[]): Pipelines {
  const ordered = [...pipelines].sort((a, b) => a.priority - b.priority);
  const vars = new Map<string, Var>();
  for (const { file, vars: own } of ordered)
    for (const [name, values] of own) vars.set(name, { values, part: { file, at: ['vars', name] } });
  const steps = ordered.flatMap((pipeline) =>
    pipeline.transformations.map((transformation, at): Step => ({
      ...{ transformation, pipeline },
      part: { file: pipeline.file, at: ['transformations', at] },
    })),
  );
  const plans = new Map<string, Plan>();
  const planFor = (source: LogSource): Plan => {
    const key = `${source.product ?? ''}\0${source.category ?? ''}\0${source.service ?? ''}`;
    let plan = plans.get(key);
    if (!plan) plans.set(key, (plan = planOf(source, steps)));
    return plan;
  };
  return {
    map: (source) => mappingBy(planFor(source), vars),
    eventsOf(source) {
      const { source: mapped, delivery } = planFor(source);
      return { query: mapped.query, delivery };
    },
    key: JSON.stringify(ordered.map(({ text, shown, priority }) => [text, shown, priority])),
    unused: (applied) => unusedParts(ordered, applied),
    diagnostics: checkVars(ordered, vars),
  };
}

export const NO_PIPELINES = joinPipelines([]);

function planOf(written: LogSource, all: readonly Step[]): Plan {
  let source = written;
  let events: Query | undefined;
  const steps: Step[] = [];
  const added: { step: Of<'add_condition'>; from: number }[] = [];
  const problems: Problem[] = [];
  const applied: Applied[] = [];
  for (const step of all) {
    const { transformation } = step;
    if (!concernsRule(transformation, source)) continue;
    switch (transformation.type) {
      case 'change_logsource': {
        const { product, category, service } = transformation;
        const words = {
          ...(product !== undefined && { product }),
          ...(category !== undefined && { category }),
          ...(service !== undefined && { service }),
        };
        if (Object.keys(words).length > 0) {
          source = words;
          events = undefined;
        }
        if (transformation.events) events = or(...[transformation.events].flat().map(eventsAsWritten));
        const said = transformation.events && { events: transformation.events };
        applied.push(effectOf(step, { change_logsource: { ...words, ...said } }));
        break;
      }
      case 'rule_failure':
        problems.push(refused(transformation.message, step.pipeline));
        applied.push(effectOf(step, { rule_failure: transformation.message }));
        break;
      case 'add_condition':
        added.push({ step: { ...step, transformation }, from: steps.length });
        break;
      default:
        steps.push(step);
    }
  }
  const builtIn = mapLogSource(source);
  return {
    source: { ...builtIn, ...(events && { query: events }) },
    delivery: events ? undefined : deliveryOf(source),
    ...{ steps, added, problems, applied },
  };
}

function refused(message: string, { shown }: Pipeline): Problem {
  return {
    code: 'sigma.pipeline.refused',
    message: `the pipeline \`${shown}\` refuses the rule: ${message}`,
    hint: 'change `rule_conditions` of its `rule_failure`, or take the rule out of the folder',
    at: ['logsource'],
    part: 'key',
  };
}

/** Paths as they are written. */
function eventsAsWritten(items: Items): Query {
  const plain: MapField = (field) => ({ paths: [field], dropped: false, placeholder: () => undefined });
  return itemsOf(items, plain, () => undefined) ?? or();
}

function itemsOf(items: Items, map: MapField, report: (problem: Problem) => void): Query | undefined {
  const compiled = Object.entries(items).map(([key, value]) =>
    compileItem(key, value, ['logsource'], map, report),
  );
  return compiled.every((query) => query !== undefined) ? and(...compiled) : undefined;
}

function mappingBy(plan: Plan, vars: Vars): RuleMapping {
  const applied = new Map<string, Applied>();
  const asked = new Map<string, readonly string[]>();
  const take = (one: Applied): void => {
    applied.set(JSON.stringify([one.pipeline, one.effect, one.parts]), one);
  };
  plan.applied.forEach(take);
  const problems = [...plan.problems];
  const added = plan.added.flatMap(({ step, from }): Query[] => {
    const { conditions, negated = false } = step.transformation;
    const map: MapField = (field) => mapField({ name: field, own: false }, plan, from, vars, take);
    const query = itemsOf(conditions, map, (problem) => problems.push(problem));
    if (!query) return [];
    take(effectOf(step, { [negated ? 'add_condition_negated' : 'add_condition']: conditions }));
    return [negated ? not(query) : query];
  });
  return {
    query: plan.source.query,
    delivery: plan.delivery,
    field(name) {
      const mapped = mapField({ name, own: true }, plan, 0, vars, take);
      if (name !== '' && !mapped.dropped) asked.set(name, mapped.paths);
      return mapped;
    },
    added,
    problems,
    applied: () => [...applied.values()],
    asked: () => [...asked].map(([field, paths]): AskedField => [field, paths]),
  };
}

/** A name that a field has on its way through the steps; `own`: as the rule wrote it. */
interface Name {
  readonly name: string;
  readonly own: boolean;
}

function mapField(
  field: Name,
  { source, steps }: Plan,
  from: number,
  vars: Vars,
  take: (one: Applied) => void,
): MappedField {
  let names: readonly Name[] = [field];
  const placeholders: Placeholders[] = [];
  for (const step of steps.slice(from)) {
    const { transformation } = step;
    const meant = names.filter(({ name }) => concernsField(transformation, name));
    if (meant.length === 0) continue;
    if (transformation.type === 'value_placeholders' || transformation.type === 'wildcard_placeholders')
      placeholders.push({ ...step, transformation } as Placeholders);
    // Keywords have no name.
    else if (field.name !== '')
      names = names.flatMap((one) =>
        meant.includes(one) ? (stepped(one.name, step, take) ?? [one]) : [one],
      );
  }
  return {
    paths: [...new Set(names.flatMap((one) => pathsOf(one, source)))],
    dropped: names.length === 0,
    placeholder: (name) => valuesOf(name, placeholders, vars, take),
  };
}

/** Undefined where the step leaves the name as it is; empty where it drops it. */
function stepped(name: string, step: Step, take: (one: Applied) => void): readonly Name[] | undefined {
  const { transformation, part } = step;
  switch (transformation.type) {
    case 'field_name_mapping': {
      if (!Object.hasOwn(transformation.mapping, name)) return undefined;
      const others = [transformation.mapping[name] as string | string[]].flat();
      const entry = { ...part, at: [...part.at, 'mapping', name] };
      take(effectOf(step, { field_name_mapping: { [name]: others } }, entry));
      return others.map((other) => ({ name: other, own: false }));
    }
    case 'field_name_prefix': {
      const other = `${transformation.prefix}${name}`;
      take(effectOf(step, { field_name_prefix: { [name]: other } }));
      return [{ name: other, own: false }];
    }
    case 'drop_detection_item':
      take(effectOf(step, { drop_detection_item: name }));
      return [];
    default:
      return undefined;
  }
}

/** A name that a pipeline wrote is a path if it has a dot; else a field of the log source, or a path. */
function pathsOf({ name, own }: Name, source: LogSourceMapping): readonly string[] {
  if (own) return source.fields(name);
  return name.includes('.') ? [name] : [...source.fields(name), name];
}

function valuesOf(
  name: string,
  steps: readonly Placeholders[],
  vars: Vars,
  take: (one: Applied) => void,
): readonly string[] | undefined {
  for (const step of steps) {
    const { type, include, exclude } = step.transformation;
    if ((include && !include.includes(name)) || exclude?.includes(name)) continue;
    if (type === 'wildcard_placeholders') {
      take(effectOf(step, { wildcard_placeholders: name }));
      return ['*'];
    }
    const found = vars.get(name);
    if (!found) continue;
    take(effectOf(step, { value_placeholders: { [name]: found.values } }, found.part));
    return found.values;
  }
  return undefined;
}

function effectOf({ part, pipeline }: Step, effect: Applied['effect'], ...more: PipelinePart[]): Applied {
  return { pipeline: pipeline.shown, effect, parts: [part, ...more] };
}
