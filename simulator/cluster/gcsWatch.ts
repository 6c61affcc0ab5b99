/** Whether a starting head's GCS has come up, read from outside while `ray start` is still busy with the rest. */
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { sleep } from '../base/context';

const POLL_MS = 50;
/** A GCS whose port is taken says so within this time of its start. */
const SETTLE_MS = 300;
const PORT_TAKEN = /already (in use|occupied|used)/i;

export class GcsWatch {
  /** `ray` is Ray's temporary directory; it must be new, or what an earlier start left would be read. */
  constructor(
    private readonly ray: string,
    private readonly port: number,
  ) {}

  /** `ray start` itself would wait 40 seconds for a GCS that could not listen. */
  isPortTaken(): boolean {
    const file = this.logFile('err');
    return existsSync(file) && saysPortTaken(readFileSync(file, 'utf8'));
  }

  /** Returns when it listens, or when `ended` resolves first. Cancelled by the signal. */
  async untilListening(ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const isOver = ended.then(() => true);
    let sinceMs: number | null = null;
    for (;;) {
      if (await Promise.race([isOver, sleep(POLL_MS, signal).then(() => false)])) return;
      // Without its output file, what listens is not our GCS.
      if (!existsSync(this.logFile('out')) || !(await listens(this.port))) continue;
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs > SETTLE_MS && !this.isPortTaken()) return;
    }
  }

  private logFile(kind: 'out' | 'err'): string {
    return path.join(this.ray, 'session_latest', 'logs', `gcs_server.${kind}`);
  }
}

/** Whether output of Ray's means that somebody else listens on one of its ports. */
export function saysPortTaken(output: string): boolean {
  return PORT_TAKEN.test(output);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
