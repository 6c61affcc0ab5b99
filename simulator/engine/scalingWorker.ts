/** The thread that predictions are made in; it starts with the first and ends when it is idle or cancelled. */
import { Worker } from 'node:worker_threads';
import { FailureError } from '../model/failure';
import type { Job, JobMessage, JobReply } from '../scaling/workerJobs';

const IDLE_MS = 300_000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onPoint(done: number): void;
}

export class ScalingWorker {
  /** Key of the graph that the thread has. */
  keptKey: string | null = null;
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private idle: NodeJS.Timeout | null = null;

  constructor(private readonly file: string) {}

  run(job: Job, onPoint: (done: number) => void): Promise<unknown> {
    const worker = (this.worker ??= this.start());
    if (this.idle) clearTimeout(this.idle);
    const message: JobMessage = { id: ++this.lastId, job };
    return new Promise((resolve, reject) => {
      this.waiting.set(message.id, { resolve, reject, onPoint });
      worker.postMessage(message);
      this.keptKey = job.key;
    });
  }

  /** Ends the thread; what it was asked fails as `cancelled`. */
  cancel(): void {
    const { worker } = this;
    this.worker = null;
    this.keptKey = null;
    this.failAll(new FailureError({ code: 'cancelled' }));
    void worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.file);
    worker.unref();
    worker.on('message', (reply: JobReply) => this.answered(reply));
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      this.worker = null;
      this.keptKey = null;
      this.failAll(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  private answered(reply: JobReply): void {
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    if ('done' in reply) return waiting.onPoint(reply.done);
    this.waiting.delete(reply.id);
    if ('failure' in reply) waiting.reject(new FailureError(reply.failure));
    else waiting.resolve(reply.result);
    if (this.waiting.size > 0) return;
    this.idle = setTimeout(() => this.cancel(), IDLE_MS);
    this.idle.unref();
  }

  private failAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
