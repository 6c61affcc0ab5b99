import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../../simulator/base/ports';

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
