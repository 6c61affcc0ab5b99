/** What Ray is told by variables in every node, whether it is processes or a container. Pure. */
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
