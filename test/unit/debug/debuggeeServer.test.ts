/** Who may dial in. */
import { createHmac } from 'node:crypto';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Debuggee, Hello } from '../../../simulator/debug/debuggee';
import { DebuggeeServer } from '../../../simulator/debug/debuggeeServer';

describe('the port that processes dial in to', () => {
  const come: Debuggee[] = [];
  const refused: Hello[] = [];
  let server: DebuggeeServer;
  beforeEach(async () => {
    server = new DebuggeeServer(
      (debuggee) => come.push(debuggee),
      (hello) => refused.push(hello),
      ({ pid }) => Promise.resolve(Buffer.from(`debugpy for ${pid}`)),
    );
    await server.listen('127.0.0.1');
  });
  afterEach(() => server.close());

  /** What the hub answers first to a process that knows a secret, or all until it hangs up. */
  async function dial(secret: string, hello: object, isWhole = false): Promise<string> {
    const socket = net.connect(server.port, '127.0.0.1');
    const pieces = socket[Symbol.asyncIterator]();
    const first = String((await pieces.next()).value);
    const { nonce } = JSON.parse(first) as { nonce: string };
    socket.write(`${JSON.stringify({ proof: prove(secret, `process${nonce}`), nonce: 'n', ...hello })}\n`);
    let answer = '';
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      answer += String(next.value);
      if (!isWhole) break;
    }
    socket.destroy();
    return answer.trim();
  }
  const prove = (secret: string, text: string) =>
    createHmac('sha256', Buffer.from(secret, 'hex')).update(text).digest('hex');
  const worker = { role: 'worker', node: 1, pid: 7, worker: 'ab', folder: null, error: null };

  it('proves itself to a process that knows the secret', async () => {
    const proof = prove(server.secret, 'hubn');
    expect(JSON.parse(await dial(server.secret, worker))).toEqual({ proof });
    expect(come.pop()?.place).toBe('node 2 · pid 7');
  });

  it('shuts out whoever does not know it, and says nothing', async () => {
    expect(await dial('00'.repeat(32), worker)).toBe('');
    expect(come).toEqual([]);
  });

  it('passes on why a process cannot be debugged', async () => {
    await dial(server.secret, { ...worker, error: 'no debugpy' });
    expect(refused.map(({ error }) => error)).toEqual(['no debugpy']);
    expect(come).toEqual([]);
  });

  it('hands debugpy to a process that lacks it, and to nobody who does not know the secret', async () => {
    const wants = { ...worker, wants: 'debugpy' };
    const [proof, debugpy] = (await dial(server.secret, wants, true)).split('\n');
    expect(JSON.parse(proof!)).toHaveProperty('proof');
    expect(debugpy).toBe('debugpy for 7');
    expect(await dial('00'.repeat(32), wants)).toBe('');
    expect(come).toEqual([]);
  });
});
