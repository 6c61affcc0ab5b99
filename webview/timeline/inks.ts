/** Colours as canvases need them: of the theme, of functions in eight strengths, as numbers for pixels. */
import { cssColor } from '../theme';

export interface LaneInks {
  /** Of `TimelineSlices.functions`; strength 1 to 8. */
  body(fn: number, strength: number): number;
  /** 1 running, 2 failed. */
  foot(state: number): number;
}

export interface Theme {
  background: string;
  text: string;
  dim: string;
  line: string;
  focus: string;
  failed: string;
  running: string;
  warn: string;
  fontFamily: string;
  chart(variable: string): string;
}

type Rgb = readonly [number, number, number];

/** Strength of the weakest of eight. */
const FAINT = 0.3;
/** What is not selected while something is. */
const FADED = 0.28;

export class Inks {
  private read: { theme: Theme; background: Rgb } | null = null;
  private readonly resolved = new Map<string, Rgb>();
  private readonly probe = makeProbe();

  constructor(private readonly element: Element) {}

  /** Only while the element is on the page. */
  get theme(): Theme {
    return this.now().theme;
  }

  /** After the theme has changed. */
  renew(): void {
    this.resolved.clear();
    this.read = null;
  }

  pixelOf(name: 'background' | 'line'): number {
    return pixel(this.rgb(this.now().theme[name]));
  }

  /** `colors` are CSS colours by index of function; those that are not `lit` are faded. */
  forFunctions(colors: readonly string[], lit: (fn: number) => boolean): LaneInks {
    const { background, theme } = this.now();
    const table = new Uint32Array(colors.length * 9);
    colors.forEach((css, fn) => {
      const base = this.rgb(css);
      const whole = lit(fn) ? 1 : FADED;
      for (let strength = 1; strength <= 8; strength++) {
        const share = whole * (FAINT + ((1 - FAINT) * strength) / 8);
        table[fn * 9 + strength] = pixel(mix(base, background, share));
      }
    });
    const feet = [0, pixel(this.rgb(theme.running)), pixel(this.rgb(theme.failed))];
    return { body: (fn, strength) => table[fn * 9 + strength]!, foot: (state) => feet[state]! };
  }

  /** Text on a function's colour: whichever of black and white is read better. */
  textOn(css: string): string {
    const [r, g, b] = this.rgb(css).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as unknown as Rgb;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#000000' : '#ffffff';
  }

  private now(): { theme: Theme; background: Rgb } {
    if (this.read === null) {
      const theme = this.readTheme();
      this.read = { theme, background: this.rgb(theme.background) };
    }
    return this.read;
  }

  private readTheme(): Theme {
    // Reading a computed style is dear, and charts ask for their colours in every frame.
    const known = new Map<string, string>();
    const of = (variable: string): string => {
      let value = known.get(variable);
      if (value === undefined) known.set(variable, (value = this.css(cssColor(this.element, variable))));
      return value;
    };
    return {
      background: of('--vscode-editor-background'),
      text: of('--vscode-foreground'),
      dim: of('--vscode-descriptionForeground'),
      line: of('--timeline-line'),
      focus: of('--vscode-focusBorder'),
      failed: of('--state-failed'),
      running: of('--state-running'),
      warn: of('--warn'),
      fontFamily: getComputedStyle(document.body).fontFamily,
      chart: of,
    };
  }

  /** Any CSS colour, also a mixed one or a reference, as `rgb(…)` over the background. */
  private css(color: string): string {
    const reference = /^var\((--[\w-]+)\)$/.exec(color);
    return reference ? cssColor(this.element, reference[1]!) : color;
  }

  private rgb(color: string): Rgb {
    const known = this.resolved.get(color);
    if (known) return known;
    this.probe.fillStyle = this.read ? this.read.theme.background : '#ffffff';
    this.probe.fillRect(0, 0, 1, 1);
    this.probe.fillStyle = this.css(color);
    this.probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = this.probe.getImageData(0, 0, 1, 1).data;
    const result: Rgb = [r!, g!, b!];
    this.resolved.set(color, result);
    return result;
  }
}

function makeProbe(): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round(a[i]! * share + b[i]! * (1 - share))) as unknown as Rgb;
}

/** As `ImageData` has it on the little-endian machines that browsers run on. */
function pixel([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
