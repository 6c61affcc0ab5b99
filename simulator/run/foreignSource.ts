/**
 * Tasks of a cluster that we did not start, from the probe that travels with the job (`heliostat_foreign.py`): each node's
 * records lie among Ray's logs and come through its log API. Until the first of them is here, and where none ever comes
 * (an older Ray, a driver in another language), from the state API, which knows no data edges.
 */
import { sleep } from '../base/context';
import type { TraceEvent } from '../model/trace';
import type { Endpoint } from '../ray/endpoint';
import { rayStream } from '../ray/http';
import { readNodes } from '../ray/nodes';
import { SpoolDecoder } from '../trace/spool';
import { StateSource } from './jobApi';
import type { TaskSource } from './place';

/** A file begins to exist with its node's first record. */
const ASK_AGAIN_MS = 700;
const NODES_EVERY_MS = 3000;
/** Ray looks for more so often, in seconds. */
const INTERVAL_S = 0.3;
/** Ray answers so many questions of this kind at a time, and needs some for others (RAY_STATE_SERVER_MAX_HTTP_REQUEST). */
const MAX_STREAMS = 60;
/** A source that nobody asks any more lets go of its connections. */
const FORGOTTEN_MS = 30_000;

export class ForeignSource implements TaskSource {
  private readonly decoder = new SpoolDecoder();
  private readonly fallback: StateSource;
  private readonly abort = new AbortController();
  private readonly streams = new Map<string, { rest: Buffer; bytes: number }>();
  private arrived: string[] = [];
  private hasProbe = false;
  private nodesMs = -Infinity;
  private readonly forgotten = setTimeout(() => this.abort.abort(), FORGOTTEN_MS);

  constructor(
    private readonly endpoint: Endpoint,
    private readonly jobId: string,
  ) {
    this.fallback = new StateSource(endpoint, jobId);
    this.forgotten.unref();
  }

  get name(): 'probe' | 'state-api' {
    return this.hasProbe ? 'probe' : 'state-api';
  }

  async poll(isLast = false): Promise<TraceEvent[]> {
    this.forgotten.refresh();
    const events = await this.openStreams();
    const arrived = this.arrived.splice(0);
    const decoded = this.decoder.decode(arrived);
    this.hasProbe ||= arrived.length > 0 && !this.decoder.isUnrecorded;
    if (!this.hasProbe) return [...events, ...decoded, ...(await this.fallback.poll(isLast))];
    return [...events, ...decoded];
  }

  isDrained(): boolean {
    return this.decoder.driverLeft;
  }

  dispose(): Promise<void> {
    clearTimeout(this.forgotten);
    this.abort.abort();
    return Promise.resolve();
  }

  /** One for each node, also for nodes that join. Says what it cannot follow. */
  private async openStreams(): Promise<TraceEvent[]> {
    if (performance.now() - this.nodesMs < NODES_EVERY_MS) return [];
    this.nodesMs = performance.now();
    const lost: TraceEvent[] = [];
    for (const { rayNodeId, alive } of await readNodes(this.endpoint, { signal: this.abort.signal })) {
      if (!alive || this.streams.has(rayNodeId)) continue;
      this.streams.set(rayNodeId, { rest: Buffer.alloc(0), bytes: 0 });
      if (this.streams.size <= MAX_STREAMS) void this.follow(rayNodeId);
      else
        lost.push({
          type: 'lost',
          source: 'probe',
          count: 1,
          reason: `only ${MAX_STREAMS} nodes are followed`,
        });
    }
    return lost;
  }

  private async follow(node: string): Promise<void> {
    const query = new URLSearchParams({
      node_id: node,
      filename: `heliostat-${this.jobId}.${node}.jsonl`,
      lines: '-1',
      interval: String(INTERVAL_S),
    });
    const { signal } = this.abort;
    while (!signal.aborted) {
      // It always begins at the first byte; what is here already is passed over.
      let skip = this.streams.get(node)!.bytes;
      for await (const piece of rayStream(this.endpoint, `/api/v0/logs/stream?${query}`, signal)) {
        if (piece.length > skip) this.take(node, piece.subarray(skip));
        skip = Math.max(0, skip - piece.length);
      }
      await sleep(ASK_AGAIN_MS, signal).catch(() => undefined);
    }
  }

  /** Whole lines go on; the rest of one waits for its end. */
  private take(node: string, piece: Buffer): void {
    const stream = this.streams.get(node)!;
    stream.bytes += piece.length;
    const all = Buffer.concat([stream.rest, piece]);
    const end = all.lastIndexOf(10) + 1;
    stream.rest = all.subarray(end);
    if (end > 0) this.arrived.push(all.toString('utf8', 0, end));
  }
}
