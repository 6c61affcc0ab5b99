/** `heliostat predict`: what a run or a graph would do on other clusters. A graph needs no engine and no cluster. */
import { existsSync, readFileSync } from 'node:fs';
import { writeAtomic } from '../base/files';
import { locatePaths, makePrivateDir } from '../base/paths';
import { fail } from '../model/failure';
import type { GraphFile, NodeType, OverheadsName, Prediction, PredictRequest } from '../model/scaling';
import { fromGraphFile } from '../scaling/fromGraphFile';
import { readGraphFile } from '../scaling/graphFile';
import { predictGraph } from '../scaling/predict';
import { pricesIn } from '../scaling/priceFile';
import { USUAL_PRICES } from '../scaling/prices';
import { optionsOf } from '../scaling/request';
import { describePrediction } from './predictionText';
import { findRun } from './findRun';
import { withEngine } from './session';
import { EXIT, print, say, status } from './terminal';

export interface PredictArgs {
  graph?: string;
  nodes?: number[];
  nodeType?: NodeType[];
  overheads: OverheadsName;
  gbit?: number;
  cold: boolean;
  bootSeconds: number;
  gpuRatio?: number;
  deadline?: number;
  budget?: number;
  json: boolean;
}

/** Returns the exit code: a failure where nothing at all could be predicted. */
export async function predict(run: string | undefined, args: PredictArgs): Promise<number> {
  const request = requestOf(args);
  if (args.graph !== undefined && run === undefined) return show(predictFile(args.graph, request), args.json);
  if (args.graph !== undefined || run === undefined) {
    fail({ code: 'bad-request', detail: 'Give a run, or a graph with --graph FILE.json; not both.' });
  }
  return withEngine(async (engine) => {
    const { id } = await findRun(engine, run);
    const topic = `scaling:${id}`;
    const progress = engine.onChanged((changed, done) => {
      if (changed === topic) status(`${done} sizes are predicted`);
    });
    // The prediction's own end may close the connection before the answer comes.
    const cancel = () => void engine.request('scaling.cancel', null).catch(() => undefined);
    process.once('SIGINT', cancel);
    try {
      await engine.request('watch', { topics: [topic] });
      return await show(await engine.request('scaling.predict', { ...request, run: id }), args.json);
    } finally {
      process.off('SIGINT', cancel);
      progress.dispose();
    }
  });
}

/** Where the prices lie, which are written there for editing where they are not yet. */
export async function showPrices(): Promise<number> {
  const paths = locatePaths();
  if (!existsSync(paths.prices)) {
    makePrivateDir(paths.home);
    writeAtomic(paths.prices, `${JSON.stringify(USUAL_PRICES, null, 2)}\n`);
  }
  await print(`${paths.prices}\n`);
  say(`${pricesIn(paths.prices).source}. Edit the file to change them.`);
  return EXIT.ok;
}

function predictFile(path: string, request: PredictRequest): Prediction {
  const graph = fromGraphFile(readFile(path), path);
  const context = { prices: pricesIn(locatePaths().prices), captured: null, backChecks: [] };
  return predictGraph(graph, optionsOf(graph, request, context));
}

function readFile(path: string): GraphFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return fail({
      code: 'graph-invalid',
      path,
      problems: [`It cannot be read: ${(error as Error).message}`],
    });
  }
  return readGraphFile(text, path);
}

function requestOf(args: PredictArgs): PredictRequest {
  return {
    overheads: args.overheads,
    isCold: args.cold,
    bootMs: args.bootSeconds * 1000,
    ...(args.nodes && { nodes: args.nodes }),
    ...(args.nodeType && { types: args.nodeType }),
    ...(args.gbit !== undefined && { gbit: args.gbit }),
    ...(args.gpuRatio !== undefined && { gpuRatio: args.gpuRatio }),
    ...(args.deadline !== undefined && { deadlineMs: args.deadline }),
    ...(args.budget !== undefined && { budget: args.budget }),
  };
}

async function show(prediction: Prediction, isJson: boolean): Promise<number> {
  if (isJson) await print(`${JSON.stringify(prediction, null, 2)}\n`);
  else await describePrediction(prediction);
  return prediction.points.length > 0 ? EXIT.ok : EXIT.failure;
}
