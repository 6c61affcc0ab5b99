/** Free TCP ports. */
import { randomInt } from 'node:crypto';
import net from 'node:net';
import { fail } from '../model/failure';

// Below the range from which systems take the ports of outgoing connections (from 32768 on Linux, 49152 on macOS), so
// that only another server can take one between our look and its use.
const FIRST = 20_000;
const LAST = 31_999;

/** Different ports that nothing listens on at this moment, on any interface. Another may still take one: retry then. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 200) fail({ code: 'internal', detail: `No ${count} free ports from ${FIRST} to ${LAST}.` });
    const port = randomInt(FIRST, LAST + 1);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/**
 * A free port at an address of this machine; null where it is none. Trying tells also of a bridge that nothing is
 * plugged into yet, which `os.networkInterfaces` leaves out.
 */
export async function portAt(address: string): Promise<number | null> {
  const [port = 0] = await freePorts(1);
  return (await isFree(port, address)) ? port : null;
}

function isFree(port: number, host = '0.0.0.0'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
