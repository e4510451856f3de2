import { describe, expect, it } from 'vitest';
import type { Event, Fields } from '#kernel/event.js';
import { endOf, processOf, startOf } from './process.js';
import { ProcessIndex } from './process-index.js';
import { processTree } from './process-tree.js';

let count = 0;
function event(atSecond: number, fields: Fields, type = 'start'): Event {
  count += 1;
  return {
    id: `evt_${count}`,
    seq: count,
    timeMs: atSecond * 1000,
    ingestedMs: 0,
    unit: '/',
    realm: 'live',
    classification: 1,
    source: 'src_x',
    fields: { 'host.name': 'h', 'event.category': 'process', 'event.type': type, ...fields },
  };
}
const started = (at: number, pid: number, ppid: number, name: string, more: Fields = {}) =>
  event(at, {
    'process.pid': pid,
    'process.parent.pid': ppid,
    'process.executable': `/bin/${name}`,
    'process.name': name,
    ...more,
  });
const ended = (at: number, pid: number) => event(at, { 'process.pid': pid }, 'end');

function treeOf(log: readonly Event[], focus: string, limit = 500) {
  const index = new ProcessIndex(
    log.flatMap((one) => startOf(one) ?? []),
    log.flatMap((one) => endOf(one) ?? []),
  );
  const process = index.all.find(({ name }) => name === focus);
  if (!process) throw new Error(`no ${focus}`);
  const { nodes, omitted } = processTree(index, process, limit);
  const nameOf = (id: string | undefined) => nodes.find((node) => node.id === id)?.name ?? '-';
  return { lines: nodes.map((node) => `${nameOf(node.parent)} > ${node.name}`), omitted, nodes };
}

describe('a process tree', () => {
  it('goes up to the root and down to the last child', () => {
    const log = [
      started(1, 1, 0, 'init'),
      started(2, 10, 1, 'sshd'),
      started(3, 11, 10, 'bash'),
      started(4, 12, 11, 'curl'),
      started(5, 13, 11, 'less'),
      started(6, 14, 1, 'cron'),
    ];
    expect(treeOf(log, 'bash').lines).toEqual([
      '- > pid 0',
      'pid 0 > init',
      'init > sshd',
      'sshd > bash',
      'bash > curl',
      'bash > less',
    ]);
    expect(treeOf(log, 'curl').lines.slice(-2)).toEqual(['bash > curl', 'bash > less']);
  });

  it('tells a pid that is used again by its time', () => {
    const log = [
      started(1, 10, 1, 'first'),
      started(2, 20, 10, 'of-first'),
      ended(3, 10),
      started(60, 10, 1, 'second'),
      started(61, 21, 10, 'of-second'),
    ];
    expect(treeOf(log, 'first').lines).toEqual(['- > pid 1', 'pid 1 > first', 'first > of-first']);
    expect(treeOf(log, 'second').lines).toEqual(['- > pid 1', 'pid 1 > second', 'second > of-second']);
  });

  it('does not give a child to a process that had ended', () => {
    const log = [started(1, 10, 1, 'gone'), ended(2, 10), started(60, 20, 10, 'orphan')];
    expect(treeOf(log, 'gone').lines).toEqual(['- > pid 1', 'pid 1 > gone']);
    expect(treeOf(log, 'orphan').lines).toEqual(['- > pid 10', 'pid 10 > orphan']);
  });

  it('takes two logs of one start as one process, and joins children that name it by id or by pid', () => {
    const own = { 'process.entity_id': '{AB-1}', 'process.command_line': 'wscript x.vbs' };
    const log = [
      started(11, 10, 1, 'wscript'),
      started(10, 10, 1, 'WScript', own),
      started(12, 11, 10, 'by-id', { 'process.entity_id': '{ab-2}', 'process.parent.entity_id': '{ab-1}' }),
      started(13, 12, 10, 'by-pid'),
    ];
    const { lines, nodes } = treeOf(log, 'WScript');
    expect(lines).toEqual(['- > pid 1', 'pid 1 > WScript', 'WScript > by-id', 'WScript > by-pid']);
    expect(nodes[1]).toMatchObject({ entity: 'ab-1', commandLine: 'wscript x.vbs' });
    expect(nodes[1]?.logs).toHaveLength(2);
  });

  it('does not join by pid what the ids tell apart', () => {
    const log = [
      started(1, 10, 1, 'a', { 'process.entity_id': 'a' }),
      started(2, 11, 10, 'child', { 'process.entity_id': 'c', 'process.parent.entity_id': 'b' }),
    ];
    expect(treeOf(log, 'child').lines).toEqual(['- > pid 10', 'pid 10 > child']);
  });

  it('is bounded, and says how many it leaves out', () => {
    const log = [
      started(1, 1, 0, 'root'),
      ...Array.from({ length: 20 }, (_, n) => started(2 + n, 100 + n, 1, `c${n}`)),
    ];
    const { lines, omitted } = treeOf(log, 'root', 10);
    expect([lines.length, omitted]).toEqual([10, 12]);
  });

  it('ends in a circle of parents', () => {
    const log = [
      started(1, 1, 2, 'a', { 'process.entity_id': 'a', 'process.parent.entity_id': 'b' }),
      started(1, 2, 1, 'b', { 'process.entity_id': 'b', 'process.parent.entity_id': 'a' }),
    ];
    expect(treeOf(log, 'a').lines).toHaveLength(2);
  });
});

describe('what an event says of its process', () => {
  const cases: Record<string, [Fields, unknown]> = {
    'nothing without id and pid': [{ 'process.name': 'x' }, undefined],
    'a pid in text': [
      { 'process.pid': '7', 'process.executable': 'C:\\a\\b.exe' },
      { pid: 7, name: 'b.exe' },
    ],
    'arguments where there is no command line': [
      { 'process.pid': 7, 'process.args': ['a', '-b'] },
      { commandLine: 'a -b' },
    ],
  };
  for (const [name, [fields, expected]] of Object.entries(cases))
    it(name, () =>
      expected === undefined
        ? expect(processOf(fields)).toBeUndefined()
        : expect(processOf(fields)).toMatchObject(expected as object),
    );
});
