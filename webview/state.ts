/**
 * What the page knows and what it looks at, kept apart: host data is never persisted, navigation and layout are.
 * Views read both and change only navigation, by the store's methods.
 */
import type { ClusterInfo } from '../simulator/model/cluster';
import type { Failure } from '../simulator/model/failure';
import type { RunInfo } from '../simulator/model/run';
import type { RunView } from '../simulator/model/trace';
import type { TaskFilter, TaskListQuery } from '../simulator/model/views';
import type { ConnectionState } from './connection';

/** Where there is room: the large pane, and the one at the lower right. Where there is not, all are tabs of one. */
export type MainTab = 'graph' | 'timeline' | 'tasks' | 'libraries' | 'scaling' | 'compare';
export type LowTab = 'nodes' | 'actors' | 'findings';
export type Tab = MainTab | 'functions' | LowTab;
export type SortColumn = 'name' | 'total' | 'running' | 'waiting' | 'failed' | 'p50' | 'p95' | 'time';
export interface Sort {
  column: SortColumn;
  descending: boolean;
}

/** Comes from the engine; whole snapshots. */
export interface HostData {
  connection: ConnectionState;
  /** The run that is shown; null until its first snapshot. */
  view: RunView | null;
  /** Why there is no snapshot. */
  viewFailure: Failure | null;
  /** Null until listed. */
  runs: RunInfo[] | null;
  clusters: ClusterInfo[] | null;
  /** The last action that failed, until dismissed. */
  actionFailure: Failure | null;
  /** How far the engine's clock is ahead of this page's, where that matters. */
  clockAheadMs: number;
}

/** What the user looks at. */
export interface Nav {
  /** Null is the list of runs. */
  runId: string | null;
  /** Id of the selected function. */
  selected: string | null;
  /** Id of the selected task, one of that function's. */
  task: string | null;
  /** The run that this one is compared with; null is the one before it. */
  compareWith: string | null;
  /** The task whose neighbourhood stands in the graph's place. */
  neighbours: string | null;
  tab: Tab;
  main: MainTab;
  low: LowTab;
  /** The large pane has the page to itself. */
  full: boolean;
  taskFilter: TaskFilter;
  /** Null is the standing order: errors first. */
  taskSort: TaskListQuery['sort'];
  /** Null is the standing order: errors first. */
  sort: Sort | null;
  /** Share of the left column and the upper row, in percent. */
  split: { x: number; y: number };
}

const NAV_VERSION = 2;
export const noFilter: TaskFilter = { text: '', functionId: null, state: null, node: null };
/** What is looked at within a run, before anything is. */
export const nothingSelected = {
  selected: null,
  task: null,
  compareWith: null,
  neighbours: null,
  taskFilter: noFilter,
} satisfies Partial<Nav>;
export const initialNav: Nav = {
  runId: null,
  ...nothingSelected,
  tab: 'graph',
  main: 'graph',
  low: 'nodes',
  full: false,
  taskSort: null,
  sort: null,
  split: { x: 60, y: 58 },
};

export class Store {
  data: HostData = {
    connection: { kind: 'connecting' },
    view: null,
    viewFailure: null,
    runs: null,
    clusters: null,
    actionFailure: null,
    clockAheadMs: 0,
  };
  private readonly listeners = new Set<() => void>();

  constructor(
    public nav: Nav,
    private readonly saveNav: (saved: unknown) => void,
  ) {}

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  setData(patch: Partial<HostData>): void {
    this.data = { ...this.data, ...patch };
    this.changed();
  }

  setNav(patch: Partial<Nav>): void {
    this.nav = { ...this.nav, ...patch };
    this.saveNav({ version: NAV_VERSION, ...this.nav });
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Reads what `saveNav` was given once; anything else becomes the initial navigation. */
export function restoreNav(saved: unknown): Nav {
  if (typeof saved !== 'object' || saved === null) return initialNav;
  const nav = saved as Partial<Nav> & { version?: unknown };
  if (nav.version !== NAV_VERSION) return initialNav;
  const { version: _version, ...kept } = nav;
  return { ...initialNav, ...kept };
}

/**
 * How far the engine's clock is ahead of ours, judged by the newest sample of a live run (a remote window's engine runs
 * on another machine). Less than five seconds is taken for delay, not for a wrong clock.
 */
export function clockAhead(view: RunView, nowMs: number): number {
  let newestMs = -Infinity;
  for (const node of view.nodes) newestMs = Math.max(newestMs, node.samples.at(-1)?.timeMs ?? -Infinity);
  const aheadMs = newestMs - nowMs;
  return Number.isFinite(aheadMs) && Math.abs(aheadMs) > 5000 ? aheadMs : 0;
}
