/** What Ray's own libraries say of what a job does with them. Times are epoch milliseconds; null is not told. */

export type LibraryName = 'data' | 'train' | 'tune' | 'serve';

/** As their users call them. */
export const LIBRARY_TITLES: Record<LibraryName, string> = {
  data: 'Ray Data',
  train: 'Ray Train',
  tune: 'Ray Tune',
  serve: 'Ray Serve',
};

/** The library that a function's module belongs to. */
export function libraryOf(functionName: string): LibraryName | null {
  const match = /^ray\.(data|train|tune|serve)\./.exec(functionName);
  return match ? (match[1] as LibraryName) : null;
}

/** One execution, run, application or experiment. */
export type LibraryState = { id: string; name: string; state: string } & (
  | {
      library: 'data';
      startMs: number | null;
      endMs: number | null;
      /** Blocks done, and how many there will be. */
      done: number | null;
      total: number | null;
      rows: number | null;
      operators: DataOperator[];
    }
  | {
      library: 'train';
      startMs: number | null;
      endMs: number | null;
      attempts: number;
      workers: TrainWorker[];
      /** What its first worker reported, oldest first, the last thousand; absent where that was not recorded. */
      reports?: LibraryReport[];
    }
  | { library: 'tune'; trials: TuneTrial[] }
  | { library: 'serve'; deployments: ServeDeployment[] }
);

export interface DataOperator {
  name: string;
  state: string;
  /** Blocks. */
  done: number | null;
  total: number | null;
  rows: number | null;
  /** Blocks that are there and wait for it: many mean that it is the slow one, or held back. */
  queuedBlocks: number | null;
}

export interface LibraryReport {
  /** How often there has been one, this one included. */
  iterations: number;
  metrics: Record<string, number>;
  timeMs: number;
}

export interface TrainWorker {
  rank: number | null;
  state: string;
  rayNodeId: string | null;
  pid: number | null;
  gpuIds: number[];
}

/** An actor that runs trials, where they have not been recorded from inside; what they reported, where they have. */
export interface TuneTrial {
  id: string;
  name: string;
  state: string;
  reason: string | null;
  /** What it reported last; absent of an actor. */
  reported?: LibraryReport;
}

export interface ServeDeployment {
  name: string;
  state: string;
  isIngress: boolean;
  /** Names of deployments that it calls. */
  calls: string[];
  replicas: { state: string; rayNodeId: string | null; pid: number | null }[];
}
