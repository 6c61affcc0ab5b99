/** Ray's state API about workers: why one has ended. */
import { list, object, text } from './decode';
import type { Endpoint } from './endpoint';
import { readState } from './state';

/** `worker` is Ray's id in hex. Null while Ray takes it for alive or does not know it. */
export async function readWorkerEnd(endpoint: Endpoint, worker: string): Promise<string | null> {
  const options = { detail: true, timeoutMs: 5000 };
  const data = await readState(endpoint, 'workers', [['worker_id', '=', worker]], options);
  const { exit_type: type, exit_detail: detail } = object(list(data['result'])[0]);
  return text(detail) || text(type) || null;
}
