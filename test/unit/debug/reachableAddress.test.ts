import { describe, expect, it } from 'vitest';
import { reachableAddress } from '../../../simulator/debug/reachableAddress';

const ethernet = { address: '10.1.2.3', netmask: '255.255.0.0', family: 'IPv4' };
const bridge = { address: '172.23.0.1', netmask: '255.255.0.0', family: 'IPv4' };
const loopback = { address: '127.0.0.1', netmask: '255.0.0.0', family: 'IPv4' };
const six = { address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::', family: 'IPv6' };

describe('where the debugger listens', () => {
  const all = [loopback, six, ethernet, bridge];

  it('is the loopback for processes of this machine', () => {
    expect(reachableAddress([], all)).toEqual({ listenAt: '127.0.0.1', dialTo: '127.0.0.1' });
  });

  it("is the bridge of the containers' own network alone", () => {
    const found = reachableAddress(['172.23.0.2', '172.23.0.3'], all);
    expect(found).toEqual({ listenAt: '172.23.0.1', dialTo: '172.23.0.1' });
  });

  it('is the loopback where containers are in a virtual machine', () => {
    const found = reachableAddress(['172.29.0.2'], all);
    expect(found).toEqual({ listenAt: '127.0.0.1', dialTo: 'host.docker.internal' });
  });
});
