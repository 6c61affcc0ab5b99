/** Ray's state API about workers: why one has ended. */
import { list, object, text } from './decode';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';

/** `worker` is Ray's id in hex. Null while Ray takes it for alive or does not know it. */
export async function readWorkerEnd(endpoint: Endpoint, worker: string): Promise<string | null> {
  const query = new URLSearchParams({
    detail: '1',
    filter_keys: 'worker_id',
    filter_predicates: '=',
    filter_values: worker,
  });
  const answer = await rayRequest(endpoint, `/api/v0/workers?${query.toString()}`, { timeoutMs: 5000 });
  const rows = list(object(object(object(answer.body)['data'])['result'])['result']);
  const { exit_type: type, exit_detail: detail } = object(rows[0]);
  return text(detail) || text(type) || null;
}
