/** Where to debug, as a launch configuration says it. */
import { expect, it } from 'vitest';
import { targetAttributes } from '../../../extension/debug/debugTarget';

it('names an address without its token, a cluster by its id, and a local one as it is to be', () => {
  const address = 'http://10.0.0.5:8265';
  expect(targetAttributes({ kind: 'address', address, token: 'secret' })).toEqual({ address });
  expect(targetAttributes({ kind: 'cluster', clusterId: 'c1' })).toEqual({ cluster: 'c1' });
  expect(targetAttributes({ kind: 'local', backend: 'process' })).toEqual({ backend: 'process' });
  const docker = { backend: 'docker', image: 'ray:1' } as const;
  expect(targetAttributes({ kind: 'local', ...docker })).toEqual(docker);
});
