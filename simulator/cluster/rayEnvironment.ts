/** What Ray is told by variables in every node, whether it is processes or a container. Pure. */
import { EXPORTED_TYPES } from '../ray/rayEvents';
import type { ClusterFiles, ClusterPlan } from './backend';

/** Nothing secret: the token is a file, and only its path stands here. */
export function rayEnvironment(
  { spec }: Pick<ClusterPlan, 'spec'>,
  files: ClusterFiles,
): Record<string, string> {
  return {
    RAY_AUTH_MODE: 'token',
    RAY_AUTH_TOKEN_PATH: files.tokenFile,
    RAY_START_HOOK: 'heliostat_start.prepare',
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_DASHBOARD_ENABLE_PROFILING: '1',
    // Otherwise a training function's prints stand twice in the log.
    RAY_TRAIN_ENABLE_PRINT_PATCH: '0',
    // Otherwise Ray Train tells nobody of its runs and their workers.
    RAY_TRAIN_ENABLE_STATE_TRACKING: '1',
    REPORTER_UPDATE_INTERVAL_MS: '1000',
    // What waits is written so often.
    AUTOSCALER_UPDATE_INTERVAL_S: '2',
    NODE_STATS_UPDATE_INTERVAL_SECONDS: '2',
    // Ray keeps 100,000 tasks by itself, and then tells of the older ones neither to us nor on its dashboard.
    RAY_task_events_max_num_task_in_gcs: '1000000',
    // The probe; see "The spool" in ARCHITECTURE.md.
    ...(spec.recording
      ? { HELIOSTAT_SPOOL: files.spool, RAY_preload_python_modules: 'heliostat_worker' }
      : {}),
  };
}

/** Holds the secret of the address: for a node's environment alone. */
export const EVENT_ADDRESS_VARIABLE = 'RAY_DASHBOARD_AGGREGATOR_AGENT_EVENTS_EXPORT_ADDR';

/** Ray's own event export, of few types: all of them would cost small tasks half their speed. */
export function eventEnvironment(url: string | null): Record<string, string> {
  if (url === null) return {};
  return {
    RAY_enable_ray_event: '1',
    [EVENT_ADDRESS_VARIABLE]: url,
    RAY_DASHBOARD_AGGREGATOR_AGENT_EXPOSABLE_EVENT_TYPES: EXPORTED_TYPES.join(','),
    // Agents begin before the engine listens, and outlive engines.
    RAY_DASHBOARD_AGGREGATOR_AGENT_PUBLISHER_MAX_BACKOFF_SECONDS: '1',
  };
}
