/** An image of the user's own Dockerfile, built by the engine, with what it prints on the way. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Context } from '../base/context';
import { stripColours } from '../base/text';
import { fail } from '../model/failure';
import { object, text } from '../ray/decode';
import type { ClusterFiles } from './backend';
import { buildArguments } from './buildArguments';
import { readBuildContext } from './buildContext';
import { messageOf, statusOf } from './dockerEngine';
import { followProgress, whyNotPulled } from './dockerImage';
import { lastLines } from './rayCommand';

export const BUILD_LOG = 'build.log';

/**
 * Builds `image`, of which `dockerfile` is the source, unless it is here. Its output goes to the cluster's log as it
 * comes. Fails as `image-build-failed`; stops when the signal fires. What was built before from the same Dockerfile
 * goes, unless something uses it.
 */
export async function buildImage(
  ctx: Context,
  docker: Docker,
  { image, dockerfile }: { image: string; dockerfile: string },
  files: ClusterFiles,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const name = path.basename(dockerfile);
  ctx.step(`Building ${name}`);
  const context = await readBuildContext(dockerfile);
  const { args, notes } = await buildArguments(context.text, env);
  const output = new BuildOutput(
    (line) => appendFileSync(path.join(files.logs, BUILD_LOG), `${line}\n`, { mode: 0o600 }),
    (step) => ctx.step(`Building ${name}: ${step}`),
  );
  for (const note of notes) output.add(`${note}\n`);
  let refusal: string | null = null;
  try {
    const stream = await docker.buildImage(
      { context: context.dir, src: context.files },
      {
        t: image,
        dockerfile: name,
        buildargs: args,
        forcerm: true,
        abortSignal: ctx.signal,
      },
    );
    await followProgress(docker, stream, (event) => output.add(text(object(event)['stream']) ?? ''));
  } catch (error) {
    refusal = whyNotBuilt(messageOf(error), output.step);
    if (!ctx.signal.aborted) output.add(`${refusal}\n`);
  }
  output.end();
  if (ctx.signal.aborted) fail({ code: 'cancelled' });
  if (refusal !== null)
    fail({
      code: 'image-build-failed',
      dockerfile,
      step: output.step || 'sending it to the engine',
      output: lastLines(output.all),
    });
  await removeOthers(docker, context.repository, image);
}

/** A build pulls as we do: without anybody's password. */
function whyNotBuilt(said: string, step: string): string {
  const base = /^Step \d+\/\d+ : FROM (?:--\S+ )*(\S+)/i.exec(step)?.[1];
  return base === undefined ? said : whyNotPulled(said, base);
}

/** Takes the engine's pieces of text apart into lines and steps (`Step 2/5 : RUN …`). */
export class BuildOutput {
  all = '';
  step = '';
  private rest = '';

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly onStep: (step: string) => void,
  ) {}

  add(piece: string): void {
    const lines = (this.rest + stripColours(piece)).split(/\r?\n/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line);
  }

  end(): void {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
  }

  private line(line: string): void {
    if (line.trim() === '') return;
    this.all += `${line}\n`;
    this.onLine(line);
    const isStep = /^Step \d+\/\d+ : /.test(line);
    if (isStep) this.step = line;
    const words = isStep ? line : `${this.step.split(' :')[0]} ${line.trim()}`.trim();
    this.onStep(words.length > STEP_LENGTH ? `${words.slice(0, STEP_LENGTH - 1)}…` : words);
  }
}

const STEP_LENGTH = 100;

async function removeOthers(docker: Docker, repository: string, image: string): Promise<void> {
  const found = await docker.listImages({ filters: JSON.stringify({ reference: [repository] }) });
  const others = found.flatMap((one) => one.RepoTags ?? []).filter((tag) => tag !== image);
  for (const tag of others) {
    await docker
      .getImage(tag)
      .remove()
      .catch((error: unknown) => {
        if (statusOf(error) === null) throw error;
      });
  }
}
