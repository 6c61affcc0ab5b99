/**
 * The thread that predictions are made in; it starts with the first and ends when it is idle. It gets one job at a time, so
 * that to end a job by ending the thread takes none of the others with it.
 */
import { Worker } from 'node:worker_threads';
import { FailureError } from '../model/failure';
import type { Job, JobMessage, JobReply } from '../scaling/workerJobs';

const IDLE_MS = 300_000;

interface Waiting {
  job: Job;
  /** Who may cancel it; null is nobody. */
  caller: object | null;
  resolve(result: unknown): void;
  reject(error: Error): void;
  onPoint(done: number): void;
}

export class ScalingWorker {
  private worker: Worker | null = null;
  /** Key of the graph that the thread has. */
  private keptKey: string | null = null;
  private underWay: Waiting | null = null;
  private waiting: Waiting[] = [];
  private lastId = 0;
  private idle: NodeJS.Timeout | null = null;

  constructor(private readonly file: string) {}

  run(job: Job, caller: object | null, onPoint: (done: number) => void = () => {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ job, caller, resolve, reject, onPoint });
      this.next();
    });
  }

  /** What this caller asked fails as `cancelled`; what others asked goes on. */
  cancel(caller: object): void {
    const isTheirs = (one: Waiting) => one.caller === caller;
    const ended = this.waiting.filter(isTheirs);
    this.waiting = this.waiting.filter((one) => !isTheirs(one));
    if (this.underWay !== null && isTheirs(this.underWay)) {
      ended.push(this.underWay);
      this.endThread();
    }
    for (const { reject } of ended) reject(new FailureError({ code: 'cancelled' }));
    this.next();
  }

  private next(): void {
    if (this.underWay !== null) return;
    if (this.idle) clearTimeout(this.idle);
    const one = this.waiting.shift();
    if (!one) return this.restUntilAsked();
    const worker = (this.worker ??= this.start());
    const { job } = one;
    const isKept = job.kind !== 'predict' && job.key === this.keptKey;
    const message: JobMessage = { id: ++this.lastId, job: isKept ? { ...job, graph: null } : job };
    worker.postMessage(message);
    this.underWay = one;
    this.keptKey = job.key;
  }

  private restUntilAsked(): void {
    this.idle = setTimeout(() => this.endThread(), IDLE_MS);
    this.idle.unref();
  }

  private start(): Worker {
    const worker = new Worker(this.file);
    worker.unref();
    worker.on('message', (reply: JobReply) => {
      if (this.worker === worker) this.answered(reply);
    });
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      const { underWay } = this;
      this.endThread();
      underWay?.reject(error instanceof Error ? error : new Error(String(error)));
      this.next();
    });
    return worker;
  }

  private endThread(): void {
    const { worker } = this;
    this.worker = null;
    this.keptKey = null;
    this.underWay = null;
    void worker?.terminate();
  }

  private answered(reply: JobReply): void {
    const { underWay } = this;
    if (reply.id !== this.lastId || underWay === null) return;
    if ('done' in reply) return underWay.onPoint(reply.done);
    this.underWay = null;
    if ('failure' in reply) underWay.reject(new FailureError(reply.failure));
    else underWay.resolve(reply.result);
    this.next();
  }
}
