/** Which edges the task graph has: data where it is known, else who submitted whom. Pure. */
import type { RunGraph } from '../../simulator/model/runGraph';
import type { RunView } from '../../simulator/model/trace';
import * as format from '../../simulator/model/format';

export interface GraphEdge {
  from: string;
  to: string;
  count: number;
  /** `parent`: only that `from` submitted `to`; no result is known to have gone into it. */
  kind: 'data' | 'parent';
  bytes: number | null;
}

/** A group that takes results of others hangs on them; one that takes none, on who submitted it. */
export function graphEdges(graph: RunGraph): GraphEdge[] {
  const edges: GraphEdge[] = graph.dataEdges.map((edge) => ({ ...edge, kind: 'data' }));
  const fed = new Set(edges.filter((edge) => edge.from !== edge.to).map((edge) => edge.to));
  for (const edge of graph.edges) {
    if (!fed.has(edge.to)) edges.push({ ...edge, kind: 'parent', bytes: null });
  }
  return edges;
}

/** Of data by its bytes: 64 KiB → 1.6, 1 MiB → 2.6, 1 GiB → 6 pixels; else by the count. */
export function edgeWidth({ kind, bytes, count }: GraphEdge): number {
  if (kind === 'data' && bytes !== null) return Math.min(7, 1.25 + 1.1 * Math.log10(1 + bytes / 65_536));
  return 1.25 + 0.5 * Math.log10(Math.max(1, count));
}

/** `×300 · 172 MiB` */
export function edgeLabel({ count, bytes }: GraphEdge): string {
  const parts = [count > 1 ? `×${format.shortCount(count)}` : '', bytes === null ? '' : format.bytes(bytes)];
  return parts.filter((part) => part !== '').join(' · ');
}

/** In words, for a tooltip. */
export function edgeWords(edge: GraphEdge, nameOf: (id: string) => string): string {
  const [from, to] = [nameOf(edge.from), nameOf(edge.to)];
  if (edge.kind === 'parent') return `${from} submitted ${format.countOf(edge.count, 'task')} of ${to}`;
  const size = edge.bytes === null ? '' : `, ${format.bytes(edge.bytes)} in all`;
  return `${format.countOf(edge.count, 'result')} of ${from} went into ${to}${size}`;
}

/** What the edges are, where that is not what one would think. */
export function edgesNote(view: Pick<RunView, 'source' | 'functions'>): string {
  return view.source !== 'state-api' || view.functions.length < 2
    ? ''
    : 'Dashed: who submitted whom. Which result went into which task was not recorded in this run.';
}
