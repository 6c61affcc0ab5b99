/** A run that has ended, and predictions as the engine makes them from a graph of ingest and training. */
import type { GraphTask, Prediction } from '../../simulator/model/scaling';
import type { Params } from '../../simulator/protocol';
import { Forecast } from '../../simulator/scaling/forecast';
import { fromGraphFile } from '../../simulator/scaling/fromGraphFile';
import { predictGraph } from '../../simulator/scaling/predict';
import { USUAL_PRICES } from '../../simulator/scaling/prices';
import { optionsOf } from '../../simulator/scaling/request';
import { whatIf } from '../../simulator/scaling/whatIf';
import { textLog, type PlaybackEngine } from './playback';
import * as sample from './sampleRun';
import { pipelineTrace } from './sampleTrace';

const task = (one: Partial<GraphTask> & Pick<GraphTask, 'id' | 'name' | 'durationMs'>): GraphTask => ({
  cpus: 1,
  gpus: 0,
  outputBytes: 2_000_000,
  deps: [],
  ...one,
});
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const TASKS = numbers(150).flatMap((step) => [
  ...numbers(6).map((i) =>
    task({ id: `d${step}-${i}`, name: 'decode', durationMs: 900 + ((step * 7 + i * 13) % 400) }),
  ),
  task({
    id: `t${step}`,
    name: 'train',
    durationMs: 120,
    cpus: 0,
    gpus: 1,
    deps: [...numbers(6).map((i) => `d${step}-${i}`), ...(step > 0 ? [`t${step - 1}`] : [])],
  }),
]);
export const GRAPH = fromGraphFile({ tasks: TASKS }, 'sample');
const TYPES = [
  { name: 'g5.xlarge', cpus: 4, gpus: 1, memoryBytes: 16e9, resources: {}, pricePerHour: 1.006, count: null },
];
export const optionsFor = (params: Params<'scaling.predict'>) =>
  optionsOf(GRAPH, { ...params, types: TYPES }, { prices: USUAL_PRICES, captured: null, backChecks: [] });
export const PREDICTION: Prediction = {
  ...predictGraph(GRAPH, optionsFor({ nodes: [1, 2, 4, 8, 16, 32, 64] })),
  replay: { measuredMs: 84_200, predictedMs: 83_100, errorPct: -1.3 },
};

export function playScaling(engine: PlaybackEngine): void {
  engine.log = textLog(sample.LOG_TEXT);
  engine.trace = pipelineTrace();
  engine.scaling = {
    predict: (params) =>
      params.deadlineMs === undefined && params.budget === undefined
        ? PREDICTION
        : { ...PREDICTION, choice: predictGraph(GRAPH, optionsFor({ ...params, nodes: [1] })).choice },
    whatIf: ({ change, ...params }) =>
      whatIf(new Forecast(GRAPH, optionsFor(params)), change, params.nodes ?? []),
  };
  engine.show(
    sample.tracedView(engine.trace, { state: { kind: 'succeeded' }, endMs: sample.START_MS + 84_200 }),
  );
}
