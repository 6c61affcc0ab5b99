/** The tasks of one group of the graph as tiles by state. */
import type { TaskState } from '../model/trace';
import type { TaskTiles } from '../model/views';
import { groupsOf } from './groups';
import { STATES } from './taskTable';
import type { TraceStore } from './traceStore';

/** The worst first: it is what a tile of several tasks shows. */
const WORST: readonly TaskState[] = ['failed', 'running', 'waiting', 'finished'];

export function taskTiles(store: TraceStore, id: string, mostTiles: number): TaskTiles {
  const t = store.tasks;
  const rows: number[] = [];
  const { ofRow, all } = groupsOf(store);
  const wanted = all.findIndex((group) => group.id === id);
  if (wanted !== -1) for (let row = 0; row < ofRow.length; row++) if (ofRow[row] === wanted) rows.push(row);
  const perTile = Math.max(1, Math.ceil(rows.length / Math.max(1, mostTiles)));
  const tiles: TaskTiles = { state: [], row: [], perTile, total: rows.length };
  for (let at = 0; at < rows.length; at += perTile) {
    const own = rows.slice(at, at + perTile);
    const state = WORST.find((one) => own.some((row) => STATES[t.state[row]!] === one))!;
    tiles.state.push(state);
    tiles.row.push(own.find((row) => STATES[t.state[row]!] === state)!);
  }
  return tiles;
}
