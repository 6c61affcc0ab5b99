import { describe, expect, it } from 'vitest';
import { Readings } from '../../../simulator/cluster/readings';

describe('clusters are read each by itself', () => {
  it('so that a silent one holds up no other, and is not asked again before it has answered', async () => {
    let changes = 0;
    const asked: string[] = [];
    const readings = new Readings(() => changes++);
    let answer: () => void = () => expect.fail('not asked');
    const silent = () => {
      asked.push('silent');
      return new Promise<void>((resolve) => (answer = resolve));
    };
    const quick = () => Promise.resolve(void asked.push('quick'));
    const first = readings.read('silent', silent);
    for (let second = 0; second < 3; second++) {
      expect(readings.read('silent', silent)).toBe(first);
      await readings.read('quick', quick);
    }
    expect(asked).toEqual(['silent', 'quick', 'quick', 'quick']);
    expect(changes).toBe(3);
    answer();
    await first;
    expect(changes).toBe(4);
    void readings.read('silent', silent);
    expect(asked.at(-1)).toBe('silent');
  });

  it('and those that nobody looks at rarely', () => {
    const readings = new Readings(() => undefined);
    expect([readings.isDueForAll(), readings.isDueForAll()]).toEqual([true, false]);
  });
});
