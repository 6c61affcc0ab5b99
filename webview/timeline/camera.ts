/** Where one looks: the stretch of time and how far down. Keeps within what there is. */
import { around, moveBy, spanOf, whole, zoomAt, type TimeWindow } from './timeScale';

export class Camera {
  /** Null follows the whole run as it grows. */
  private own: TimeWindow | null = null;
  scrollY = 0;

  /** `bounds`: the run's span as it is known now. */
  constructor(private readonly bounds: () => TimeWindow) {}

  get window(): TimeWindow {
    return this.own ?? whole(this.bounds());
  }

  /** Another run. */
  startOver(): void {
    this.own = null;
    this.scrollY = 0;
  }

  fitAll(): void {
    this.own = null;
  }

  /** Into the middle, with its surroundings. */
  fit(what: TimeWindow): void {
    this.own = around(what, this.bounds());
  }

  /** Only when it is out of sight, or too small to be seen. */
  reveal(what: TimeWindow): void {
    const { fromMs, toMs } = this.window;
    const isSeen = what.fromMs < toMs && what.toMs > fromMs && spanOf(what) > (toMs - fromMs) / 300;
    if (!isSeen) this.fit(what);
  }

  /** Into sight as it is, without coming nearer. */
  panTo({ fromMs, toMs }: TimeWindow): void {
    const { window } = this;
    const middle = (fromMs + toMs) / 2;
    if (middle >= window.fromMs && middle <= window.toMs) return;
    this.own = moveBy(window, (middle - (window.fromMs + window.toMs) / 2) / spanOf(window), this.bounds());
  }

  zoom(factor: number, share: number): void {
    this.own = zoomAt(this.window, factor, share, this.bounds());
  }

  moveBy(shareOfSpan: number): void {
    this.own = moveBy(this.window, shareOfSpan, this.bounds());
  }

  /** Brings a lane into sight; `roomPx` is the height of the lanes' area. */
  scrollTo(y: number, heightPx: number, roomPx: number): void {
    if (y < this.scrollY || y + heightPx > this.scrollY + roomPx) this.scrollY = y - roomPx / 2;
  }

  limitScroll(mostPx: number): void {
    this.scrollY = Math.max(0, Math.min(this.scrollY, mostPx));
  }
}
