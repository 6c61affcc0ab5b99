/**
 * A million tasks with two million edges on the timeline: a scripted minute of zoom and pan by the wheel, as a hand does
 * it, in Chromium without a GPU. Frame times are from one animation frame to the next.
 */
import type { Page } from 'playwright-core';
import { TraceStore } from '../../simulator/trace/traceStore';
import { launch, openPage } from '../browser/chromium';
import { buildPage, PlaybackEngine, removePage } from '../browser/playback';
import * as sample from '../browser/sampleRun';
import { taskId } from '../browser/sampleTrace';
import type { Bench, Row } from './harness';

const TASKS = 1_000_000;
const NODES = 8;
const WORKERS = 8;
const SECONDS = Number(process.env['HELIOSTAT_BENCH_SECONDS'] ?? 60);
/** 60 frames a second, with what the clock of a browser is off. */
const FRAME_MS = 17;

export const bench: Bench = {
  about: `${TASKS.toLocaleString('en')} tasks on the timeline: ${SECONDS} s of zoom and pan in software rendering`,
  async run(say) {
    say('making the trace');
    const trace = million();
    const [browser, pageDir] = await Promise.all([launch(), buildPage()]);
    const engine = new PlaybackEngine(pageDir);
    try {
      engine.trace = trace;
      const fromMs = performance.now();
      const view = sample.tracedView(trace);
      const viewMs = performance.now() - fromMs;
      engine.show(view);
      await engine.start();
      const { page } = await openPage(browser, engine, { path: `/run/${sample.RUN_ID}` });
      say('opening the timeline');
      const openMs = await openTimeline(page);
      say('zooming and panning');
      const frames = await drive(page, SECONDS * 1000);
      return rows(viewMs, openMs, frames);
    } finally {
      await browser.close();
      engine.stop();
      removePage(pageDir);
    }
  },
};

function million(): TraceStore {
  const store = new TraceStore();
  store.source = 'probe';
  const functions = ['read', 'decode', 'augment', 'train', 'score', 'write'].map(
    (name) => `__main__.${name}`,
  );
  const lanes = NODES * WORKERS;
  const freeMs = new Float64Array(lanes).fill(sample.START_MS);
  const driver = `${'f'.repeat(40)}01000000`;
  for (let i = 1; i <= TASKS; i++) {
    const lane = i % lanes;
    const task = taskId(i);
    const runMs = 1 + ((i * 2654435761) % 1000) / 250;
    const startMs = freeMs[lane]! + 0.2;
    freeMs[lane] = startMs + runMs;
    const deps = i > 2 * lanes ? [i - lanes, i - 2 * lanes] : [];
    store.apply({
      type: 'submitted',
      task,
      parent: driver,
      kind: 'task',
      function: functions[Math.floor(i / 4096) % functions.length]!,
      timeMs: Math.max(sample.START_MS, startMs - 20),
      deps: deps.map((of) => ({ task: taskId(of), kind: 'argument', bytes: 4096 })),
    });
    store.apply({
      type: 'ended',
      task,
      node: String(Math.floor(lane / WORKERS)),
      worker: `worker ${lane}`,
      pid: 5000 + lane,
      startMs,
      timeMs: freeMs[lane],
      cpuMs: runMs,
      error: i % 50_021 === 0 ? 'ValueError: no' : null,
    });
  }
  return store;
}

/** From the click on its tab to the first frame with tasks in it. */
async function openTimeline(page: Page): Promise<number> {
  await page.getByRole('button', { name: 'Fill the page' }).click();
  const tab = page.getByRole('tab', { name: 'Timeline' });
  const fromMs = performance.now();
  await tab.click();
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.timeline > canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || canvas.width < 300) return false;
    const { data } = context.getImageData(canvas.width >> 1, 60, 1, 300);
    return new Set(Array.from({ length: 300 }, (_, i) => data[i * 4]! * 256 + data[i * 4 + 1]!)).size > 4;
  });
  return performance.now() - fromMs;
}

interface Frames {
  /** From frame to frame. */
  betweenMs: number[];
}

/** Wheels at the pointer in waves of nearer and farther, with moves in between, an event a frame. */
function drive(page: Page, forMs: number): Promise<Frames> {
  return page.evaluate(async (durationMs) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.timeline > canvas')!;
    const box = canvas.getBoundingClientRect();
    const betweenMs: number[] = [];
    const beganMs = performance.now();
    let lastMs = beganMs;
    let n = 0;
    await new Promise<void>((resolve) => {
      const step = (nowMs: number): void => {
        if (n > 0) betweenMs.push(nowMs - lastMs);
        lastMs = nowMs;
        const wave = Math.floor(n / 90) % 4;
        const clientX = box.left + 200 + ((n * 7) % (box.width - 240));
        const zoom = wave === 0 ? -60 : wave === 2 ? 60 : 0;
        const options = { clientX, clientY: box.top + 200, bubbles: true, cancelable: true };
        canvas.dispatchEvent(
          zoom === 0
            ? new WheelEvent('wheel', { ...options, shiftKey: true, deltaY: wave === 1 ? 24 : -24 })
            : new WheelEvent('wheel', { ...options, deltaY: zoom }),
        );
        canvas.dispatchEvent(new PointerEvent('pointermove', options));
        n++;
        if (nowMs - beganMs < durationMs) requestAnimationFrame(step);
        else resolve();
      };
      requestAnimationFrame(step);
    });
    return { betweenMs };
  }, forMs);
}

function rows(viewMs: number, openMs: number, { betweenMs }: Frames): Row[] {
  const sorted = [...betweenMs].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const frame = (what: string, share: number, atMost?: number): Row => ({
    what,
    ours: `${at(share).toFixed(1)} ms`,
    peer: '',
    value: at(share),
    ...(atMost === undefined ? {} : { target: { atMost } }),
  });
  return [
    {
      what: 'graph ready',
      ours: `${viewMs.toFixed(0)} ms`,
      peer: '',
      value: viewMs,
      target: { atMost: 1000 },
    },
    { what: 'timeline open', ours: `${openMs.toFixed(0)} ms`, peer: '', value: openMs },
    frame(`frame, p50 of ${sorted.length}`, 0.5, FRAME_MS),
    frame('frame, p95', 0.95, FRAME_MS * 2),
    frame('frame, p99', 0.99),
  ];
}
