/** `engine.json`: how the running engine is found. Written by it, mode 0600. */
import { readJson } from './files';

export interface EngineFile {
  version: string;
  protocol: number;
  pid: number;
  port: number;
  secret: string;
}

export function readEngineFile(file: string): EngineFile | null {
  const read = readJson(file) as Partial<EngineFile> | null;
  if (
    !read ||
    typeof read.port !== 'number' ||
    typeof read.secret !== 'string' ||
    typeof read.pid !== 'number'
  ) {
    return null;
  }
  return {
    version: String(read.version),
    protocol: Number(read.protocol),
    pid: read.pid,
    port: read.port,
    secret: read.secret,
  };
}
