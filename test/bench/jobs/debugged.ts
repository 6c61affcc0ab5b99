/** What benches of the debugger share: one job of a warm cluster, by itself and under a debugger. */
import { DebugClient } from '../../cluster/debugClient';
import { lineOf } from '../../cluster/debugSamples';
import type { Heliostat } from '../../cluster/heliostat';
import { against, type Row } from '../harness';
import { printedBy, printedMs } from './oneNode';

/** Takes one round in the place of three, for a machine that is not free for long. */
export const ROUNDS = Number(process.env['HELIOSTAT_BENCH_ROUNDS'] ?? 3);

/** A comparison without a target. */
export function told(what: string, ours: readonly number[], peer: string, peers: readonly number[]): Row {
  const { target: _, ...row } = against(what, ours, peer, peers, Infinity);
  return row;
}

export async function withoutMs(heliostat: Heliostat, cluster: string, script: string): Promise<number> {
  return printedMs(await printedBy(heliostat, cluster, script));
}

/** `breakpoint` is the text of a line that runs once, in the driver, before what is timed. */
export async function underMs(
  heliostat: Heliostat,
  cluster: string,
  script: string,
  breakpoint: string | null,
): Promise<number> {
  const client = new DebugClient(heliostat.env);
  try {
    const lines = breakpoint === null ? [] : [{ line: lineOf(script, breakpoint) }];
    await client.begin('launch', { program: script, cluster }, { [script]: lines });
    if (breakpoint !== null) await client.request('continue', await client.stopped());
    await client.event('terminated', () => true, 300_000);
    return printedMs(client.printed());
  } finally {
    await client.end();
  }
}
