/** The tasks of one function as tiles by state. */
import type { TaskState } from '../model/trace';
import type { TaskTiles } from '../model/views';
import { functionKey } from './functionStats';
import { keyId } from './summary';
import { NONE, STATES } from './taskTable';
import type { TraceStore } from './traceStore';

/** The worst first: it is what a tile of several tasks shows. */
const WORST: readonly TaskState[] = ['failed', 'running', 'waiting', 'finished'];

export function taskTiles(store: TraceStore, id: string, mostTiles: number): TaskTiles {
  const t = store.tasks;
  const rows: number[] = [];
  const isWanted = new Map<number, boolean>();
  for (let row = 0; row < t.size; row++) {
    const key = functionKey(t, row);
    if (key === NONE) continue;
    let wanted = isWanted.get(key);
    if (wanted === undefined) isWanted.set(key, (wanted = keyId(t, key) === id));
    if (wanted) rows.push(row);
  }
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
