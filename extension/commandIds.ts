/** Every command of the extension, once. The manifest lists the same; a test compares them. */
export const COMMAND_IDS = [
  'heliostat.run',
  'heliostat.runWithArgs',
  'heliostat.runOn',
  'heliostat.cancelRun',
  'heliostat.openRun',
  'heliostat.showRunLog',
  'heliostat.removeRun',
  'heliostat.startCluster',
  'heliostat.stopCluster',
  'heliostat.stopAllClusters',
  'heliostat.clusterLog',
  'heliostat.explainCluster',
  'heliostat.openDashboard',
  'heliostat.openSample',
  'heliostat.selectPython',
  'heliostat.openSettings',
  'heliostat.showLog',
  'heliostat.refresh',
] as const;

export type CommandId = (typeof COMMAND_IDS)[number];
