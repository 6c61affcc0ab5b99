/** Runs that read Ray Data are predicted only where their own replay is right: much of what Ray Data does is its own. */
import type { Replay } from '../model/scaling';
import type { TaskGraph } from './taskGraph';

const MOST_OFF_PCT = 15;

/** Why nothing is said of other sizes; null where it can be. */
export function streamRefusal(graph: TaskGraph, replay: Replay | null): string | null {
  if (graph.poolLatencyMs.length === 0 || replay === null) return null;
  const off = Math.abs(replay.errorPct);
  if (off <= MOST_OFF_PCT) return null;
  return `Replayed on its own cluster, this run's reading from Ray Data is ${off.toFixed(0)} % off, so nothing is said of other clusters. A run on a quiet machine, or a longer one in which starting up matters less, may do.`;
}
