/** The environment of a node's processes. Ray's workers and the entry points of jobs inherit it. Pure. */
import path from 'node:path';
import type { ClusterFiles, ClusterPlan, NodePlan } from './backend';
import { hiddenDevices, visibleDevices } from './gpus';
import { MARKS } from './nodeProcesses';
import type { NodePorts } from './processPorts';
import { eventEnvironment, rayEnvironment } from './rayEnvironment';

export interface NodePlace {
  plan: ClusterPlan;
  files: ClusterFiles;
  ports: NodePorts;
  /** Whether this machine has GPUs that a node whose own are simulated must not see. */
  hasRealGpus: boolean;
  /** Where Ray's events are posted; null for nowhere. */
  eventUrl: string | null;
}

export function nodeEnvironment(
  base: NodeJS.ProcessEnv,
  place: NodePlace,
  node: NodePlan,
  attempt: number,
): NodeJS.ProcessEnv {
  const { plan, files, ports } = place;
  const python = plan.spec.python ?? 'python3';
  return {
    ...withoutForeign(base),
    ...gpuEnvironment(node, place.hasRealGpus),
    [MARKS.cluster]: plan.id,
    [MARKS.dir]: files.dir,
    [MARKS.node]: String(node.index),
    HELIOSTAT_ATTEMPT: String(attempt),
    ...rayEnvironment(plan, files),
    PATH: [path.dirname(python), base['PATH']].filter(Boolean).join(path.delimiter),
    PYTHONPATH: [files.probe, base['PYTHONPATH']].filter(Boolean).join(path.delimiter),
    ...eventEnvironment(place.eventUrl),
    RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '1',
    // A busy machine needs more than Ray's 60 seconds.
    RAY_DASHBOARD_STARTUP_TIMEOUT_S: '150',
    DASHBOARD_METRIC_PORT: String(ports.dashboardMetrics),
    AUTOSCALER_METRIC_PORT: String(ports.autoscalerMetrics),
    // A process title longer than the command line would overwrite the environment, and our marks with it.
    SPT_NOENV: '1',
  };
}

/**
 * Leaves out what would make this cluster another's: Ray's addresses, tokens and job variables (all in upper case;
 * `RAY_<flag in lower case>` tunes Ray's core and stays), our own marks, and what an editor sets for its own processes.
 */
export function withoutForeign(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(base).filter(([key]) => !/^(RAY_[A-Z]|HELIOSTAT_|VSCODE_|ELECTRON_)/.test(key)),
  );
}

function gpuEnvironment(node: NodePlan, hasRealGpus: boolean): NodeJS.ProcessEnv {
  // Not the machine's: it has none.
  if (node.gpus === 0) return { CUDA_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' };
  if (!node.gpusSimulated) return visibleDevices(node.gpuIds);
  // Ray compares a simulated number with the devices that this names, and refuses more. Without any, it would name
  // GPU 0 to a task where there is none, and the real one where there is.
  const hidden = hasRealGpus ? hiddenDevices(node.gpus) : undefined;
  return { CUDA_VISIBLE_DEVICES: hidden, HIP_VISIBLE_DEVICES: hidden };
}
