/** The engine's own server with answers that were prepared: the boundary at which the page is tested. */
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '../../simulator/base/context';
import { EngineServer, type Handlers } from '../../simulator/engine/server';
import { viewHandlers } from '../../simulator/engine/viewHandlers';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { fail } from '../../simulator/model/failure';
import type { RunInfo } from '../../simulator/model/run';
import type { RunView } from '../../simulator/model/trace';
import { START_MS } from './sampleRun';
import { compareRuns, type ComparedRun } from '../../simulator/trace/compare';
import { TraceStore } from '../../simulator/trace/traceStore';
import {
  PROTOCOL_VERSION,
  type LogPiece,
  type Method,
  type Params,
  type Result,
} from '../../simulator/protocol';

export const SECRET = 'a-secret-of-the-test';

/** A log of which any piece can be had. */
export interface PlaybackLog {
  sizeBytes: number;
  /** So much of its beginning is Ray's and never given out. */
  preambleBytes?: number;
  read(from: number, to: number): string;
}

export function textLog(text: string): PlaybackLog {
  const bytes = Buffer.from(text);
  return { sizeBytes: bytes.length, read: (from, to) => bytes.subarray(from, to).toString('utf8') };
}

/** Bundles the page once; returns the folder that holds it. */
export async function buildPage(): Promise<string> {
  const outdir = mkdtempSync(path.join(tmpdir(), 'heliostat-page-'));
  await build({
    entryPoints: { webview: 'webview/main.ts' },
    outdir,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  return outdir;
}

export function removePage(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

export class PlaybackEngine {
  readonly asked: { method: Method; params: unknown }[] = [];
  view: RunView | null = null;
  runs: RunInfo[] = [];
  clusters: ClusterInfo[] = [];
  /** What the views beyond the snapshot are drawn from. */
  trace = new TraceStore();
  /** Runs that the one that is shown can be compared with, by id. */
  earlier = new Map<string, ComparedRun>();
  /** By the clock of the runs that are shown. */
  nowMs = START_MS + 74_000;
  log: PlaybackLog = textLog('');
  /** What answers questions about other clusters; absent they are refused. */
  scaling: {
    predict(
      params: Params<'scaling.predict'>,
    ): Result<'scaling.predict'> | Promise<Result<'scaling.predict'>>;
    whatIf(params: Params<'scaling.whatIf'>): Result<'scaling.whatIf'>;
  } | null = null;
  /** What a size that is opened as a run becomes; null is refused. */
  saved: RunInfo | null = null;
  private server: EngineServer | null = null;
  private port = 0;

  constructor(private readonly pageDir: string) {}

  /** Listens again on the port it had, if it had one. */
  async start(): Promise<void> {
    this.server = new EngineServer({
      secret: SECRET,
      pageDir: this.pageDir,
      log: silentLog,
      handlers: this.handlers(),
      debug: () => undefined,
      onConnections: () => undefined,
    });
    this.port = await this.server.listen(this.port);
  }

  stop(): void {
    this.server?.close();
    this.server = null;
  }

  address(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Shows another snapshot of the run, with the log's present size. */
  show(view: RunView): void {
    this.view = { ...view, version: (this.view?.version ?? 0) + 1, logSizeBytes: this.log.sizeBytes };
    this.server?.changed(`run:${view.run.id}`, this.view.version);
  }

  listsChanged(): void {
    this.server?.changed('runs', this.asked.length);
    this.server?.changed('clusters', this.asked.length);
  }

  /** The last params of a method; undefined when it was never asked for. */
  lastAsked(method: Method): unknown {
    return this.asked.findLast((one) => one.method === method)?.params;
  }

  private handlers(): Handlers {
    const note = (method: Method, params: unknown): void => {
      this.asked.push({ method, params });
    };
    const refuse = (): never => fail({ code: 'bad-request', detail: 'The playback does not answer this.' });
    return {
      hello: (params) => {
        note('hello', params);
        return {
          protocol: PROTOCOL_VERSION,
          version: 'playback',
          pid: process.pid,
          logPath: '',
          url: this.address(''),
        };
      },
      leave: refuse,
      watch: (params, connection) => {
        note('watch', params);
        connection.topics = new Set(params.topics);
        return null;
      },
      backends: refuse,
      doctor: refuse,
      'script.check': refuse,
      'clusters.list': () => this.clusters,
      'clusters.start': refuse,
      'clusters.stop': (params) => {
        note('clusters.stop', params);
        return null;
      },
      'clusters.fault': (params) => {
        note('clusters.fault', params);
        return { words: 'Done.' };
      },
      'clusters.scale': refuse,
      'clusters.log': refuse,
      'clusters.token': refuse,
      'runs.list': () => this.runs,
      'runs.start': refuse,
      'runs.kept': () => [],
      'runs.replay': refuse,
      'runs.cancel': (params) => {
        note('runs.cancel', params);
        return null;
      },
      'runs.remove': refuse,
      'runs.get': refuse,
      'runs.view': (params) => {
        note('runs.view', params);
        if (this.view?.run.id !== params.id) return fail({ code: 'run-not-found', id: params.id });
        return params.since === this.view.version ? null : this.view;
      },
      'runs.log': (params) => {
        note('runs.log', params);
        return this.logPiece(params.from, params.maxBytes);
      },
      'runs.tasks': refuse,
      'runs.openFile': refuse,
      'scaling.predict': (params) => {
        note('scaling.predict', params);
        return this.scaling?.predict(params) ?? refuse();
      },
      'scaling.whatIf': (params) => {
        note('scaling.whatIf', params);
        return this.scaling?.whatIf(params) ?? refuse();
      },
      'scaling.save': (params) => {
        note('scaling.save', params);
        return this.saved ?? refuse();
      },
      'scaling.cancel': () => null,
      'scaling.graph': refuse,
      'scaling.backChecks': () => [],
      ...this.views(),
      'runs.export': refuse,
      'runs.compare': (params) => {
        note('runs.compare', params);
        const [a, b] = [this.earlier.get(params.a), this.view?.run];
        return a && b ? compareRuns(a, { info: b, store: this.trace }) : refuse();
      },
    };
  }

  private views(): ReturnType<typeof viewHandlers> {
    const handlers = viewHandlers(
      {
        read: (_id, ask) => {
          const run = this.view?.run;
          return run ? Promise.resolve(ask(this.trace, run)) : Promise.reject(new Error('No run is shown.'));
        },
      },
      () => this.nowMs,
    );
    return {
      ...handlers,
      'runs.timeline': (params, connection) => {
        this.asked.push({ method: 'runs.timeline', params });
        return handlers['runs.timeline'](params, connection);
      },
    };
  }

  private logPiece(from: number, maxBytes: number): LogPiece {
    const { sizeBytes } = this.log;
    const start = from < 0 ? Math.max(0, sizeBytes + from) : Math.max(from, this.log.preambleBytes ?? 0);
    const fromByte = Math.min(start, sizeBytes);
    const nextByte = Math.min(sizeBytes, fromByte + maxBytes);
    return { text: this.log.read(fromByte, nextByte), fromByte, nextByte, totalBytes: sizeBytes };
  }
}
