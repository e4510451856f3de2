/** What a scan counted: over all, and for each rule; as an object for machines and as a table for people. */
import { severityRank } from '#kernel/vocabulary.js';
import type { LoadedRule, RuleMatch } from '#detections/types.js';
import { printTable } from './table.js';

export interface ScanSummary {
  readonly rules: number;
  readonly rulesFailed: number;
  readonly events: number;
  readonly matches: number;
  /** Wall and CPU time of reading and judging; loading the rules is not in it. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly eventsPerCpuSecond: number;
  readonly maxRssMb: number;
  /** Records that could not be read; they are judged as `pipeline_error` events. */
  readonly broken: number;
  /** Rules that failed on an event, with how often. */
  readonly errors: number;
}

export interface Tally {
  readonly events: number;
  readonly matches: number;
  judged(broken: boolean, matches: readonly RuleMatch[]): void;
  /** A match of a correlation. */
  correlated(rule: LoadedRule): void;
  failed(rule: LoadedRule, error: unknown): void;
  summary(): ScanSummary;
  table(): string;
}

export function createTally(rules: number, rulesFailed: number): Tally {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const perRule = new Map<LoadedRule, number>();
  let events = 0;
  let matched = 0;
  let broken = 0;
  let errors = 0;
  const summary = (): ScanSummary => {
    const used = process.cpuUsage(cpu);
    const cpuSeconds = (used.user + used.system) / 1e6;
    return {
      ...{ rules, rulesFailed, events, matches: matched },
      seconds: round((performance.now() - started) / 1000),
      cpuSeconds: round(cpuSeconds),
      eventsPerCpuSecond: Math.round(events / Math.max(cpuSeconds, 0.001)),
      maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      ...{ broken, errors },
    };
  };
  return {
    get events() {
      return events;
    },
    get matches() {
      return matched;
    },
    judged(wasBroken, matches) {
      events += 1;
      matched += matches.length;
      if (wasBroken) broken += 1;
      for (const { rule } of matches) perRule.set(rule, (perRule.get(rule) ?? 0) + 1);
    },
    correlated(rule) {
      matched += 1;
      perRule.set(rule, (perRule.get(rule) ?? 0) + 1);
    },
    failed: () => void (errors += 1),
    summary,
    table() {
      const rows = [...perRule]
        .sort(([a, inA], [b, inB]) => severityRank(b.level) - severityRank(a.level) || inB - inA)
        .map(([rule, matches]) => ({ level: rule.level, matches, rule: rule.reference.title, id: rule.id }));
      const total = summary();
      const line = `${total.rules} rules (${total.rulesFailed} failed), ${total.events} events (${total.broken} broken), ${total.matches} matches; ${total.seconds} s, ${total.eventsPerCpuSecond} events per CPU-second, ${total.maxRssMb} MB`;
      return `${rows.length > 0 ? printTable(['level', 'matches', 'rule', 'id'], rows) : 'no match\n'}\n${line}\n`;
    },
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
