/** A stand-in for an engine that is killed: starts one cluster and says what happens, one line each. */
import { silentLog } from '../../simulator/base/context';
import { Clusters } from '../../simulator/cluster/clusters';
import type { StartRequest } from '../../simulator/cluster/entry';
import { DockerBackend } from '../../simulator/cluster/dockerBackend';
import { ProcessBackend } from '../../simulator/cluster/processBackend';

interface Wish {
  kind: 'process' | 'docker';
  dir: string;
  probeSource: string;
  request: StartRequest;
}

const { kind, dir, probeSource, request } = JSON.parse(process.argv[2]!) as Wish;
const backend = kind === 'docker' ? new DockerBackend({ clusters: dir }) : new ProcessBackend(dir);
const clusters = new Clusters({ dir, backends: [backend], probeSource, log: silentLog });
clusters.on(() => {
  for (const { id, state } of clusters.list()) {
    const what = state.kind === 'starting' ? state.step : JSON.stringify(state);
    process.stdout.write(`${id} ${what}\n`);
  }
});
// Who listens may have heard enough.
process.stdout.on('error', () => {});
clusters.start(request);
setInterval(() => void clusters.refresh(true), 1000);
