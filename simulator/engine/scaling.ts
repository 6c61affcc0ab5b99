/** Predictions for clients: captures runs, keeps what was predicted beside them, and holds it against later runs. */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import type { Log } from '../base/context';
import { readJson, writeAtomic } from '../base/files';
import { fail } from '../model/failure';
import { type RunInfo, tellsTimes } from '../model/run';
import type {
  BackCheck,
  GraphFile,
  NodeType,
  Prediction,
  PredictRequest,
  WhatIf,
  WhatIfResult,
} from '../model/scaling';
import type { Runs } from '../run/runs';
import { capture, nodeTypesOf, type Captured } from '../scaling/capture';
import { CROWDED } from '../scaling/captureWords';
import { fromGraphFile } from '../scaling/fromGraphFile';
import { checkGraph } from '../scaling/graphFile';
import { overheadsNamed } from '../scaling/overheads';
import { refusedPrediction, type PredictOptions } from '../scaling/predict';
import { pricesIn } from '../scaling/priceFile';
import { DEFAULT_SIZES, optionsOf } from '../scaling/request';
import { adapts, type SizedCounts } from '../scaling/adapts';
import type { TaskGraph } from '../scaling/taskGraph';
import { startFactor } from '../scaling/seenStarts';
import type { Host } from '../scaling/simCluster';
import { toGraphFile } from '../scaling/toGraphFile';
import { countsOf } from '../scaling/runCounts';
import { predictedName } from '../scaling/simulatedTrace';
import { ScalingWorker } from './scalingWorker';

export interface ScalingParts {
  runs: Pick<Runs, 'read' | 'readWhole' | 'list' | 'get' | 'openFile'>;
  runsDir: string;
  pricesFile: string;
  workerFile: string;
  /** So many sizes are done; `about` is a run's id or `graph`. */
  progress(about: string, done: number): void;
  log: Log;
}

/** So many other runs of a script are looked at to see whether its graph changes with the cluster. */
const RUNS_COMPARED = 3;

interface Kept {
  request: PredictRequest;
  prediction: Prediction;
}

export class Scaling {
  private readonly worker: ScalingWorker;
  /** What was asked about last. */
  private last: { key: string; graph: TaskGraph; options: PredictOptions } | null = null;

  constructor(private readonly parts: ScalingParts) {
    this.worker = new ScalingWorker(parts.workerFile);
  }

  /** `caller` is who may cancel it: the client's connection. */
  async predict(request: PredictRequest, caller: object): Promise<Prediction> {
    const asked = await this.prepare(request);
    if ('refusal' in asked) return asked.refusal;
    const { graph, options } = asked;
    const about = request.run ?? 'graph';
    const key = keyOf(request);
    this.last = { key, graph, options };
    const job = { kind: 'predict', key, graph, options } as const;
    const progress = (done: number) => this.parts.progress(about, done);
    const prediction = (await this.worker.run(job, caller, progress)) as Prediction;
    if (request.run) this.keep(request.run, { request, prediction });
    return prediction;
  }

  async whatIf(
    { change, ...request }: PredictRequest & { change: WhatIf },
    caller: object,
  ): Promise<WhatIfResult> {
    const job = { kind: 'whatIf', ...(await this.about(request)), change } as const;
    return (await this.worker.run(job, caller)) as WhatIfResult;
  }

  /** How a run would go on one size, as a trace file that is then opened. */
  async save(
    { path: wanted, ...request }: PredictRequest & { run: string; path?: string },
    caller: object,
  ): Promise<RunInfo> {
    const run = this.parts.runs.get(request.run);
    const about = await this.about(request);
    const name = predictedName(run.script, about.options.nodes);
    const file = wanted ?? path.join(this.parts.runsDir, run.id, name);
    const startMs = run.startMs ?? run.createdMs;
    await this.worker.run({ kind: 'save', ...about, file, startMs }, caller);
    return this.parts.runs.openFile(file);
  }

  /** What a question after a prediction is about; fails as `prediction-impossible`. */
  private async about(
    request: PredictRequest,
  ): Promise<{ key: string; graph: TaskGraph; options: PredictOptions }> {
    const key = keyOf(request);
    // What was captured for the prediction still holds for what is asked about it: a run that has ended does not change.
    const asked = this.last?.key === key ? this.last : await this.prepare(request);
    if ('refusal' in asked)
      return fail({ code: 'prediction-impossible', detail: asked.refusal.refused.join('\n') });
    const { graph } = asked;
    const options = { ...asked.options, nodes: request.nodes ?? DEFAULT_SIZES };
    this.last = { key, graph, options };
    return this.last;
  }

  cancel(caller: object): null {
    this.worker.cancel(caller);
    return null;
  }

  /** The tasks of a run, to be rehearsed on this machine: those on a GPU sleep as long as they took here. */
  async graph(run: string): Promise<{ graph: GraphFile; notes: string[] }> {
    const { graph, refused } = await this.captured(this.parts.runs.get(run).id, { isHere: true });
    const written = graph && toGraphFile(graph);
    const reasons = [...refused, ...(written?.refused ?? [])];
    if (written === null || reasons.length > 0)
      return fail({ code: 'rehearsal-impossible', detail: reasons.join('\n') });
    return { graph: written.file, notes: written.notes };
  }

  backChecks(run: string | undefined): BackCheck[] {
    return this.checksOf(run === undefined ? this.parts.runs.list() : [this.parts.runs.get(run)]);
  }

  /** Lays what was predicted from earlier runs of the same script over one that has ended. */
  async runEnded(run: RunInfo): Promise<void> {
    if (!isMeasured(run) || existsSync(path.join(this.parts.runsDir, run.id, 'backcheck.json'))) return;
    try {
      const check = await this.checkAgainst(run);
      if (check) writeAtomic(path.join(this.parts.runsDir, run.id, 'backcheck.json'), JSON.stringify(check));
    } catch (error) {
      this.parts.log.warn(`The prediction for ${run.script} was not checked: ${String(error)}`);
    }
  }

  private async checkAgainst(run: RunInfo): Promise<BackCheck | null> {
    const found = this.predictedBefore(run);
    if (!found) return null;
    const { earlier, request } = found;
    const typesOf = (id: string) => this.parts.runs.read(id, nodeTypesOf);
    if (sameTypes(await typesOf(run.id), await typesOf(earlier.id))) return null;
    const isHere = run.backend !== null && run.backend !== 'remote';
    const { gpuRatio, ...others } = request;
    const there: PredictRequest = { ...others, isHere, ...(!isHere && { gpuRatio }) };
    const ended = await this.captured(run.id, there);
    const before = await this.captured(earlier.id, there);
    if (ended.graph === null || before.graph === null) return null;
    const nodes = ended.types.reduce((sum, { count }) => sum + (count ?? 1), 0);
    const asked: PredictRequest = { ...there, types: ended.types, nodes: [1] };
    const options = this.options(before.graph, asked, before, earlier, this.isFirstOfCluster(run));
    const job = { kind: 'predict', key: keyOf(asked), graph: before.graph, options } as const;
    const { points } = (await this.worker.run(job, null)) as Prediction;
    const point = points[0];
    if (!point) return null;
    return {
      fromRun: earlier.id,
      run: run.id,
      nodes,
      predictedMs: point.timeMs,
      lowMs: point.lowMs,
      highMs: point.highMs,
      measuredMs: ended.measuredMs,
      errorPct: ((point.timeMs - ended.measuredMs) / ended.measuredMs) * 100,
      isCrowded: (ended.crowding ?? 0) - point.crowding > CROWDED,
    };
  }

  private isFirstOfCluster({ clusterId, createdMs }: RunInfo): boolean {
    return !this.parts.runs.list().some((one) => one.clusterId === clusterId && one.createdMs < createdMs);
  }

  /** The newest earlier run of the script that was predicted from, and what was asked. */
  private predictedBefore(run: RunInfo): { earlier: RunInfo; request: PredictRequest } | null {
    for (const earlier of this.parts.runs.list()) {
      if (!isLike(earlier, run) || earlier.createdMs >= run.createdMs) continue;
      if (!isMeasured(earlier)) continue;
      const kept = this.kept(earlier.id);
      if (kept) return { earlier, request: kept.request };
    }
    return null;
  }

  private async prepare(
    request: PredictRequest,
  ): Promise<{ graph: TaskGraph; options: PredictOptions } | { refusal: Prediction }> {
    if (request.run === undefined) {
      const graph = fromGraphFile(checkGraph(request.graph, 'the graph'), 'the graph');
      return { graph, options: this.options(graph, request, null, null) };
    }
    const run = this.parts.runs.get(request.run);
    const captured = await this.captured(run.id, request);
    const refused = [...captured.refused, ...(captured.graph ? await this.adaptations(run) : [])];
    if (captured.graph === null || refused.length > 0) {
      const { needsGpuRatio, assumptions, seen } = captured;
      return { refusal: { ...refusedPrediction(refused, seen), needsGpuRatio, assumptions } };
    }
    return { graph: captured.graph, options: this.options(captured.graph, request, captured, run) };
  }

  private captured(run: string, request: PredictRequest): Promise<Captured> {
    const costs = overheadsNamed(request.overheads ?? 'measured');
    const { state, backend, debugged = false } = this.parts.runs.get(run);
    const { kind } = state;
    const endedEarly = kind === 'cancelled' || kind === 'failed' ? kind : undefined;
    // What plays a GPU here is as fast as it was.
    const gpuRatio = request.gpuRatio ?? (request.isHere ? 1 : null);
    const isOneMachine = backend !== null && backend !== 'remote';
    const options = { gpuRatio, costs, debugged, isOneMachine, ...(endedEarly && { endedEarly }) };
    return this.parts.runs.readWhole(run, (store) => capture(store, options));
  }

  private options(
    graph: TaskGraph,
    request: PredictRequest,
    captured: Captured | null,
    run: RunInfo | null,
    isFirstJob = false,
  ): PredictOptions {
    const like = this.parts.runs.list().filter((one) => run !== null && isLike(one, run));
    const backChecks = this.checksOf(like);
    const prices = pricesIn(this.parts.pricesFile);
    const host = request.isHere && { host: { ...this.here(captured, run), isFirstJob } };
    return optionsOf(graph, request, { prices, captured, backChecks, ...host });
  }

  /** This machine, as slow at starting workers as it was in a run on it. */
  private here(captured: Captured | null, run: RunInfo | null): Host {
    const host = { cores: cpus().length };
    if (captured === null || run === null || run.backend === 'remote') return host;
    const cpusOf = captured.types.flatMap((type) => new Array<number>(type.count ?? 1).fill(type.cpus));
    const then = { ...host, isFirstJob: this.isFirstOfCluster(run) };
    return { ...host, startFactor: startFactor(captured.place, cpusOf, then, overheadsNamed('measured')) };
  }

  /** Words for each function whose number of tasks was another on clusters of another size. */
  private async adaptations(run: RunInfo): Promise<string[]> {
    if (!isMeasured(run)) return [];
    const others = this.parts.runs
      .list()
      .filter((one) => isLike(one, run) && one.id !== run.id && isMeasured(one))
      .slice(0, RUNS_COMPARED);
    const counts: (SizedCounts | null)[] = [];
    for (const { id } of [run, ...others]) counts.push(await this.parts.runs.readWhole(id, countsOf));
    return adapts(counts.filter((one) => one !== null));
  }

  private checksOf(runs: readonly RunInfo[]): BackCheck[] {
    return runs.flatMap(({ id }) => {
      const check = readJson(path.join(this.parts.runsDir, id, 'backcheck.json')) as BackCheck | null;
      return check === null ? [] : [check];
    });
  }

  private kept(run: string): Kept | null {
    return readJson(path.join(this.parts.runsDir, run, 'prediction.json')) as Kept | null;
  }

  private keep(run: string, kept: Kept): void {
    writeAtomic(path.join(this.parts.runsDir, run, 'prediction.json'), JSON.stringify(kept));
  }
}

/** What was cut short, was run again alone or was held by a debugger says nothing of how long the whole takes. */
function isMeasured(run: RunInfo): boolean {
  return run.state.kind === 'succeeded' && tellsTimes(run);
}

/** The same script with the same arguments: another's times say nothing of it. */
function isLike(one: RunInfo, other: RunInfo): boolean {
  return one.script === other.script && one.args.join('\0') === other.args.join('\0');
}

/** Equal for questions about the same graph on the same kinds of nodes, of whatever sizes. */
function keyOf(request: PredictRequest): string {
  return JSON.stringify({ ...request, nodes: undefined });
}

function sameTypes(a: NodeType[], b: NodeType[]): boolean {
  const shape = (types: NodeType[]) =>
    types.map(({ cpus, gpus, count }) => `${cpus}/${gpus}/${count}`).join();
  return shape(a) === shape(b);
}
