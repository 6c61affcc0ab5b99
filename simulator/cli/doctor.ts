/** `heliostat doctor`: what this machine has for clusters, and what to type for what it lacks. */
import { doctorLines } from '../model/doctor';
import { searchEnv, withEngine } from './session';
import { EXIT, print, style } from './terminal';

export function doctor(options: { json: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const report = await engine.request('doctor', { searchEnv: searchEnv(), folder: process.cwd() });
    const lines = doctorLines(report).map((line) =>
      /^ {2}✗/.test(line) ? style(line, 'red') : /^ +→/.test(line) ? style(line, 'yellow') : line,
    );
    await print(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}
