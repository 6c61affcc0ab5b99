/** Finds the places that a Python traceback names in a run's output. Pure. */

export interface TracebackLink {
  /** Offsets of `file.py", line 3` in the line, the end exclusive. */
  start: number;
  end: number;
  /** A path of this machine. */
  file: string;
  /** From 1. */
  line: number;
}

const FRAME = /File "([^"<>]+)", line (\d+)/g;
/** Where Ray unpacks an uploaded working directory on a cluster's node. */
const UPLOADED = /^.*\/_ray_pkg_[0-9a-f]+\/(.+)$/;

/** The links of one line of output. Paths inside Ray's copy of the working directory are mapped back to `workingDir`. */
export function tracebackLinks(line: string, workingDir: string): TracebackLink[] {
  const links: TracebackLink[] = [];
  for (const match of line.matchAll(FRAME)) {
    const [text, file, number] = match;
    if (file === undefined || number === undefined) continue;
    const start = match.index + 'File "'.length;
    links.push({
      start,
      end: match.index + text.length,
      file: localPath(file, workingDir),
      line: Number(number),
    });
  }
  return links;
}

function localPath(file: string, workingDir: string): string {
  const inside = UPLOADED.exec(file)?.[1];
  if (inside !== undefined) return `${workingDir}/${inside}`;
  return file.startsWith('/') ? file : `${workingDir}/${file}`;
}
