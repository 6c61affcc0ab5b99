/** Which Ray and Python an image runs, and whether that is what the script's environment runs. */
import type Docker from 'dockerode';
import { minorOf } from '../base/pythonVersion';
import type { ExpectedVersions } from '../model/cluster';
import { fail } from '../model/failure';
import { statusOf } from './dockerEngine';

export interface ImageVersions {
  ray: string;
  python: string;
}

/** Ray's own images say it in their names. */
export function versionsInName(image: string): ImageVersions | null {
  const [, ray, major, minor] =
    /^(?:docker\.io\/)?rayproject\/ray(?:-ml|-llm)?:(\d+\.\d+\.\d+)-py(\d)(\d+)(?:-|$)/.exec(image) ?? [];
  return ray && major && minor ? { ray, python: `${major}.${minor}` } : null;
}

/** Finds Ray's version in its files: importing it would take a second. */
const PRINT_VERSIONS = `
import importlib.util, os, platform, re
spec = importlib.util.find_spec("ray")
text = open(os.path.join(list(spec.submodule_search_locations)[0], "_version.py")).read()
found = re.search(r'^version = "(.*)"', text, re.M)
print(f"heliostat:{found.group(1)}:{platform.python_version()}:")
`;

/** By running it; null when it has no Ray, or no `python`. */
export async function readImageVersions(
  docker: Docker,
  image: string,
  labels: Record<string, string>,
): Promise<ImageVersions | null> {
  const container = await docker.createContainer({
    Image: image,
    Labels: labels,
    Tty: true,
    Entrypoint: [],
    Cmd: ['python', '-c', PRINT_VERSIONS],
  });
  try {
    await container.start();
    await container.wait();
    const output = await container.logs({ stdout: true, stderr: true });
    const [, ray, python] = /heliostat:([^:]*):([^:]*):/.exec(output.toString('utf8')) ?? [];
    return ray && python ? { ray, python } : null;
  } catch (error) {
    if (statusOf(error) === null) throw error;
    return null;
  } finally {
    await container.remove({ force: true });
  }
}

/** Remembers what it has read, by the image's id: running an image takes half a second. */
export class VersionReader {
  private readonly known = new Map<string, ImageVersions>();

  async read(docker: Docker, image: string, labels: Record<string, string>): Promise<ImageVersions | null> {
    const { Id: id } = await docker.getImage(image).inspect();
    const versions = this.known.get(id) ?? (await readImageVersions(docker, image, labels));
    if (versions) this.known.set(id, versions);
    return versions;
  }
}

/** Fails as `image-mismatch`: what one of them pickles, the other could not read. Python counts to its minor version. */
export function refuseMismatch(image: string, inside: ImageVersions, expected: ExpectedVersions): void {
  if (inside.ray === expected.ray && minorOf(inside.python) === minorOf(expected.python)) return;
  fail({ code: 'image-mismatch', image, inside, expected });
}
