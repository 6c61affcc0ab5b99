/** A connection of the command line to the engine, and how it waits for what changes there. */
import path from 'node:path';
import type { Log } from '../base/context';
import { connectEngine } from '../client/connect';
import type { EngineConnection } from '../client/connection';
import { FailureError } from '../model/failure';

const quietLog: Log = {
  info() {},
  warn: (message) => process.stderr.write(`${message}\n`),
  error: (message) => process.stderr.write(`${message}\n`),
};

/** Connects, does the work and lets go, whatever happens. `start: false` does not start an engine for a mere look. */
export async function withEngine<T>(
  work: (engine: EngineConnection) => Promise<T>,
  options: { start?: boolean } = {},
): Promise<T> {
  const engine = await connectEngine({
    enginePath: path.join(__dirname, 'engine.js'),
    clientName: 'cli',
    log: quietLog,
    ...options,
  });
  try {
    return await work(engine);
  } finally {
    engine.dispose();
  }
}

/** Runs `look` now and after every change of the topic, until it returns something other than undefined. */
export async function waitFor<T>(
  engine: EngineConnection,
  topic: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  let wake = () => {};
  let isStale = true;
  let gone: string | null = null;
  const changed = engine.onChanged((name) => {
    if (name !== topic) return;
    isStale = true;
    wake();
  });
  const closed = engine.onClosed((reason) => {
    gone = reason;
    wake();
  });
  try {
    await engine.request('watch', { topics: [topic] });
    for (;;) {
      if (gone !== null)
        throw new FailureError({ code: 'engine-unreachable', detail: gone, logPath: engine.info.logPath });
      if (isStale) {
        isStale = false;
        const found = await look();
        if (found !== undefined) return found;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    changed.dispose();
    closed.dispose();
  }
}

/** Where Pythons are looked for: as in the shell that the command was typed in. */
export function searchEnv(): Record<string, string> {
  const names = ['PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'HOME', 'PYENV_VERSION'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
