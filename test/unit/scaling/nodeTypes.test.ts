/** Kinds of nodes, as somebody asks for them. */
import { describe, expect, it } from 'vitest';
import type { PredictRequest } from '../../../simulator/model/scaling';
import { parseNodeType } from '../../../simulator/scaling/nodeTypes';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import { fanOut, graphOf, nodeOf } from './build';

const optionsFor = (request: PredictRequest) =>
  optionsOf(graphOf(fanOut(2)), request, { prices: USUAL_PRICES, captured: null, backChecks: [] });

describe('a kind of node', () => {
  it('has its resources, and how many there are of it', () => {
    expect(parseNodeType('count=3,cpus=8,special=0.5')).toMatchObject({
      count: 3,
      cpus: 8,
      resources: { special: 0.5 },
    });
    expect(parseNodeType('cpus=8').count).toBeNull();
  });

  it.each(['1.5', '0', '-1', 'many'])('is not there %s times', (count) => {
    expect(() => parseNodeType(`count=${count},cpus=8`)).toThrow(
      `count=${count}: not a whole number from 1.`,
    );
  });
});

describe('a request', () => {
  it.each([
    { types: [nodeOf(8, 0, { count: 1.5 })] },
    { types: [nodeOf(8), nodeOf(8, 0, { count: 0 })] },
    { nodes: [1, 0] },
    { nodes: [2.5] },
  ])('is for whole nodes: %j', (request) => {
    expect(() => optionsFor(request)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'bad-request' }) as unknown }),
    );
  });

  it('may leave the number of nodes open', () => {
    expect(optionsFor({ types: [nodeOf(8), nodeOf(8, 0, { count: 2 })], nodes: [1, 4] }).nodes).toEqual([
      1, 4,
    ]);
  });
});
