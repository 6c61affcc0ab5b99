/** Whether a script makes other tasks on another cluster, seen from its runs at two sizes: then a replay says nothing. */
export interface SizedCounts {
  cpus: number;
  nodes: number;
  /** Tasks by function. */
  counts: Record<string, number>;
}

/** Words for the functions that the first run has other numbers of than a run on a cluster of another size. */
export function adapts([run, ...others]: readonly SizedCounts[]): string[] {
  if (!run) return [];
  const words = new Map<string, string>();
  for (const other of others) {
    if (other.cpus === run.cpus && other.nodes === run.nodes) continue;
    for (const name of new Set([...Object.keys(run.counts), ...Object.keys(other.counts)])) {
      const [here, there] = [run.counts[name] ?? 0, other.counts[name] ?? 0];
      if (here === there || words.has(name)) continue;
      words.set(
        name,
        `${name.slice(name.indexOf('.') + 1)} ran ${here} times on ${run.cpus} CPUs and ${there} times on ${other.cpus}: the script does other work on another cluster, so a replay of one run cannot say what it would do on more nodes.`,
      );
    }
  }
  return [...words.values()];
}
