/** Where to listen so that containers reach it, and nobody else's network does. Pure. */
import net from 'node:net';

export interface Interface {
  address: string;
  netmask: string;
  family: string;
}

/** Docker's own name for the machine that runs it, where containers are in a virtual machine. */
const DOCKER_HOST = 'host.docker.internal';
const LOOPBACK = '127.0.0.1';

/**
 * `containers` are the nodes' addresses, empty for processes of this machine. A native Docker engine's bridge is an
 * interface of this machine in the containers' network; without one they are in a virtual machine, which forwards to
 * this machine's loopback.
 */
export function reachableAddress(
  containers: readonly string[],
  interfaces: readonly (Interface | undefined)[],
): { listenAt: string; dialTo: string } {
  if (containers.length === 0) return { listenAt: LOOPBACK, dialTo: LOOPBACK };
  const bridge = interfaces.find(
    (one) => one?.family === 'IPv4' && containers.every((address) => isInNetwork(address, one)),
  );
  return bridge
    ? { listenAt: bridge.address, dialTo: bridge.address }
    : { listenAt: LOOPBACK, dialTo: DOCKER_HOST };
}

function isInNetwork(address: string, { address: own, netmask }: Interface): boolean {
  if (net.isIPv4(address) === false) return false;
  const mask = toNumber(netmask);
  return (toNumber(address) & mask) === (toNumber(own) & mask);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
}
