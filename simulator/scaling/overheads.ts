/**
 * What Ray itself costs. `published` is from Ray's own release measurements on large machines
 * (release/perf_metrics/microbenchmark.json); `measured` was measured here with Ray 2.60.0 on one machine with
 * several raylets; limits and periods are Ray's defaults (src/ray/common/ray_config_def.h).
 */
import type { OverheadsName } from '../model/scaling';

export interface Overheads {
  /** The submitter's own time for one `.remote()`. */
  submitMs: number;
  /** Request for a lease, from the owner to a raylet. */
  leaseRequestMs: number;
  /** From a raylet's decision until the owner knows its worker. */
  grantMs: number;
  /** From the owner's push until the function runs. */
  pushMs: number;
  /** From the function's end until the owner knows it. */
  replyMs: number;
  /** The owner's input and output thread, for one task that ends. */
  ownerMs: number;
  /** From an owner's letting a worker go until its raylet has its resources back. */
  returnMs: number;
  /**
   * An actor call that reaches a busy actor waits for nothing but the call before; this lies between two calls. `measured` is
   * that of calls of 5 ms; of calls that do nothing it was 0.28 ms.
   */
  actorGapMs: number;
  /** GCS's own work for an actor, beside its lease. */
  actorCreateMs: number;
  /** `ray.get` of one result that is there. */
  getMs: number;
  /** `max_pending_lease_requests_per_scheduling_category`: at least so many, or as many as there are nodes. */
  leaseWindow: number;
  /** `worker_lease_timeout_milliseconds`: a worker is used again for the same key until its lease is so old; -1: never. */
  leaseReuseMs: number;
  /** `raylet_report_resources_period_milliseconds`: until others hear what a node has free. */
  reportPeriodMs: number;
  /** From a node's report until a raylet that heard it has sent a request on. */
  reportMs: number;
  /** A worker process from nothing to its first task, and the CPU time that this takes on its node. */
  workerStartMs: number;
  workerStartCpuMs: number;
  /** CPU time of a worker until its first task runs, where it has to share its node's cores: it loads the function. */
  workerReadyCpuMs: number;
  /** Cores that Ray's own processes keep busy all the time: on the head, and on any other node. */
  headCores: number;
  nodeCores: number;
  /**
   * CPU time of all of Ray's processes for a task that gets a lease, for one that takes over a worker, and for one more
   * raylet that is asked. Measured as what the driver, raylet, GCS and workers used, by their threads’ `schedstat`.
   */
  leaseCpuMs: number;
  reuseCpuMs: number;
  redirectCpuMs: number;
  /** A result that goes into the object store: making room, sealing, pinning, and copying so many bytes. */
  storeMs: number;
  storeMsPerMb: number;
  /** Arguments from the object store: the raylet's asking for them and the worker's, and what each one adds. */
  argumentsMs: number;
  argumentMs: number;
  /** CPU time for a result in the object store; for arguments there, as much and all of the time that they take. */
  storeCpuMs: number;
  /** One transfer between nodes, beside its bytes. */
  transferMs: number;
  /** `max_direct_call_object_size`: larger results stay on their node. */
  inlineBytes: number;
  /** `scheduler_spread_threshold`. */
  spreadThreshold: number;
  /** `scheduler_top_k_fraction`. */
  topKFraction: number;
  /** `scheduler_avoid_gpu_nodes`. */
  avoidGpuNodes: boolean;
  /** Any node that has room, at random: only to see what an endless cluster would give. */
  isSpread?: boolean;
  /** `worker_cap_enabled`. */
  hasWorkerCap: boolean;
  /** `object_spilling_threshold`. */
  spillThreshold: number;
}

const RULES = {
  leaseWindow: 10,
  leaseReuseMs: 500,
  reportPeriodMs: 100,
  inlineBytes: 100 * 1024,
  spreadThreshold: 0.5,
  topKFraction: 0.2,
  avoidGpuNodes: true,
  hasWorkerCap: true,
  spillThreshold: 0.8,
};

const TABLE: Record<OverheadsName, Overheads> = {
  measured: {
    ...RULES,
    submitMs: 0.25,
    leaseRequestMs: 0.6,
    grantMs: 0.7,
    pushMs: 1.2,
    replyMs: 1.4,
    ownerMs: 0.05,
    returnMs: 0.6,
    reportPeriodMs: 103,
    reportMs: 7,
    actorGapMs: 0.7,
    actorCreateMs: 5,
    getMs: 0.02,
    workerStartMs: 900,
    workerStartCpuMs: 700,
    workerReadyCpuMs: 350,
    headCores: 0.25,
    nodeCores: 0.1,
    leaseCpuMs: 4.5,
    reuseCpuMs: 2,
    redirectCpuMs: 1.5,
    storeMs: 0.9,
    storeMsPerMb: 0.2,
    argumentsMs: 0.7,
    argumentMs: 0.3,
    storeCpuMs: 2.5,
    transferMs: 8,
  },
  published: {
    ...RULES,
    submitMs: 0.124,
    leaseRequestMs: 0.2,
    grantMs: 0.2,
    pushMs: 0.15,
    replyMs: 0.25,
    ownerMs: 0.04,
    returnMs: 0.2,
    reportMs: 2,
    actorGapMs: 0.115,
    actorCreateMs: 5,
    getMs: 0.02,
    workerStartMs: 1000,
    workerStartCpuMs: 700,
    workerReadyCpuMs: 350,
    headCores: 0.25,
    nodeCores: 0.1,
    leaseCpuMs: 1,
    reuseCpuMs: 0.3,
    redirectCpuMs: 0.3,
    storeMs: 0.2,
    storeMsPerMb: 0.05,
    argumentsMs: 0.2,
    argumentMs: 0.05,
    storeCpuMs: 0.5,
    transferMs: 5,
  },
  none: {
    ...RULES,
    submitMs: 0,
    leaseRequestMs: 0,
    grantMs: 0,
    pushMs: 0,
    replyMs: 0,
    ownerMs: 0,
    returnMs: 0,
    reportMs: 0,
    actorGapMs: 0,
    actorCreateMs: 0,
    getMs: 0,
    leaseWindow: Infinity,
    leaseReuseMs: -1,
    reportPeriodMs: 0,
    workerStartMs: 0,
    workerStartCpuMs: 0,
    workerReadyCpuMs: 0,
    headCores: 0,
    nodeCores: 0,
    leaseCpuMs: 0,
    reuseCpuMs: 0,
    redirectCpuMs: 0,
    storeMs: 0,
    storeMsPerMb: 0,
    argumentsMs: 0,
    argumentMs: 0,
    storeCpuMs: 0,
    transferMs: 0,
    spreadThreshold: 1,
    spillThreshold: Infinity,
  },
};

export function overheadsNamed(name: OverheadsName): Overheads {
  return TABLE[name];
}
