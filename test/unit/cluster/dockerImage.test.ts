import { describe, expect, it } from 'vitest';
import { defaultImage, PullProgress, withTag } from '../../../simulator/cluster/dockerImage';

describe('defaultImage', () => {
  it("names Ray's own image for a Ray and a Python", () => {
    expect(defaultImage('2.60.0', '3.11.7')).toMatch(/^rayproject\/ray:2\.60\.0-py311/);
  });
});

describe('withTag', () => {
  it.each([
    ['ray', 'ray:latest'],
    ['localhost:5000/ray', 'localhost:5000/ray:latest'],
    ['localhost:5000/ray:1', 'localhost:5000/ray:1'],
    ['rayproject/ray:2.60.0', 'rayproject/ray:2.60.0'],
    ['ray@sha256:12', 'ray@sha256:12'],
  ])('%s', (image, tagged) => expect(withTag(image)).toBe(tagged));
});

describe('PullProgress', () => {
  it('adds up what the engine says of single layers', () => {
    const progress = new PullProgress();
    const said = [
      { status: 'Pulling from rayproject/ray', id: '2.60.0' },
      { status: 'Pulling fs layer', progressDetail: {}, id: 'a' },
      { status: 'Pulling fs layer', progressDetail: {}, id: 'b' },
      { status: 'Already exists', progressDetail: {}, id: 'c' },
      { status: 'Downloading', progressDetail: { current: 5_400_000, total: 9_000_000 }, id: 'a' },
      { status: 'Downloading', progressDetail: { current: 5_400_001, total: 9_000_000 }, id: 'a' },
      { status: 'Extracting', progressDetail: { current: 100, total: 9_000_000 }, id: 'a' },
      { status: 'Pull complete', progressDetail: {}, id: 'a' },
      { status: 'Status: Downloaded newer image' },
    ].map((event) => (progress.add(event) ? progress.words() : null));
    expect(said).toEqual([
      null,
      '0 of 1 layers, 0 MB',
      '0 of 2 layers, 0 MB',
      '1 of 3 layers, 0 MB',
      '1 of 3 layers, 5 MB',
      null,
      null,
      '2 of 3 layers, 5 MB',
      null,
    ]);
  });
});
