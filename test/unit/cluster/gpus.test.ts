import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { gpuFlags, gpuOptions, gpuPlace } from '../../../simulator/cluster/gpuAccess';
import { findGpus } from '../../../simulator/cluster/gpus';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A root with these files; what follows a colon is the content. */
function rootWith(...files: string[]): string {
  const root = mkdtempSync(path.join(tmpdir(), 'hsgpu-'));
  roots.push(root);
  for (const file of files) {
    const [name = '', content = ''] = file.split(':');
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

describe("a machine's GPUs", () => {
  it("are NVIDIA's device files, in the order of their numbers, or those that are made visible", () => {
    const root = rootWith(...[0, 1, 2, 10].map((n) => `dev/nvidia${n}`), 'dev/nvidiactl', 'dev/nvidia-uvm');
    expect(findGpus({}, root).map(({ id }) => id)).toEqual(['0', '1', '2', '10']);
    expect(findGpus({ CUDA_VISIBLE_DEVICES: '2, GPU-1' }, root).map(({ id }) => id)).toEqual(['2', 'GPU-1']);
    expect(findGpus({ CUDA_VISIBLE_DEVICES: '' }, root)).toEqual([]);
  });

  it("are AMD's render nodes where ROCm can compute", () => {
    const root = rootWith('dev/kfd', 'dev/dri/renderD128', 'dev/dri/renderD129', 'dev/dri/card1');
    for (const [render, vendor] of [
      ['renderD128', '0x8086'],
      ['renderD129', '0x1002'],
    ] as const) {
      const device = path.join(root, 'devices', render);
      mkdirSync(path.join(device, 'drm/card1'), { recursive: true });
      writeFileSync(path.join(device, 'vendor'), `${vendor}\n`);
      mkdirSync(path.join(root, 'sys/class/drm', render), { recursive: true });
      symlinkSync(device, path.join(root, 'sys/class/drm', render, 'device'));
    }
    expect(findGpus({}, root)).toMatchObject([
      { vendor: 'amd', index: 0, id: 'amd:0', devices: ['/dev/dri/renderD129', '/dev/dri/card1'] },
    ]);
    rmSync(path.join(root, 'dev/kfd'));
    expect(findGpus({}, root)).toEqual([]);
  });
});

describe('what containers ask for', () => {
  const nvidia = [0, 1].map((index) => ({
    vendor: 'nvidia' as const,
    index,
    id: String(index),
    devices: [],
  }));

  it('goes by CDI on engines that have it and a description of the devices', () => {
    const root = rootWith('nvidia.yaml');
    const by = (version: string, folder: string) =>
      gpuPlace({ version, cdiFolders: [folder] }, nvidia).access;
    expect(by('28.2.2', root)).toBe('cdi');
    expect(by('24.0.7', root)).toBe('runtime');
    expect(by('28.2.2', '/nowhere')).toBe('runtime');
    const options = gpuOptions({ gpuIds: ['1'] }, { access: 'cdi', gpus: nvidia, groups: [] });
    expect(options).toEqual({ DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=1'] }] });
    expect(gpuFlags(options)).toEqual(['--device=nvidia.com/gpu=1']);
  });

  it('is nothing for a node whose GPUs are simulated', () => {
    expect(gpuOptions({ gpuIds: [] }, { access: 'cdi', gpus: nvidia, groups: [] })).toEqual({});
  });

  it("is AMD's device files, each GPU's for its node alone", () => {
    const gpus = [0, 1].map((index) => ({
      vendor: 'amd' as const,
      index,
      id: `amd:${index}`,
      devices: [`/dev/dri/renderD${128 + index}`],
    }));
    const place = gpuPlace({ version: '28.0.0', cdiFolders: [] }, gpus);
    expect(place.access).toBe('devices');
    const options = gpuOptions({ gpuIds: ['amd:1'] }, { ...place, groups: ['44'] });
    expect(options.GroupAdd).toEqual(['44']);
    expect(gpuFlags(options)).toEqual(['--device=/dev/kfd', '--device=/dev/dri/renderD129']);
  });
});
