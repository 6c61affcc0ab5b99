/** `heliostat predict`: what a run or a graph would do on other clusters. A graph needs no engine and no cluster. */
import { readFile } from 'node:fs/promises';
import { fail } from '../model/failure';
import type { NodeType, OverheadsName, Prediction, ScalingPoint } from '../model/scaling';
import { fromGraphFile } from '../scaling/fromGraphFile';
import { readGraphFile } from '../scaling/graphFile';
import { GIGABIT_BYTES_PER_MS } from '../scaling/simCluster';
import { predictGraph, type PredictOptions } from '../scaling/predict';
import type { TaskGraph } from '../scaling/taskGraph';
import { duration, percent, table } from './format';
import { EXIT, print, say, style } from './terminal';

export interface PredictArgs {
  graph?: string;
  nodes?: number[];
  nodeType?: NodeType[];
  overheads: OverheadsName;
  gbit: number;
  cold: boolean;
  bootSeconds: number;
  json: boolean;
}

const DEFAULT_SIZES = [1, 2, 4, 8, 16];
const DEFAULT_CPUS = 8;
/** Of a local SSD, where objects are spilled to. */
const DISK_BYTES_PER_MS = 500_000;

export async function predict(run: string | undefined, args: PredictArgs): Promise<number> {
  if (args.graph === undefined || run !== undefined) {
    fail({ code: 'bad-request', detail: 'Give a graph: heliostat predict --graph FILE.json' });
  }
  const path = args.graph;
  const text = await readFile(path, 'utf8').catch((error: Error) =>
    fail({ code: 'graph-invalid', path, problems: [`It cannot be read: ${error.message}`] }),
  );
  const graph = fromGraphFile(readGraphFile(text, path), path);
  await show(predictGraph(graph, optionsOf(graph, args)), args.json);
  return EXIT.ok;
}

function optionsOf(graph: TaskGraph, args: PredictArgs): PredictOptions {
  const isFree = args.overheads === 'none';
  return {
    nodes: args.nodes ?? DEFAULT_SIZES,
    types: args.nodeType ?? [usualType(graph)],
    overheads: args.overheads,
    nicBytesPerMs: isFree ? Infinity : args.gbit * GIGABIT_BYTES_PER_MS,
    diskBytesPerMs: isFree ? Infinity : DISK_BYTES_PER_MS,
    isWarm: !args.cold,
    bootMs: args.bootSeconds * 1000,
  };
}

/** Where no node type is given: one that can hold every task. */
function usualType(graph: TaskGraph): NodeType {
  const cpus = Math.max(DEFAULT_CPUS, ...graph.shapes.map((shape) => Math.ceil(shape.cpus)));
  const gpus = Math.max(0, ...graph.shapes.map((shape) => Math.ceil(shape.gpus)));
  const resources = Object.assign({}, ...graph.shapes.map(({ custom }) => custom)) as Record<string, number>;
  return { name: 'node', cpus, gpus, memoryBytes: 0, resources, pricePerHour: null, count: null };
}

async function show(prediction: Prediction, isJson: boolean): Promise<void> {
  if (isJson) {
    await print(`${JSON.stringify(prediction, null, 2)}\n`);
    return;
  }
  const header = ['nodes', 'CPUs', 'GPUs', 'time', '90 %', 'speed-up', 'efficiency', 'cost', 'held back by'];
  if (prediction.points.length > 0) {
    await print(`${table(header, prediction.points.map(row), [0, 1, 2, 3, 5, 6, 7])}\n`);
  }
  for (const words of prediction.refused) say(style(words, 'yellow'));
  for (const words of prediction.assumptions) say(style(`Assumed: ${words}`, 'dim'));
}

function row(point: ScalingPoint): string[] {
  return [
    String(point.nodes),
    String(point.cpus),
    String(point.gpus),
    duration(point.timeMs),
    `${duration(point.lowMs)} … ${duration(point.highMs)}`,
    point.speedup.toFixed(2),
    percent(point.efficiency * 100),
    point.cost === null ? '' : point.cost.toFixed(point.cost < 1 ? 4 : 2),
    point.bottlenecks
      .map(({ name, gainPct, where }) => `${name} ${gainPct.toFixed(0)} %${where ? `: ${where}` : ''}`)
      .join('; '),
  ];
}
