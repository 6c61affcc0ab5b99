/**
 * Every way in which Heliostat can fail a user, as one closed union: a code and its facts.
 * The words and the ways out live in `failureWords.ts`; a failure without words does not compile.
 */
import type { ExpectedVersions } from './cluster';
import type { ScriptDiagnostic } from './script';

export type Failure =
  // the script
  | { code: 'script-not-found'; path: string }
  | { code: 'script-invalid'; path: string; diagnostics: ScriptDiagnostic[] }
  | { code: 'working-dir-not-found'; path: string }
  | {
      code: 'working-dir-too-large';
      path: string;
      sizeBytes: number;
      limitBytes: number;
      largest: SizedPath[];
    }
  // Python
  | { code: 'python-not-found'; tried: string[] }
  | { code: 'python-unusable'; executable: string; detail: string }
  | { code: 'python-version'; executable: string; version: string; required: string }
  | { code: 'python-without-ray'; executable: string; version: string }
  | { code: 'python-missing-packages'; executable: string; missing: string[] }
  | { code: 'environment-failed'; command: string; output: string }
  // Ray
  | { code: 'ray-too-old'; version: string; oldest: string; where: string }
  | { code: 'ray-answer'; request: string; status: number; detail: string }
  | { code: 'ray-unreachable'; address: string; detail: string }
  | { code: 'ray-unauthorised'; address: string; tokenGiven: boolean }
  | { code: 'token-unreadable'; path: string; detail: string }
  // clusters
  | { code: 'cluster-not-found'; id: string }
  | { code: 'cluster-start-failed'; step: string; command: string; output: string }
  | { code: 'cluster-busy'; id: string; runs: string[] }
  /** `seenMs`: its last sign of life, where that is known. */
  | { code: 'cluster-lost'; id: string; detail: string; seenMs?: number }
  | { code: 'nodes-impossible'; detail: string }
  | { code: 'fault-impossible'; node: string; kind: string; reason: string }
  | { code: 'backend-unavailable'; backend: string; reason: string }
  | { code: 'docker-unavailable'; socket: string; reason: string }
  | { code: 'image-not-found'; image: string; detail: string }
  | { code: 'image-build-failed'; dockerfile: string; step: string; output: string }
  | {
      code: 'image-mismatch';
      image: string;
      inside: { ray: string; python: string };
      expected: ExpectedVersions;
    }
  // runs
  | { code: 'run-not-found'; id: string }
  | { code: 'task-not-found'; task: string }
  | { code: 'replay-impossible'; task: string; reason: string }
  | { code: 'run-failed'; exitCode: number; error: string | null }
  | { code: 'job-not-started'; reason: string; message: string }
  | { code: 'trace-unreadable'; path: string; detail: string }
  | { code: 'disk-full'; path: string }
  | { code: 'file-unwritable'; path: string; reason: string }
  // predictions
  | { code: 'graph-invalid'; path: string; problems: string[] }
  | { code: 'prediction-impossible'; detail: string }
  | { code: 'rehearsal-impossible'; detail: string }
  // the engine
  | { code: 'engine-unreachable'; detail: string; logPath: string }
  /** `activeRuns` is null where that engine was not asked to leave, having taken the place of this client's. */
  | { code: 'engine-version'; running: string; wanted: string; activeRuns: number | null }
  | { code: 'bad-request'; detail: string }
  | { code: 'cancelled' }
  | { code: 'internal'; detail: string };

export interface SizedPath {
  path: string;
  sizeBytes: number;
}

/** Carries one `Failure` through `throw`. The only error class that crosses a folder boundary. */
export class FailureError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code);
    this.name = 'FailureError';
  }
}

export function fail(failure: Failure): never {
  throw new FailureError(failure);
}

/** The failure that an unknown thrown value stands for; what is not ours becomes `internal` with its stack. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError') return { code: 'cancelled' };
    const errno = thrown as Error & { code?: unknown; path?: unknown };
    if (errno.code === 'ENOSPC')
      return { code: 'disk-full', path: typeof errno.path === 'string' ? errno.path : '' };
    return { code: 'internal', detail: thrown.stack ?? thrown.message };
  }
  return { code: 'internal', detail: String(thrown) };
}
