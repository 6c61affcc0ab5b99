/**
 * Where the processes of a run dial in. Each side proves that it knows the session's secret before the protocol
 * begins (`probe/heliostat_debugger.py` has the exchange); whoever cannot is shut out.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import net from 'node:net';
import { Debuggee, type Hello } from './debuggee';

const HANDSHAKE_MS = 10_000;
const MAX_LINE_BYTES = 65_536;

interface Greeting extends Hello {
  nonce: string;
  /** Instead of being debugged. */
  wants?: 'debugpy';
}

export class DebuggeeServer {
  readonly secret = randomBytes(32).toString('hex');
  private readonly sockets = new Set<net.Socket>();
  private readonly server = net.createServer((socket) => this.accept(socket));

  /** `onRefused` gets one that knows the secret but cannot be debugged. */
  constructor(
    private readonly onDebuggee: (debuggee: Debuggee) => void,
    private readonly onRefused: (hello: Hello) => void,
    /** debugpy for a node whose Python has none, as a zip file; null where it cannot be had. */
    private readonly debugpy: (wantedBy: Hello) => Promise<Uint8Array | null>,
  ) {}

  /** At any port where that is 0. */
  listen(host: string, port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const nonce = randomBytes(16).toString('hex');
    socket.write(`${JSON.stringify({ nonce })}\n`);
    readLine(socket, (line, rest) => {
      const hello = this.check(line, nonce);
      if (!hello) return void socket.destroy();
      if (hello.error !== null) {
        this.onRefused(hello);
        return void socket.destroy();
      }
      socket.write(`${JSON.stringify({ proof: this.prove(`hub${hello.nonce}`) })}\n`);
      if (hello.wants === 'debugpy') return void this.sendDebugpy(socket, hello);
      this.onDebuggee(new Debuggee(hello, socket, rest));
    });
  }

  private async sendDebugpy(socket: net.Socket, hello: Hello): Promise<void> {
    socket.end((await this.debugpy(hello).catch(() => null)) ?? '');
  }

  private check(line: string, nonce: string): Greeting | null {
    try {
      const hello = JSON.parse(line) as Greeting & { proof: unknown };
      const proof = Buffer.from(String(hello.proof));
      const wanted = Buffer.from(this.prove(`process${nonce}`));
      return proof.length === wanted.length && timingSafeEqual(proof, wanted) ? hello : null;
    } catch {
      return null;
    }
  }

  private prove(text: string): string {
    return createHmac('sha256', Buffer.from(this.secret, 'hex')).update(text).digest('hex');
  }
}

/** One line within the time of a handshake, and what came after it; a socket that sends none is closed. */
function readLine(socket: net.Socket, onLine: (line: string, rest: Buffer) => void): void {
  let read = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
  const onData = (piece: Buffer) => {
    read = Buffer.concat([read, piece]);
    const end = read.indexOf(10);
    if (end === -1) {
      if (read.length > MAX_LINE_BYTES) socket.destroy();
      return;
    }
    clearTimeout(timer);
    socket.off('data', onData);
    onLine(read.toString('utf8', 0, end), read.subarray(end + 1));
  };
  socket.on('data', onData);
  socket.on('close', () => clearTimeout(timer));
}
