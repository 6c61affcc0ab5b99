/** The engine's log is its standard error, which whoever started it leads into a file. */
import type { Log } from '../base/context';

export function engineLog(): Log {
  const write = (level: string) => (message: string) =>
    void process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
  return { info: write('info '), warn: write('warn '), error: write('error') };
}
