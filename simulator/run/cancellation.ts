/**
 * How a run is ended early: what makes it ready, at once; a job that Ray has, by Ray. What Ray only takes when it is not
 * wanted any more is stopped as well.
 */
import { whenAborted, type Log } from '../base/context';
import { fail, toFailure } from '../model/failure';
import type { RunInfo } from '../model/run';

/** Nobody waits for the end of what was cancelled for longer. Ray kills 3 s after it was told to stop. */
const GIVE_UP_MS = 15_000;
/** A stop can be lost: as long as the job's end is not seen, it is sent again. */
const STOP_AGAIN_MS = 5000;

const NOT_SEEN_TO_END =
  'Ray did not say that the script has stopped. It may still be running: look at the dashboard of the cluster.';

export class Cancellation {
  /** An earlier engine may have been asked already. */
  isWanted: boolean;
  /** That engine may have launched the job. */
  private readonly isResumed: boolean;
  private readonly preparing = new AbortController();
  private readonly following = new AbortController();
  /** Known once the launch begins. */
  private stop: (() => Promise<void>) | null = null;
  private isLaunched = false;
  private giveUp: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;

  constructor(
    private readonly run: RunInfo,
    private readonly log: Log,
    private readonly bounds = { giveUpMs: GIVE_UP_MS, stopAgainMs: STOP_AGAIN_MS },
  ) {
    this.isWanted = run.state.kind === 'stopping';
    this.isResumed = run.submissionId !== null;
    if (this.isWanted && !this.isResumed) this.preparing.abort();
  }

  /** For what comes before there is a job. */
  get beforeJob(): AbortSignal {
    return this.preparing.signal;
  }

  /** For what comes once there is one: fires when its end was waited for in vain. */
  get withJob(): AbortSignal {
    return this.following.signal;
  }

  /** Once. */
  want(): void {
    this.isWanted = true;
    // A job that is there already has to be found before it can be stopped.
    if (this.isLaunched) return this.insist();
    if (!this.isResumed || this.stop) this.preparing.abort();
    // Without a launch there is nothing that could go on.
    if (this.isResumed || this.stop) this.giveUpLater();
  }

  /**
   * Has the job launched. Returns when there is one to follow, to its early end if that is wanted; fails as `cancelled`
   * where there is none.
   */
  async launch(launch: () => Promise<string[]>, stop: () => Promise<void>): Promise<string[]> {
    this.stop = stop;
    let launching: Promise<string[]> | null = null;
    let notices: string[] = [];
    try {
      if (this.isWanted) fail({ code: 'cancelled' });
      launching = launch();
      notices = await Promise.race([launching, whenAborted(this.withJob)]);
    } catch (thrown) {
      if (!this.isWanted) throw thrown;
      // Ray may have it all the same, or take it yet.
      void Promise.allSettled([launching]).then(() => this.send());
      if (!this.isResumed) fail({ code: 'cancelled' });
    }
    this.isLaunched = true;
    if (this.isWanted) this.insist();
    return notices;
  }

  /** The job has ended, or will not be followed any further. */
  settle(): void {
    clearTimeout(this.giveUp);
    clearInterval(this.again);
  }

  private insist(): void {
    void this.send();
    this.again = setInterval(() => void this.send(), this.bounds.stopAgainMs);
    this.again.unref();
    this.giveUpLater();
  }

  private giveUpLater(): void {
    clearTimeout(this.giveUp);
    this.giveUp = setTimeout(() => {
      this.settle();
      this.run.notices.push(NOT_SEEN_TO_END);
      if (this.isLaunched) void this.send();
      else this.preparing.abort();
      this.following.abort();
    }, this.bounds.giveUpMs);
    this.giveUp.unref();
  }

  private async send(): Promise<void> {
    await this.stop?.().catch((thrown: unknown) =>
      this.log.warn(`Stopping a job: ${JSON.stringify(toFailure(thrown))}`),
    );
  }
}
