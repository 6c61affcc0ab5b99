/** By which address the nodes of a cluster that we did not start reach this machine. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Endpoint } from '../ray/endpoint';
import { readNodes } from '../ray/nodes';

const CONNECT_MS = 5000;
const NODES_MS = 10_000;
const ASK_AGAIN_MS = 500;
const LOOPBACK = '127.0.0.1';

/**
 * One address alone: loopback where all nodes are on this machine, else the one by which this machine reaches the
 * cluster, unless the nodes are `told` another one of its.
 */
export async function foreignAddress(
  endpoint: Endpoint,
  told: { host: string; port: number } | null,
): Promise<{ listenAt: string; port: number; dialTo: string; isThisMachine: boolean }> {
  const own = ownAddresses();
  const elsewhere = (await nodeAddresses(endpoint)).filter((address) => !own.has(address));
  const known = told === null ? null : await addressOf(told.host);
  const listenAt = known !== null && own.has(known) ? known : await addressTowards(endpoint, elsewhere[0]);
  const isThisMachine = elsewhere.length === 0;
  return { listenAt, port: told?.port ?? 0, dialTo: told?.host ?? listenAt, isThisMachine };
}

/** Of the nodes that are alive. A dashboard that has just started knows of none yet. */
async function nodeAddresses(endpoint: Endpoint): Promise<string[]> {
  for (let waitedMs = 0; ; waitedMs += ASK_AGAIN_MS) {
    const nodes = (await readNodes(endpoint)).filter(({ alive }) => alive);
    if (nodes.length > 0 || waitedMs >= NODES_MS)
      return nodes.flatMap(({ address }) => (address === null ? [] : [address]));
    await setTimeout(ASK_AGAIN_MS);
  }
}

function ownAddresses(): Set<string> {
  const all = Object.values(networkInterfaces()).flat();
  return new Set([LOOPBACK, ...all.flatMap((one) => (one ? [one.address] : []))]);
}

async function addressOf(host: string): Promise<string | null> {
  return lookup(host).then(
    ({ address }) => address,
    () => null,
  );
}

/** Of this machine. A dashboard at loopback may belong to a cluster with nodes on others. */
async function addressTowards(endpoint: Endpoint, node: string | undefined): Promise<string> {
  const { hostname, port, protocol } = new URL(endpoint.address);
  const local = await localAddress(
    hostname.replace(/^\[|\]$/g, ''),
    Number(port) || (protocol === 'https:' ? 443 : 80),
  );
  const isLoopback = local.startsWith('127.') || local === '::1';
  return isLoopback && node !== undefined ? routeTo(node).catch(() => LOOPBACK) : local;
}

function localAddress(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: CONNECT_MS });
    socket.once('connect', () => {
      resolve((socket.localAddress ?? LOOPBACK).replace(/^::ffff:/, ''));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('it does not answer')));
    socket.once('error', reject);
  });
}

/** By this machine's routes; nothing is sent. */
function routeTo(node: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(net.isIPv6(node) ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.connect(9, node, () => {
      resolve(socket.address().address);
      socket.close();
    });
  });
}
