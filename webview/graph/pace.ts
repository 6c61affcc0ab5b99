/** When to ask about a run that goes on: at each of its versions, but not more often than every `pauseMs`. */
const NEVER = { key: '', version: 0, atMs: -Infinity };

export class Pace {
  private asked = NEVER;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `onDue`: called when it was too early and no longer is. */
  constructor(
    private readonly pauseMs: number,
    private readonly onDue: () => void,
  ) {}

  /** Whether to ask now; then it counts as asked. `key` is what is asked about. */
  isDue(key: string, version: number): boolean {
    const { asked } = this;
    clearTimeout(this.timer);
    if (key === asked.key && version === asked.version) return false;
    const waitMs = key === asked.key ? asked.atMs + this.pauseMs - performance.now() : 0;
    if (waitMs > 0) {
      this.timer = setTimeout(this.onDue, waitMs);
      return false;
    }
    this.asked = { key, version, atMs: performance.now() };
    return true;
  }

  /** The answer is not there, or not wanted any more: the next question is due at once. */
  forget(): void {
    this.asked = NEVER;
  }
}
