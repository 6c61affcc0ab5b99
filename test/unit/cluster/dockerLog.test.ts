import { describe, expect, it } from 'vitest';
import { takeFrames } from '../../../simulator/cluster/dockerLog';

function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('takeFrames', () => {
  it('gives back the payloads however the stream was cut', () => {
    const whole = Buffer.concat([frame('eins'), frame(''), frame('zwölf\n')]);
    for (let cut = 0; cut <= whole.length; cut++) {
      const first = takeFrames(whole.subarray(0, cut));
      const second = takeFrames(Buffer.concat([first.rest, whole.subarray(cut)]));
      const text = Buffer.concat([...first.payloads, ...second.payloads]).toString('utf8');
      expect(text).toBe('einszwölf\n');
      expect(second.rest).toHaveLength(0);
    }
  });
});
