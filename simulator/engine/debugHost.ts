/** The engine as debug sessions see it: runs to start and follow, and where the processes of a run can dial in. */
import type { Disposable } from '../base/lifecycle';
import type { Clusters } from '../cluster/clusters';
import { handleOf } from '../cluster/entry';
import type { DebugHost, DebugPlace, RunFollower } from '../debug/debugHost';
import { fail } from '../model/failure';
import { isEnded, type RunInfo, type RunRequest, tellsTimes } from '../model/run';
import { readWorkerEnd } from '../ray/workers';
import type { Runs } from '../run/runs';
import { slowestTask } from '../trace/slowestTask';
import type { DebugPlaces } from './debugPlaces';

const LOG_PIECE_BYTES = 262_144;

export class EngineDebugHost implements DebugHost {
  constructor(
    private readonly runs: Runs,
    private readonly clusters: Clusters,
    private readonly places: DebugPlaces,
  ) {}

  startRun(request: RunRequest): RunInfo {
    return this.runs.start(request);
  }

  replayRequest(run: string, task: string, stop: boolean): Promise<RunRequest> {
    return this.runs.replayRequest(this.find(run, () => true).id, { task, stop });
  }

  cancelRun(run: string): void {
    this.runs.cancel(run);
  }

  findRun(run: string): RunInfo {
    return this.find(run, ({ state }) => !isEnded(state));
  }

  /** `isLast`: which runs `last` may mean, the newest first. */
  private find(run: string, isLast: (one: RunInfo) => boolean): RunInfo {
    const found = this.runs
      .list()
      .find((one) => (run === 'last' ? isLast(one) : run !== '' && one.id.startsWith(run)));
    return found ?? fail({ code: 'run-not-found', id: run });
  }

  async place(run: RunInfo): Promise<DebugPlace> {
    if (isEnded(run.state)) fail({ code: 'bad-request', detail: `The run ${run.id} has ended.` });
    if (run.backend === 'remote' || run.clusterId === null) fail({ code: 'bad-request', detail: NOT_OURS });
    // The run holds it.
    const place = await this.places.ours(await handleOf(this.clusters.entry(run.clusterId)));
    this.runs.joinedByDebugger(run.id);
    return place;
  }

  follow(run: string, follower: RunFollower): Disposable {
    let from = 0;
    let step = '';
    let isOver = false;
    const look = () => {
      if (isOver) return;
      const info = this.runs.get(run);
      if (info.state.kind === 'preparing' && info.state.step !== step) {
        step = info.state.step;
        follower.onStep(step);
      }
      for (;;) {
        const piece = this.runs.logPiece(run, from, LOG_PIECE_BYTES);
        from = piece.nextByte;
        if (piece.text === '') break;
        follower.onOutput(piece.text);
      }
      if (!isEnded(info.state)) return;
      isOver = true;
      subscription.dispose();
      follower.onEnd(info);
    };
    const subscription = this.runs.onChanged(({ topic }) => {
      if (topic === `run:${run}`) look();
    });
    setImmediate(look);
    return subscription;
  }

  async slowestTask(script: string, fn: string): Promise<number | null> {
    const earlier = this.runs.list().filter((run) => run.script === script && tellsTimes(run));
    for (const { id } of earlier) {
      const found = await this.runs.readWhole(id, (store) => slowestTask(store, fn));
      if (found !== null) return found;
    }
    return null;
  }

  async whyEnded(run: string, worker: string): Promise<string | null> {
    const { clusterId } = this.runs.get(run);
    return clusterId === null ? null : readWorkerEnd(await this.clusters.endpoint(clusterId), worker);
  }
}

const NOT_OURS =
  'Heliostat did not start its cluster, where a debugger cannot come to a run that is under way, but only go along with ' +
  'one: start the script again with Debug on Cluster.';
