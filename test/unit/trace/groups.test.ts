import { describe, expect, it } from 'vitest';
import { functionEdges } from '../../../simulator/model/runGraph';
import { criticalPath } from '../../../simulator/trace/criticalPath';
import { relate } from '../../../simulator/trace/relations';
import { taskTiles } from '../../../simulator/trace/taskTiles';
import { Program } from './build';
import { DRIVER } from './synthetic';

/** The script decodes twice; each of two trainings decodes three times more, and one of those fails. */
function trained(): Program {
  const program = new Program();
  const decoded = [0, 1].map((n) => program.ran({ fn: 'decode', at: [n, n + 1, n + 2], bytesOut: 10 }));
  for (const n of [0, 1]) {
    const train = program.ran({
      fn: 'train',
      at: [10, 20, 400],
      deps: [{ task: decoded[n]!, kind: 'argument', bytes: 10 }],
    });
    for (const k of [0, 1, 2]) {
      const times = { at: [30, 40, 140 + k] as [number, number, number] };
      const error = n === 1 && k === 2 ? { error: 'ValueError: no' } : {};
      program.ran({ fn: 'decode', parent: train, ...times, ...error });
    }
  }
  return program;
}

describe('the groups of the task graph', () => {
  it('are a function and who submitted it', () => {
    const { groups, edges } = relate(trained().store).graph;
    expect(groups.map(({ id, functionId, parent }) => [id, functionId, parent])).toEqual([
      ['driver', 'driver', null],
      ['m.decode', 'm.decode', 'driver'],
      ['m.train', 'm.train', 'driver'],
      ['m.decode < m.train', 'm.decode', 'm.train'],
    ]);
    expect(edges).toEqual([
      { from: 'driver', to: 'm.decode', count: 2 },
      { from: 'driver', to: 'm.train', count: 2 },
      { from: 'm.train', to: 'm.decode < m.train', count: 6 },
    ]);
  });

  it('have counts and durations of their own where a function has several', () => {
    const { groups } = relate(trained().store).graph;
    const part = (id: string) => groups.find((group) => group.id === id)!.part;
    expect(part('m.train')).toBeNull();
    expect(part('m.decode')).toMatchObject({ counts: { total: 2, finished: 2, failed: 0 }, p50Ms: 1 });
    expect(part('m.decode < m.train')).toMatchObject({
      counts: { total: 6, finished: 5, failed: 1 },
      p50Ms: 101,
      p95Ms: 102,
    });
  });

  it('give the edges between functions when they are put together', () => {
    expect(functionEdges(relate(trained().store).graph)).toEqual({
      edges: [
        { from: 'driver', to: 'm.decode', count: 2 },
        { from: 'driver', to: 'm.train', count: 2 },
        { from: 'm.train', to: 'm.decode', count: 6 },
      ],
      dataEdges: [{ from: 'm.decode', to: 'm.train', count: 2, bytes: 20 }],
    });
  });

  it('open into tasks of their own, and light up by themselves', () => {
    const { store } = trained();
    expect(taskTiles(store, 'm.decode', 100)).toMatchObject({ total: 2 });
    expect(taskTiles(store, 'm.decode < m.train', 100)).toMatchObject({ total: 6 });
    expect(taskTiles(store, 'm.gone', 100)).toMatchObject({ total: 0 });
    expect(criticalPath(store).groups).toEqual(['m.decode', 'm.train']);
  });

  it('keep what calls itself together, by way of others too', () => {
    const program = new Program();
    let parent = DRIVER;
    for (let depth = 0; depth < 40; depth++)
      parent = program.ran({ fn: depth % 2 === 0 ? 'left' : 'right', at: [depth, depth + 1, 100], parent });
    const { groups, edges } = relate(program.store).graph;
    expect(groups.map(({ id }) => id)).toEqual(['driver', 'm.left', 'm.right']);
    expect(edges).toContainEqual({ from: 'm.right', to: 'm.left', count: 19 });
  });

  it('stay few where call paths are many', () => {
    const program = new Program();
    // Each level submits both of the next one: 2 to the power of the depth paths.
    let level = [DRIVER];
    for (let depth = 0; depth < 10; depth++)
      level = level.flatMap((parent) =>
        ['a', 'b'].map((name) => program.ran({ fn: `${name}${depth}`, at: [depth, depth + 1, 100], parent })),
      );
    const { groups, edges } = relate(program.store).graph;
    expect(groups.length).toBe(1 + 20 + 200);
    expect(edges.reduce((sum, { count }) => sum + count, 0)).toBe(2 ** 11 - 2);
  });

  it('do not change their ids when more is seen', () => {
    const program = new Program();
    program.ran({ fn: 'decode', at: [0, 1, 2] });
    const before = relate(program.store).graph.groups.map(({ id }) => id);
    const train = program.ran({ fn: 'train', at: [3, 4, 5] });
    program.ran({ fn: 'decode', parent: train, at: [4, 5, 6] });
    expect(
      relate(program.store)
        .graph.groups.map(({ id }) => id)
        .slice(0, before.length),
    ).toEqual(before);
  });
});
