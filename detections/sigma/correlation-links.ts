/** Finds the rules that correlations refer to, by id or name, over all files of a set. Pure. */
import type { SigmaCorrelation } from './correlation.js';
import { nearest, type Problem } from './problem.js';

/** A rule as others may refer to it. */
export interface Referable {
  readonly id: string;
  readonly name?: string;
  /** Of two rules with one name that of the same file is meant. */
  readonly file: string;
}

export interface ReferringCorrelation extends Referable {
  readonly correlation: SigmaCorrelation;
}

export interface Links {
  /** Ids of the rules that a correlation refers to, in the order of its `rules`; of those that are sound alone. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly { readonly correlation: string; readonly problem: Problem }[];
}

export function linkCorrelations(
  rules: readonly Referable[],
  correlations: readonly ReferringCorrelation[],
): Links {
  const problems: { correlation: string; problem: Problem }[] = [];
  const all = [...rules, ...correlations];
  const byId = new Map(all.map((one) => [one.id, one]));
  const byName = new Map<string, Referable[]>();
  for (const one of all)
    if (one.name !== undefined) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  const children = new Map<string, readonly string[]>();
  for (const { id, file, correlation } of correlations) {
    const found = correlation.rules.map((name, at) => {
      const target = targetOf(name, file, byId, byName);
      if (target && !('code' in target)) return target.id;
      problems.push({
        correlation: id,
        problem: {
          ...(target ?? noRule(name, [...byId.keys(), ...byName.keys()])),
          ...place(correlation, at),
        },
      });
      return undefined;
    });
    const sound = found.filter((one) => one !== undefined);
    if (sound.length === found.length) children.set(id, sound);
  }
  const known = new Map(correlations.map((one) => [one.id, one]));
  refuseCycles(known, children, problems);
  refuseUnsound(known, children, problems);
  return { children, problems };
}

function place({ expression }: SigmaCorrelation, at: number): Pick<Problem, 'at'> {
  return { at: expression ? ['correlation', 'condition'] : ['correlation', 'rules', at] };
}

type Complaint = Omit<Problem, 'at'>;

function targetOf(
  name: string,
  file: string,
  byId: ReadonlyMap<string, Referable>,
  byName: ReadonlyMap<string, readonly Referable[]>,
): Referable | Complaint | undefined {
  const identified = byId.get(name);
  if (identified) return identified;
  const named = byName.get(name) ?? [];
  const here = named.filter((one) => one.file === file);
  const meant = here.length > 0 ? here : named;
  if (meant.length < 2) return meant[0];
  return {
    code: 'sigma.correlation.ambiguous_rule',
    message: `\`${name}\` is the name of ${meant.length} rules (${meant
      .slice(0, 3)
      .map(({ id }) => id)
      .join(', ')})`,
    hint: 'refer to the one that is meant by its id',
  };
}

function noRule(name: string, known: readonly string[]): Complaint {
  const close = nearest(name, known);
  return {
    code: 'sigma.correlation.no_rule',
    message: `no rule has the id or name \`${name}\``,
    hint: close ? `did you mean \`${close}\`?` : 'check that its file is loaded and has no errors',
  };
}

type Problems = { correlation: string; problem: Problem }[];

/** A correlation that leads back to itself is told once, at each of its members, and leaves the set. */
function refuseCycles(
  known: ReadonlyMap<string, ReferringCorrelation>,
  children: Map<string, readonly string[]>,
  problems: Problems,
): void {
  const cyclic = [...children.keys()].filter((id) => reaches(id, id, children));
  for (const id of cyclic) {
    const own = known.get(id) as ReferringCorrelation;
    const at = (children.get(id) ?? []).findIndex((child) => child === id || reaches(child, id, children));
    problems.push({
      correlation: id,
      problem: {
        code: 'sigma.correlation.cycle',
        message: `\`${own.correlation.rules[at] ?? id}\` leads back to this correlation`,
        hint: 'a correlation may refer to others only as long as none of them refers to it',
        ...place(own.correlation, at),
      },
    });
  }
  for (const id of cyclic) children.delete(id);
}

function reaches(from: string, to: string, children: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const child of children.get(id) ?? []) {
      if (child === to) return true;
      if (!seen.has(child)) open.push(child);
      seen.add(child);
    }
  return false;
}

/** What refers to a correlation that was refused cannot be judged either. */
function refuseUnsound(
  known: ReadonlyMap<string, ReferringCorrelation>,
  children: Map<string, readonly string[]>,
  problems: Problems,
): void {
  for (let refused = true; refused;) {
    refused = false;
    for (const [id, refers] of children) {
      const at = refers.findIndex((child) => known.has(child) && !children.has(child));
      if (at < 0) continue;
      const { correlation } = known.get(id) as ReferringCorrelation;
      problems.push({
        correlation: id,
        problem: {
          code: 'sigma.correlation.no_rule',
          message: `the correlation \`${correlation.rules[at] ?? ''}\` could not be loaded`,
          hint: 'mend that one first; its problems are told at its own place',
          ...place(correlation, at),
        },
      });
      children.delete(id);
      refused = true;
    }
  }
}
