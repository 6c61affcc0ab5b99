import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts, portAt } from '../../../simulator/base/ports';

function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

describe('freePorts', () => {
  it('gives different ports that can be listened on', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    const servers = await Promise.all(ports.map(listen));
    for (const server of servers) server.close();
  });
});

describe('portAt', () => {
  it('gives one at an address of this machine, and none at that of another', async () => {
    expect(await portAt('127.0.0.1')).toBeGreaterThan(0);
    // For documentation alone (RFC 5737).
    expect(await portAt('192.0.2.1')).toBeNull();
  });
});
