import { describe, expect, it } from 'vitest';
import { definitionLine, functionLens } from '../../../extension/functionText';
import type { FunctionSummary } from '../../../simulator/model/trace';
import { driverSummary } from '../trace/build';

describe('the lens above a remote function', () => {
  it('says how its tasks went', () => {
    expect(functionLens(of({ total: 120, failed: 2 }, { p50Ms: 3.14, p95Ms: 1250, waitP50Ms: 0.5 }))).toBe(
      '120 tasks · half under 3.14 ms, 95 % under 1.25 s · waited 0.50 ms · 2 failed',
    );
    expect(functionLens(of({ total: 1, failed: 0 }, { kind: 'actor-task' }))).toBe('1 call');
    expect(functionLens(of({ total: 0, failed: 0 }, {}))).toBeNull();
  });

  it('finds its function again after edits', () => {
    const lines = [
      'import ray',
      '',
      '@ray.remote',
      'def f(x):',
      '    return x',
      'class Trainer:',
      '    async def step(self):',
    ];
    expect(definitionLine(lines, 'f', 4)).toBe(3);
    expect(definitionLine(['# new', ...lines], 'f', 4)).toBe(4);
    expect(definitionLine(lines, 'Trainer.step', 7)).toBe(6);
    expect(definitionLine(lines, 'Trainer', 1)).toBe(5);
    expect(definitionLine(lines, 'gone', 4)).toBeNull();
  });
});

function of(counts: { total: number; failed: number }, part: Partial<FunctionSummary>): FunctionSummary {
  const [any] = driverSummary();
  return { ...any!, ...part, counts: { ...any!.counts, ...counts } };
}
