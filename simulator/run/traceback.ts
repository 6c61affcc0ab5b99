/**
 * Finds the uncaught error of a script in its output. Reads line by line and remembers one traceback, the last, so a
 * log of any size costs nothing. Lines that Ray forwards from workers (`(f pid=1) …`) are not the driver's and are
 * passed over: a worker's uncaught error reaches the driver's traceback through `ray.get`, with the remote frames.
 */
import path from 'node:path';
import { stripColours } from '../base/text';
import type { RunProblem, TraceFrame } from '../model/run';

/** How paths on the cluster become paths here. */
export interface PathMap {
  workingDir: string;
}

const FORWARDED = /^\([^)]*\bpid=\d+[^)]*\)/;
const HEADER = 'Traceback (most recent call last):';
const FRAME = /^ {2}File "(.+)", line (\d+)(?:, in (.+))?$/;
const CHAIN = /^(The above exception was the direct cause|During handling of the above exception)/;
/** `ValueError: text`, `pkg.Error`, `ray.exceptions.RayTaskError(ValueError): ray::f() (pid=…)`. */
const EXCEPTION = /^([A-Za-z_][\w.]*(?:\([\w.]+\))?)(?::\s?(.*))?$/;
const UPLOADED = /^.*\/working_dir_files\/_ray_pkg_[0-9a-f]+\//;
const MAX_FRAMES = 100;

export class TracebackScanner {
  private frames: TraceFrame[] = [];
  private message = '';
  private inTraceback = false;

  constructor(private readonly map: PathMap) {}

  /** One line of the log, without its line end. */
  feed(rawLine: string): void {
    const line = stripColours(rawLine).replace(/\r$/, '');
    if (FORWARDED.test(line)) return;
    if (line === HEADER) {
      this.frames = [];
      this.message = '';
      this.inTraceback = true;
      return;
    }
    const frame = FRAME.exec(line);
    if (frame) this.addFrame(frame);
    else if (this.inTraceback && !line.startsWith(' ') && line !== '' && !CHAIN.test(line))
      this.endSection(line);
  }

  /** The last traceback, or null when there was none. */
  problem(): RunProblem | null {
    if (this.message === '' && this.frames.length === 0) return null;
    const own = this.frames.filter((frame) => frame.inWorkspace);
    return { message: this.message, frames: this.frames, at: own.at(-1) ?? null };
  }

  private addFrame(match: RegExpExecArray): void {
    // A syntax error has a frame and no header: `  File "x.py", line 3`.
    if (!this.inTraceback) {
      if (match[3] !== undefined) return;
      this.frames = [];
      this.inTraceback = true;
    }
    this.message = '';
    if (this.frames.length >= MAX_FRAMES) this.frames.splice(1, 1);
    this.frames.push(mapFrame(match[1]!, Number(match[2]), match[3] ?? '', this.map));
  }

  /** An exception line ends a section; after Ray's the remote task's frames follow without a header. */
  private endSection(line: string): void {
    const exception = EXCEPTION.exec(line);
    if (!exception) {
      if (this.message !== '') this.inTraceback = false;
      return;
    }
    const isRays = /ray::/.test(exception[2] ?? '');
    this.message = isRays ? exception[1]! : line.slice(0, 500);
    this.inTraceback = isRays;
  }
}

function mapFrame(file: string, line: number, fn: string, map: PathMap): TraceFrame {
  const local = UPLOADED.test(file) ? path.join(map.workingDir, file.replace(UPLOADED, '')) : file;
  const relative = path.relative(map.workingDir, local);
  const inWorkspace =
    path.isAbsolute(local) &&
    !relative.startsWith('..') &&
    !/(^|\/)(site-packages|dist-packages|\.venv|node_modules)\//.test(relative);
  return { file: local, line, function: fn, inWorkspace };
}
