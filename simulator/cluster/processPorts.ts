/** The ports of a process cluster, kept in its directory so that the next engine finds its dashboard. */
import path from 'node:path';
import { readJson, writeAtomic } from '../base/files';
import { number, object } from '../ray/decode';
import type { ClusterFiles } from './backend';

export interface NodePorts {
  /** Of the GCS, where nodes and drivers join. */
  gcs: number;
  dashboard: number;
  /** Two Prometheus ports that are fixed unless named: two clusters would fight for them. */
  dashboardMetrics: number;
  autoscalerMetrics: number;
}

export function writePorts(files: ClusterFiles, ports: NodePorts): void {
  writeAtomic(portsFile(files), JSON.stringify(ports));
}

/** Null before the cluster was up. */
export function readPorts(files: ClusterFiles): NodePorts | null {
  const json = object(readJson(portsFile(files)));
  const gcs = number(json['gcs']);
  const dashboard = number(json['dashboard']);
  if (gcs === null || dashboard === null) return null;
  return {
    gcs,
    dashboard,
    dashboardMetrics: number(json['dashboardMetrics']) ?? 0,
    autoscalerMetrics: number(json['autoscalerMetrics']) ?? 0,
  };
}

function portsFile(files: ClusterFiles): string {
  return path.join(files.dir, 'ports.json');
}
