/** What the Scaling tab asks and keeps, while answers come late, fail or are about what is no longer asked. */
import { describe, expect, it } from 'vitest';
import type { Prediction, WhatIfResult } from '../../../simulator/model/scaling';
import type { Ask } from '../../../webview/ask';
import { ScalingQuestions } from '../../../webview/scaling/scalingQuestions';
import { outcome } from '../../../webview/scaling/scalingWords';

interface Asked {
  method: string;
  params: Record<string, unknown>;
  answer(result: unknown): Promise<void>;
  refuse(): Promise<void>;
}

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Keeps every question until the test answers it. */
class Line {
  readonly asked: Asked[] = [];

  readonly ask = ((method: string, params: Record<string, unknown>) =>
    new Promise((resolve, reject) => {
      this.asked.push({
        method,
        params,
        answer: (result) => (resolve(result), settled()),
        refuse: () => (reject(new Error('It fell over.')), settled()),
      });
    })) as unknown as Ask;

  get last(): Asked {
    return this.asked.at(-1)!;
  }

  questionsAbout(run: string): ScalingQuestions {
    return new ScalingQuestions(run, this.ask, () => undefined);
  }
}

const functions = (...names: string[]) => names.map((name) => ({ name, totalMs: 1000 }));
const prediction = (more: Partial<Record<keyof Prediction, unknown>> = {}) =>
  ({ points: [{ nodes: 1, gpus: 0 }], functions: functions('decode', 'train'), ...more }) as Prediction;
const gain = (gainPct: number): WhatIfResult => ({ points: [{ nodes: 1, timeMs: 1000, gainPct }] });

/** A prediction is there, and `train` is tried out 50 % faster, which is not answered yet. */
async function changed(): Promise<{ line: Line; questions: ScalingQuestions }> {
  const line = new Line();
  const questions = line.questionsAbout('a');
  void questions.predict();
  await line.last.answer(prediction());
  questions.whatIf.set({ fn: 'train' });
  questions.whatIf.set({ fasterPct: 50 });
  return { line, questions };
}

const CHANGE = { faster: [{ name: 'train', pct: 50 }] };

describe('a what-if', () => {
  it('is asked again of a new prediction, about the same function', async () => {
    const { line, questions } = await changed();
    await line.last.answer(gain(30));
    void questions.setPlace(true);
    expect(questions.whatIf.result).toBeNull();
    await line.last.answer(prediction());
    expect(line.last).toMatchObject({ method: 'scaling.whatIf', params: { isHere: true, change: CHANGE } });
    await line.last.answer(gain(20));
    expect(questions.whatIf.result).toEqual(gain(20));
  });

  it('is asked of the new prediction where the one of the former is not answered yet', async () => {
    const { line, questions } = await changed();
    const former = line.last;
    void questions.setGpuRatio(8);
    await line.last.answer(prediction());
    await former.answer(gain(30));
    expect(questions.whatIf.result).toBeNull();
    expect(line.last.params).toMatchObject({ gpuRatio: 8, change: CHANGE });
    await line.last.answer(gain(20));
    expect(questions.whatIf.result).toEqual(gain(20));
  });

  it('is of the first function where the chosen one is gone, and not of ingest nodes without GPUs', async () => {
    const { line, questions } = await changed();
    await line.last.answer(gain(30));
    questions.whatIf.set({ moreIngestNodes: 2 });
    await line.last.answer(gain(30));
    void questions.setPlace(true);
    await line.last.answer(prediction({ functions: functions('decode') }));
    expect(line.last.params['change']).toEqual({ faster: [{ name: 'decode', pct: 50 }] });
  });

  it('is not asked where nothing was predicted, but once something is', async () => {
    const { line, questions } = await changed();
    await line.last.answer(gain(30));
    void questions.setPlace(true);
    await line.last.answer(prediction({ points: [], functions: [] }));
    expect(line.last.method).toBe('scaling.predict');
    void questions.setPlace(false);
    await line.last.answer(prediction());
    expect(line.last.params['change']).toEqual(CHANGE);
  });

  it('leaves the prediction as it is when it fails, and can be asked again', async () => {
    const { line, questions } = await changed();
    await line.last.refuse();
    expect(questions.answer.kind).toBe('there');
    expect(questions.whatIf.failure).toMatchObject({ code: 'internal' });
    questions.whatIf.askAgain();
    expect(questions.whatIf.failure).toBeNull();
    await line.last.answer(gain(30));
    expect(questions.whatIf).toMatchObject({ failure: null, result: gain(30) });
  });

  it('asks what was changed meanwhile also after a failure', async () => {
    const { line, questions } = await changed();
    const first = line.last;
    questions.whatIf.set({ fasterPct: 60 });
    await first.refuse();
    expect(questions.whatIf.failure).toBeNull();
    expect(line.last.params['change']).toEqual({ faster: [{ name: 'train', pct: 60 }] });
    await line.last.answer(gain(40));
    expect(questions.whatIf.result).toEqual(gain(40));
  });

  it('asks what was changed meanwhile also where a new prediction overtook a failure', async () => {
    const { line, questions } = await changed();
    const first = line.last;
    questions.whatIf.set({ fasterPct: 60 });
    void questions.setPlace(true);
    await line.last.answer(prediction());
    await first.refuse();
    expect(questions.whatIf.failure).toBeNull();
    expect(line.last.params).toMatchObject({
      isHere: true,
      change: { faster: [{ name: 'train', pct: 60 }] },
    });
  });

  it('is gone when its answer comes after it was taken back', async () => {
    const { line, questions } = await changed();
    questions.whatIf.set({ fasterPct: 0 });
    await line.last.answer(gain(30));
    expect(questions.whatIf.result).toBeNull();
  });
});

describe('a prediction', () => {
  it('can be asked again after it failed, of the same place', async () => {
    const { line, questions } = await changed();
    await line.last.answer(gain(30));
    void questions.setPlace(true);
    await line.last.refuse();
    expect(questions.answer.kind).toBe('failed');
    void questions.predict();
    await line.last.answer(prediction());
    expect(questions.answer.kind).toBe('there');
    expect(line.last.params).toMatchObject({ isHere: true, change: CHANGE });
  });

  it('that was overtaken is dropped', async () => {
    const line = new Line();
    const questions = line.questionsAbout('a');
    void questions.predict();
    const first = line.last;
    void questions.setPlace(true);
    await first.answer(prediction());
    expect(questions.answer.kind).toBe('asking');
    expect(line.asked).toHaveLength(2);
  });
});

describe('what is said of a what-if', () => {
  it('is not that it changes nothing, where its script would not end', () => {
    expect(outcome(gain(0.2))).toBe('That would change nothing.');
    expect(outcome({ points: [] })).toMatch(/would not come to an end, or when it would is not known/);
    expect(outcome(null)).toBe('…');
    expect(outcome({ points: [...gain(-4).points, ...gain(25).points] })).toBe(
      '25 % less on 1 node: 1.00 s.',
    );
  });
});
