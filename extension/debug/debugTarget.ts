/** Where to debug, as a launch configuration says it. Pure. */
import type { RunTarget } from '../../simulator/model/run';

/** The token of an address stays in VS Code's secret storage until the session starts. */
export function targetAttributes(target: RunTarget): Record<string, string> {
  switch (target.kind) {
    case 'address':
      return { address: target.address };
    case 'cluster':
      return { cluster: target.clusterId };
    case 'local': {
      const { backend, image, dockerfile } = target;
      return { backend, ...(image ? { image } : {}), ...(dockerfile ? { dockerfile } : {}) };
    }
  }
}
