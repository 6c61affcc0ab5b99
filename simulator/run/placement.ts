/** Finds or makes the cluster that a run goes to, and the Python that it runs with. */
import path from 'node:path';
import type { Context, Log } from '../base/context';
import { isInside } from '../base/paths';
import type { ClusterHandle } from '../cluster/backend';
import type { Clusters } from '../cluster/clusters';
import type { Invitation } from '../debug/invitation';
import type { ClusterSpec } from '../model/cluster';
import { fail } from '../model/failure';
import type { RunRequest, RunTarget } from '../model/run';
import type { PythonTools } from '../python/interpreters';
import type { Endpoint } from '../ray/endpoint';
import { clusterSpec, type ClusterWish } from './clusterSpec';
import { keptDir } from './keptArguments';
import { LocalPlace } from './localPlace';
import { scheduleFaults } from './scheduledFaults';
import type { Launch, RunPlace } from './place';
import { prepareAgain, prepareScript, type PreparedScript } from './prepare';
import { RemotePlace } from './remotePlace';
import type { Placement } from './place';
import type { RunSession } from './session';
import { Slots } from './slots';

/** A cluster that a run started for itself goes away after so long without one. */
const IDLE_MINUTES = 30;

const NOT_SHARED =
  'It needs a cluster that Heliostat has started and whose nodes see the folder of the script.';
const NOT_DEBUGGED =
  'Nothing can be debugged there: the nodes of this cluster do not see the folder of the script.';

/** A debug run has its cluster, and nothing of it runs yet. Null where nobody debugs it any more. */
export interface OnDebugPlaced {
  ours(run: string, handle: ClusterHandle): Promise<Invitation | null>;
  foreign(run: string, endpoint: Endpoint, workingDir: string): Promise<Invitation | null>;
}

export class ClusterPlacement implements Placement {
  private readonly slots = new Map<string, Slots>();

  constructor(
    private readonly clusters: Clusters,
    private readonly python: PythonTools,
    private readonly log: Log,
    /** The probe's files. */
    private readonly probeDir: string,
    private readonly onDebugPlaced: OnDebugPlaced,
  ) {}

  async prepare(ctx: Context, session: RunSession): Promise<{ place: RunPlace; launch: Launch }> {
    const { request, info } = session.record;
    const isResumed = info.submissionId !== null && info.clusterId !== null;
    const script = isResumed ? await prepareAgain(info) : await prepareScript(request);
    // Warnings are shown now, before anything slow begins.
    const notices = [...new Set([...info.notices, ...script.notices])];
    Object.assign(info, { workingDir: script.workingDir, args: script.args, notices });
    const target: RunTarget = isResumed ? { kind: 'cluster', clusterId: info.clusterId! } : request.target;
    const place = await this.findPlace(ctx, session, script, target);
    if (request.replay && !(place instanceof LocalPlace))
      fail({ code: 'replay-impossible', task: request.replay.task, reason: NOT_SHARED });
    if (script.spec.faults && place.backend === 'remote')
      info.notices.push('The faults of the annotation are left out: this cluster is not ours.');
    return {
      place,
      launch: {
        run: info.id,
        script: script.script,
        args: script.args,
        workingDir: script.workingDir,
        env: { ...script.env, ...request.env },
        debug: request.debug === true,
        keepArguments: script.spec.keepArguments ?? [],
        replay: replayOf(request, session.files.dir),
        dependencies: script.spec.dependencies ?? [],
      },
    };
  }

  endpoint(place: RunPlace): Promise<Endpoint> {
    return this.clusters.endpoint(place.clusterId);
  }

  /** Has a slot wait on every cluster that comes up, so that its first run starts as fast as its tenth. */
  async clusterReady(handle: ClusterHandle): Promise<void> {
    const slots = this.slotsOf(handle);
    await slots
      .recover()
      .catch((thrown: unknown) => this.log.warn(`Slots of ${handle.plan.id}: ${String(thrown)}`));
    slots.prepare();
  }

  clusterGone(id: string): void {
    this.slots.delete(id);
  }

  private async findPlace(
    ctx: Context,
    session: RunSession,
    script: PreparedScript,
    target: RunTarget,
  ): Promise<RunPlace> {
    const { id } = session.info;
    switch (target.kind) {
      case 'address':
        return this.remotePlace(
          session,
          await this.clusters.adopt(target.address, target.token ?? null, id),
          script,
        );
      case 'cluster': {
        const remote = this.clusters.remote(target.clusterId);
        if (remote)
          return this.remotePlace(
            session,
            await this.clusters.adopt(remote.endpoint.address, remote.endpoint.token, id),
            script,
          );
        return this.localPlace(await this.clusters.join(target.clusterId, id), script, session);
      }
      case 'local': {
        const { request } = session.record;
        const handle = await this.clusters.acquire(ctx, {
          name: path.basename(script.script, '.py'),
          spec: await this.wantedSpec(ctx, session, script, target),
          origin: script.script,
          idleMinutes: request.idleMinutes ?? IDLE_MINUTES,
          ...(request.orphanMinutes === undefined ? {} : { orphanMinutes: request.orphanMinutes }),
          runId: id,
        });
        return this.localPlace(handle, script, session);
      }
    }
  }

  private wantedSpec(
    ctx: Context,
    session: RunSession,
    script: PreparedScript,
    target: Extract<RunTarget, { kind: 'local' }>,
  ): Promise<ClusterSpec> {
    const { request } = session.record;
    const { spec, workingDir } = script;
    return clusterSpec(
      ctx,
      {
        backend: target.backend,
        groups: target.groups ?? spec.nodes,
        ...imageOf(script, target),
        network: spec.network,
        mounts: [workingDir],
        recording: request.recording,
      },
      {
        scriptDir: path.dirname(script.script),
        dependencies: spec.dependencies ?? [],
        env: { ...process.env, ...request.searchEnv },
        ...(request.python ? { selected: request.python } : {}),
        ...(spec.requiresPython ? { requiresPython: spec.requiresPython } : {}),
      },
      this.python,
    );
  }

  /** A container that does not see the script's folder gets it as a remote cluster does. */
  private async localPlace(
    handle: ClusterHandle,
    script: PreparedScript,
    { record: { request }, info }: RunSession,
  ): Promise<RunPlace> {
    const { plan, endpoint } = handle;
    const faults = script.spec.faults ?? [];
    const onStarted = (startMs: number) =>
      scheduleFaults(this.clusters, { clusterId: plan.id, run: info.id }, faults, startMs);
    const isVisible =
      plan.spec.backend === 'process' || plan.spec.mounts.some((mount) => isInside(mount, script.workingDir));
    if (request.debug && !isVisible) fail({ code: 'bad-request', detail: NOT_DEBUGGED });
    if (request.debug) await this.onDebugPlaced.ours(info.id, handle);
    return isVisible
      ? new LocalPlace(handle, this.slotsOf(handle), onStarted)
      : new RemotePlace({ clusterId: plan.id, clusterName: plan.name, endpoint, luggage: null });
  }

  private async remotePlace(
    { record: { request }, info }: RunSession,
    { id, name, endpoint }: { id: string; name: string; endpoint: Endpoint },
    { workingDir }: PreparedScript,
  ): Promise<RunPlace> {
    const invitation = request.debug ? await this.onDebugPlaced.foreign(info.id, endpoint, workingDir) : null;
    const luggage = request.recording === false ? null : { probeDir: this.probeDir, invitation };
    return new RemotePlace({ clusterId: id, clusterName: name, endpoint, luggage });
  }

  private slotsOf(handle: ClusterHandle): Slots {
    const { plan, files, backend } = handle;
    let slots = this.slots.get(plan.id);
    if (!slots) {
      slots = new Slots(
        {
          slotsDir: files.slots,
          launcher: path.join(files.probe, 'launcher.py'),
          python: backend.pythonCommand(plan),
        },
        () => Promise.resolve(handle.endpoint),
      );
      this.slots.set(plan.id, slots);
    }
    return slots;
  }
}

/** What was asked for with the run counts, then the annotation, whose paths begin at the script's folder. */
function imageOf(
  { script, spec }: PreparedScript,
  { image, dockerfile }: Extract<RunTarget, { kind: 'local' }>,
): Pick<ClusterWish, 'image' | 'dockerfile'> {
  if (image !== undefined) return { image };
  if (dockerfile !== undefined) return { dockerfile };
  if (spec.dockerfile === undefined) return { image: spec.image };
  return { dockerfile: path.resolve(path.dirname(script), spec.dockerfile) };
}

function replayOf({ replay }: RunRequest, ownDir: string): Launch['replay'] {
  if (!replay) return null;
  return { replay, file: path.join(keptDir(path.join(path.dirname(ownDir), replay.run)), replay.task) };
}
