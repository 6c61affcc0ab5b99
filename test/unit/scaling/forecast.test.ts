/** What is predicted where chance decides between courses. */
import { describe, expect, it } from 'vitest';
import type { NodeType } from '../../../simulator/model/scaling';
import { Forecast } from '../../../simulator/scaling/forecast';
import { predictGraph } from '../../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { simulate } from '../../../simulator/scaling/simulation';
import { fanOut, graphOf, nodeOf } from './build';

const CONTEXT = { prices: USUAL_PRICES, captured: null, backChecks: [] };
const COURSES = 25;

/** Which function a node looks at first, and when nodes hear of each other, is left to chance. */
function manyFunctions(): Forecast {
  const first = fanOut(50).map((task, at) => ({ ...task, name: `first ${at % 3}`, durationMs: 60 + 7 * at }));
  const then = fanOut(20).map((_, at) => ({
    ...{ id: `t${at}`, name: `then ${at % 2}`, durationMs: 150 + 31 * at },
    deps: [`f${at}`, `f${49 - at}`],
  }));
  const graph = graphOf([...first, ...then]);
  return new Forecast(graph, optionsOf(graph, { nodes: [1] }, CONTEXT));
}

describe('what is predicted for a size', () => {
  it('is the mean of the middle half of several courses, and the course that is shown is the nearest to it', () => {
    const forecast = manyFunctions();
    const cluster = forecast.cluster(2);
    const times = Array.from(
      { length: COURSES },
      (_, at) => simulate(forecast.input(cluster, at + 1)).timeMs,
    ).sort((a, b) => a - b);
    const spreadMs = times.at(-1)! - times[0]!;
    expect(spreadMs).toBeGreaterThan(20);
    // Of 25 the middle half are twelve and a half: a quarter less than whole at each end.
    const inner = times.slice(6, 19);
    const outerMs = inner[0]! + inner.at(-1)!;
    const middleMs = (inner.reduce((sum, ms) => sum + ms, 0) - outerMs / 4) / 12.5;
    const { timeMs, result, firstMs } = forecast.middle(cluster);
    expect(timeMs).toBeCloseTo(middleMs, 6);
    const nearestMs = Math.min(...times.map((ms) => Math.abs(ms - middleMs)));
    expect(Math.abs(result.timeMs - middleMs)).toBeCloseTo(nearestMs, 6);
    expect(firstMs).toBe(forecast.simulate(cluster).timeMs);
  });

  it('is one replay where nothing is left to chance', () => {
    const graph = graphOf(fanOut(40));
    const forecast = new Forecast(graph, optionsOf(graph, { nodes: [1], overheads: 'none' }, CONTEXT));
    const { timeMs, result } = forecast.middle(forecast.cluster(1));
    expect(timeMs).toBe(result.timeMs);
  });
});

describe('the sizes that are predicted', () => {
  const predicted = (types: NodeType[], more: object = {}) => {
    const graph = graphOf(fanOut(40));
    return predictGraph(graph, optionsOf(graph, { types, nodes: [1, 2], ...more }, CONTEXT));
  };

  it('are one where each node type has a count', () => {
    const { points, assumptions } = predicted([nodeOf(4, 0, { count: 2 })]);
    expect(points).toMatchObject([{ nodes: 2, cpus: 8, efficiency: 1 }]);
    expect(assumptions).toContain('Each node type has a count, so that there is one size.');
  });

  it('are of each kind where there are two', () => {
    const { points, assumptions } = predicted([nodeOf(4), nodeOf(2, 1)]);
    expect(points).toMatchObject([
      { nodes: 1, cpus: 6, gpus: 1 },
      { nodes: 2, cpus: 12, gpus: 2 },
    ]);
    expect(assumptions).toContain(
      'A number of nodes is that of each kind: so many with 4 CPUs, and so many with 2 CPUs and 1 GPU.',
    );
  });

  it('cost what their nodes do from the start of the run on', () => {
    const bootMs = 300_000;
    const type = nodeOf(4, 0, { pricePerHour: 36 });
    const { points, choice } = predicted([type], { bootMs, deadlineMs: 5_000 });
    for (const { cost, timeMs, nodes } of points) expect(cost! / nodes).toBeCloseTo(timeMs / 100_000, 6);
    expect(points[0]!.timeMs).toBeLessThan(5_000);
    expect(choice!.best!.timeMs).toBeLessThan(5_000);
  });
});
