/** The engine's prediction worker: a thread of its own, so that a long replay holds nothing else up. */
import { parentPort } from 'node:worker_threads';
import { fail, toFailure } from '../model/failure';
import { Forecast } from './forecast';
import { predict, refusalByReplay } from './predict';
import type { JobMessage, JobReply, SentJob } from './workerJobs';
import { saveTraceAt } from './simulatedTrace';
import { whatIf } from './whatIf';

/** The graph that was replayed last: what is asked next is mostly about it. */
let kept: { key: string; forecast: Forecast; refusal?: string | null } | null = null;

async function run(job: SentJob, onPoint: (done: number) => void): Promise<unknown> {
  // The engine takes it to be here from when it was sent, also where predicting from it fails.
  if (job.graph !== null) kept = { key: job.key, forecast: new Forecast(job.graph, job.options) };
  if (kept?.key !== job.key) throw new Error('The graph that is asked about is not here.');
  if (job.kind === 'predict') return predict(kept.forecast, job.options, onPoint);
  if (kept.refusal === undefined) kept.refusal = refusalByReplay(kept.forecast, job.options);
  if (kept.refusal !== null) return fail({ code: 'prediction-impossible', detail: kept.refusal });
  if (job.kind === 'save') return saveTraceAt(job.file, kept.forecast, job.options.nodes, job.startMs);
  return whatIf(kept.forecast, job.change, job.options.nodes);
}

parentPort?.on('message', async ({ id, job }: JobMessage) => {
  const reply = (message: JobReply) => parentPort?.postMessage(message);
  try {
    reply({ id, result: await run(job, (done) => reply({ id, done })) });
  } catch (error) {
    reply({ id, failure: toFailure(error) });
  }
});
