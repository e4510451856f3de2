import { describe, expect, it } from 'vitest';
import type { GraphEdge, GraphNode, TreeNode } from './answers.js';
import { queryOf } from './chosen.js';
import { layOut, pathOf } from './layout.js';
import { nodeNamed, Trace } from './trace.svelte.js';
import { moveOf, rowsOf } from './tree.js';
import { viewOf } from './views.js';
import { parseQuery } from '#kernel/query/parse.js';

const process = (id: string, parent?: string, startMs = 0): TreeNode => ({
  ...{ id, name: id, host: 'h', logs: [], alerts: [], startMs },
  ...(parent && { parent }),
});
const tree = [process('a'), process('c', 'a', 2), process('b', 'a', 1), process('d', 'c', 3)];
const node = (id: string): GraphNode => ({ id, kind: 'host', value: id });
const edge = (from: string, to: string): GraphEdge => ({ from, to, kind: 'connected', count: 1 });

describe('rows of the tree', () => {
  it('go depth first, children by their start', () =>
    expect(rowsOf(tree, new Set()).map(({ node: one, level }) => `${level}${one.id}`)).toEqual([
      '1a',
      '2b',
      '2c',
      '3d',
    ]));
  it('hide what is below a closed one', () =>
    expect(rowsOf(tree, new Set(['c'])).map(({ node: one }) => one.id)).toEqual(['a', 'b', 'c']));
  it('show a process whose parent is not here, and end in a circle', () => {
    expect(rowsOf([process('x', 'gone')], new Set())).toHaveLength(1);
    expect(rowsOf([process('x', 'y'), process('y', 'x')], new Set())).toHaveLength(0);
  });
  const moves: [string, string, string, unknown][] = [
    ['down', 'a', 'ArrowDown', { kind: 'go', id: 'b' }],
    ['up', 'b', 'ArrowUp', { kind: 'go', id: 'a' }],
    ['into an open one', 'c', 'ArrowRight', { kind: 'go', id: 'd' }],
    ['closes', 'c', 'ArrowLeft', { kind: 'close', id: 'c' }],
    ['to the parent', 'd', 'ArrowLeft', { kind: 'go', id: 'c' }],
    ['to the end', 'a', 'End', { kind: 'go', id: 'd' }],
    ['a leaf opens nothing', 'd', 'ArrowRight', undefined],
  ];
  for (const [name, at, key, expected] of moves)
    it(name, () => expect(moveOf(rowsOf(tree, new Set()), at, key)).toEqual(expected));
});

describe('the layout', () => {
  it('has a column for each step, and no two boxes in one place', () => {
    const nodes = ['a', 'b', 'c', 'd'].map(node);
    const depth = new Map([
      ['b', 1],
      ['c', 1],
      ['d', 2],
    ]);
    const { nodes: placed, width } = layOut(nodes, [edge('a', 'c'), edge('c', 'd')], depth);
    expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(4);
    expect(new Set(placed.map(({ x }) => x)).size).toBe(3);
    expect(Math.max(...placed.map(({ x }) => x))).toBeLessThan(width);
    // The neighbour of what came before stands first.
    expect(
      placed.filter(({ x }) => x === placed[1]?.x).sort((one, other) => one.y - other.y)[0]?.node.id,
    ).toBe('c');
    expect(pathOf(placed[0]!, placed[1]!).d).toMatch(/^M/);
  });
});

describe('a trace', () => {
  const door = {
    get: async (path: string) => ({
      ok: true,
      value:
        path === '/trace/start'
          ? {
              event: {},
              atMs: 0,
              process: true,
              alert: { id: 'x' },
              nodes: [{ ...node('alert:x'), kind: 'alert' }, node('host:h')],
              edges: [],
            }
          : { nodes: [], truncated: false, omitted: 0 },
    }),
    post: async () => ({
      ok: true,
      value: {
        nodes: [node('host:n'), node('host:h')],
        edges: [edge('host:h', 'host:n'), edge('host:h', 'host:unknown')],
        truncated: true,
        partial: false,
      },
    }),
  };
  it('grows what the address names, keeps columns, and drops edges to nothing', async () => {
    const trace = new Trace(door as never);
    await trace.begin({ alert: 'x' }, 24, ['host:h']);
    expect([...trace.depth]).toEqual([
      ['alert:x', 0],
      ['host:h', 1],
      ['host:n', 2],
    ]);
    expect([...trace.edges.keys()]).toEqual(['host:h connected host:n']);
    expect([trace.truncated, trace.grown.has('host:h')]).toEqual([true, true]);
  });
  it('takes only names of kinds that exist', () => {
    expect(nodeNamed('ip:2001:db8::1')).toEqual({ id: 'ip:2001:db8::1', kind: 'ip', value: '2001:db8::1' });
    expect(nodeNamed('planet:mars')).toBeUndefined();
  });
  it('asks for the logs of a node in words that the language reads', () => {
    const query = queryOf({ id: '', kind: 'process', value: 'C:\\a "b"\\c.exe' }) ?? '';
    expect(parseQuery(query).ok).toBe(true);
  });
  it('begins with the graph where there is no tree', () => {
    expect([
      viewOf(null, undefined, false),
      viewOf(null, { process: false } as never, false),
      viewOf(null, { process: false } as never, true),
      viewOf('graph', { process: false } as never, true),
    ]).toEqual(['tree', 'graph', 'list', 'graph']);
  });
});
