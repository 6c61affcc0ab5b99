/** Places in the log that can be opened: the `File "…", line N` of Python's tracebacks. */

export interface SourceLink {
  /** Offsets into the line's plain text, end exclusive. */
  start: number;
  end: number;
  /** Absolute. */
  file: string;
  /** From 1. */
  line: number;
}

const FRAME = /File "([^"]+)", line (\d+)/g;
// Where Ray unpacks an uploaded working directory on a node.
const UPLOADED = /^.*\/(?:working_dir_files|runtime_resources)\/.*?_ray_pkg_[0-9a-f]+\//;

/** Links of one line. Paths inside an uploaded working directory lead back to `workingDir`; other relative ones to nothing. */
export function sourceLinks(text: string, workingDir: string): SourceLink[] {
  if (!text.includes('File "')) return [];
  const links: SourceLink[] = [];
  for (const match of text.matchAll(FRAME)) {
    const file = match[1]!.replace(UPLOADED, `${workingDir}/`);
    if (!/^(?:\/|[A-Za-z]:[\\/])/.test(file)) continue;
    links.push({ start: match.index, end: match.index + match[0].length, file, line: Number(match[2]) });
  }
  return links;
}
