import { describe, expect, it } from 'vitest';
import type { ScalingPoint } from '../../../simulator/model/scaling';
import { measuredSize } from '../../../webview/scaling/curves';

const points = [1, 2, 4].map((nodes) => ({ nodes, cpus: 6 * nodes, gpus: nodes }) as ScalingPoint);
const plain = { cpus: 4, gpus: 0 };
const withGpu = { cpus: 2, gpus: 1 };

describe('the size that was measured', () => {
  it('counts nodes of each kind where there are two', () => {
    expect(measuredSize([plain, withGpu], points)).toBe(1);
    expect(measuredSize([plain, plain, withGpu, withGpu], points)).toBe(2);
    expect(measuredSize([plain, plain, withGpu], points)).toBeNull();
  });

  it('counts nodes where they are alike', () => {
    const alike = [1, 2].map((nodes) => ({ nodes, cpus: 4 * nodes, gpus: 0 }) as ScalingPoint);
    expect(measuredSize([plain, plain], alike)).toBe(2);
    expect(measuredSize([plain, plain, plain], alike)).toBe(3);
  });
});
