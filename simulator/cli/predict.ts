/** `heliostat predict`: what a run or a graph would do on other clusters. A graph needs no engine and no cluster. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { writeAtomic } from '../base/files';
import { locatePaths, makePrivateDir } from '../base/paths';
import { fail } from '../model/failure';
import { countOf } from '../model/format';
import { tellsTimes } from '../model/run';
import type { GraphFile, NodeType, OverheadsName, Prediction, PredictRequest } from '../model/scaling';
import { Forecast } from '../scaling/forecast';
import { fromGraphFile } from '../scaling/fromGraphFile';
import { readGraphFile } from '../scaling/graphFile';
import { predict as predictSizes, type PredictOptions } from '../scaling/predict';
import { pricesIn } from '../scaling/priceFile';
import { USUAL_PRICES } from '../scaling/prices';
import { optionsOf } from '../scaling/request';
import { oneSize, saveTraceAt } from '../scaling/simulatedTrace';
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
  thisMachine: boolean;
  bootSeconds: number;
  gpuRatio?: number;
  deadline?: number;
  budget?: number;
  save?: string;
  json: boolean;
}

/** Returns the exit code: a failure where nothing at all could be predicted. */
export async function predict(run: string | undefined, args: PredictArgs): Promise<number> {
  const request = requestOf(args);
  if (args.thisMachine && (args.deadline !== undefined || args.budget !== undefined))
    fail({
      code: 'bad-request',
      detail: '--deadline and --budget look for a cluster to rent: leave out --this-machine.',
    });
  if (args.deadline !== undefined && args.budget !== undefined)
    fail({
      code: 'bad-request',
      detail: '--deadline and --budget look for one cluster each: ask for one of them at a time.',
    });
  if (args.save !== undefined) oneSize(args.nodes ?? []);
  if (args.graph !== undefined && run === undefined) {
    const asked = forecastOf(args.graph, request);
    if (args.save !== undefined) await saveGraph(asked, path.resolve(args.save));
    return show(predictSizes(asked.forecast, asked.options), args.json);
  }
  if (args.graph !== undefined || run === undefined) {
    fail({ code: 'bad-request', detail: 'Give a run, or a graph with --graph FILE.json; not both.' });
  }
  return withEngine(async (engine) => {
    const { id } = await findRun(engine, run, tellsTimes);
    const topic = `scaling:${id}`;
    const progress = engine.onChanged((changed, done) => {
      if (changed === topic) status(`Predicted ${countOf(done, 'size')}`);
    });
    // The prediction's own end may close the connection before the answer comes.
    const cancel = () => void engine.request('scaling.cancel', null).catch(() => undefined);
    process.once('SIGINT', cancel);
    try {
      await engine.request('watch', { topics: [topic] });
      const prediction = await engine.request('scaling.predict', { ...request, run: id });
      if (args.save !== undefined) {
        const file = path.resolve(args.save);
        await engine.request('scaling.save', { ...request, run: id, path: file });
        saved(file);
      }
      return await show(prediction, args.json);
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

function forecastOf(file: string, request: PredictRequest): { forecast: Forecast; options: PredictOptions } {
  const graph = fromGraphFile(readFile(file), file);
  const host = request.isHere && { host: { cores: cpus().length } };
  const context = { prices: pricesIn(locatePaths().prices), captured: null, backChecks: [], ...host };
  const options = optionsOf(graph, request, context);
  return { forecast: new Forecast(graph, options), options };
}

async function saveGraph({ forecast, options }: ReturnType<typeof forecastOf>, file: string): Promise<void> {
  await saveTraceAt(file, forecast, options.nodes, Date.now());
  saved(file);
}

function saved(file: string): void {
  say(`Wrote ${file}: how it would go, to be opened like any run.`);
}

function readFile(file: string): GraphFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fail({
      code: 'graph-invalid',
      path: file,
      problems: [`It cannot be read: ${(error as Error).message}`],
    });
  }
  return readGraphFile(text, file);
}

function requestOf(args: PredictArgs): PredictRequest {
  return {
    overheads: args.overheads,
    isCold: args.cold,
    isHere: args.thisMachine,
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
