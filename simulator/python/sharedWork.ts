/** Work that several may ask for at once: done once, told to all, and cancelled when all of them are. */
import type { Context } from '../base/context';
import { fail } from '../model/failure';

export class SharedWork<T> {
  private readonly controller = new AbortController();
  private readonly members = new Set<Context>();
  private lastStep: string | null = null;
  private readonly result: Promise<T>;

  /** Starts at once. The work's own context speaks to everybody who has joined. */
  constructor(work: (ctx: Context) => Promise<T>) {
    const toLogs = (level: 'info' | 'warn' | 'error') => (message: string) =>
      this.members.forEach(({ log }) => log[level](message));
    this.result = Promise.resolve().then(() =>
      work({
        log: { info: toLogs('info'), warn: toLogs('warn'), error: toLogs('error') },
        signal: this.controller.signal,
        step: (text) => this.tell(text),
      }),
    );
  }

  /** Whether everybody left before it was done; it still has to settle, but nobody can join any more. */
  get abandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** Resolves when it is over, however it ended. */
  async settled(): Promise<void> {
    await this.result.catch(() => undefined);
  }

  /** Its result. Cancelled by the context's signal: at once while others wait, else when the work has ended. */
  async join(ctx: Context): Promise<T> {
    if (ctx.signal.aborted) fail({ code: 'cancelled' });
    this.members.add(ctx);
    if (this.lastStep !== null) ctx.step(this.lastStep);
    let leave = () => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    ctx.signal.addEventListener('abort', leave, { once: true });
    await Promise.race([this.settled(), left]);
    ctx.signal.removeEventListener('abort', leave);
    this.members.delete(ctx);
    return ctx.signal.aborted ? this.leave() : this.result;
  }

  private async leave(): Promise<never> {
    if (this.members.size === 0) {
      this.controller.abort();
      await this.settled();
    }
    return fail({ code: 'cancelled' });
  }

  private tell(text: string): void {
    this.lastStep = text;
    this.members.forEach((ctx) => ctx.step(text));
  }
}
