/** Where the processes of a run can dial in to its debug session: on clusters of ours, and on others. */
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import type { Context, Log } from '../base/context';
import type { ClusterHandle } from '../cluster/backend';
import type { DebugPlace } from '../debug/debugHost';
import { readDialTo } from '../debug/launchArguments';
import { reachableAddress } from '../debug/reachableAddress';
import { fail } from '../model/failure';
import { hasDebugpy, packDebugpy, provideDebugpy } from '../python/debugpyCopy';
import type { Endpoint } from '../ray/endpoint';
import { foreignAddress } from './foreignAddress';

export class DebugPlaces {
  private readonly ctx: Context;
  private packed: Promise<Uint8Array | null> | null = null;

  constructor(
    /** Where a debugpy for Pythons without one is kept. */
    private readonly kept: string,
    log: Log,
  ) {
    this.ctx = { log, signal: new AbortController().signal, step: () => {} };
  }

  /** Fails as `bad-request` where the cluster's processes cannot be reached by a debugger. */
  async ours({ plan, files, backend }: ClusterHandle): Promise<DebugPlace> {
    const { ctx, kept } = this;
    if (!plan.spec.recording) {
      const detail = `The cluster ${plan.name} was started without recording, which the debugger needs.`;
      fail({ code: 'bad-request', detail });
    }
    const { python } = plan.spec;
    const hasOwn = python !== undefined && (await hasDebugpy(ctx, python));
    const pythons = python === undefined ? ['python3', 'python'] : [python, 'python3'];
    const shared = path.join(files.shared, 'debugpy');
    const nodes = plan.spec.backend === 'docker' ? await backend.nodes(plan, files) : [];
    const addresses = nodes.flatMap(({ address }) => (address === null ? [] : [address]));
    return {
      ...reachableAddress(addresses, Object.values(networkInterfaces()).flat()),
      port: 0,
      sameFolders: plan.spec.backend === 'docker' ? plan.spec.mounts : ['/'],
      nodes: {
        kind: 'sharing',
        debugDir: path.join(files.shared, 'debug'),
        debugpy: hasOwn ? null : await provideDebugpy(ctx, { pythons, kept, shared }),
      },
    };
  }

  /** A cluster that we did not start. `workingDir` goes there with the run's job. */
  async foreign(endpoint: Endpoint, workingDir: string, dialTo: string | undefined): Promise<DebugPlace> {
    const { listenAt, isThisMachine, ...told } = await foreignAddress(endpoint, readDialTo(dialTo));
    const joined = isThisMachine
      ? ', since all nodes of the cluster were there; where others have joined since, start the run again'
      : '';
    const wayOut =
      `The debugger listens at ${listenAt} of the machine where the run was started${joined}. Where nodes cannot reach it at ` +
      `${told.dialTo} (a firewall, a port-forward, another network), name an address that leads there as "dialTo" in ` +
      `the launch configuration, with a port where only that one is open.`;
    return {
      ...{ listenAt, ...told },
      sameFolders: isThisMachine ? ['/'] : [],
      nodes: { kind: 'foreign', workingDir, wayOut, packedDebugpy: () => this.pack() },
    };
  }

  /** Only once some process has asked for it: most Pythons that have none will never be debugged. */
  private pack(): Promise<Uint8Array | null> {
    const { ctx, kept } = this;
    this.packed ??= packDebugpy(ctx, { pythons: ['python3', 'python'], kept }).then((packed) => {
      if (packed === null) this.packed = null;
      return packed;
    });
    return this.packed;
  }
}
