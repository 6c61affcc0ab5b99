/**
 * Streams of whole numbers, small ones in one byte: zigzag and 7 bits a byte, as in protocol buffers, up to 2^52.
 * NaN, which stands for "unknown", has the code 0.
 */
export class VarintWriter {
  private bytes = Buffer.allocUnsafe(1 << 16);
  private length = 0;

  /** Rounds. What is beyond 2^52 counts as unknown. */
  add(value: number): void {
    if (this.length + 10 > this.bytes.length) this.bytes = Buffer.concat([this.bytes], this.bytes.length * 2);
    const whole = Math.round(value);
    let code = Math.abs(whole) < 2 ** 51 ? (whole >= 0 ? whole * 2 + 1 : whole * -2) : 0;
    while (code >= 128) {
      this.bytes[this.length++] = (code % 128) | 128;
      code = Math.floor(code / 128);
    }
    this.bytes[this.length++] = code;
  }

  take(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

export class VarintReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Past the end, NaN. */
  next(): number {
    const { bytes } = this;
    let byte = bytes[this.at++];
    if (byte === undefined || byte === 0) return NaN;
    if (byte < 128) return byte & 1 ? byte >> 1 : -(byte >> 1);
    let code = byte & 127;
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[this.at++];
      if (byte === undefined) return NaN;
      code += (byte & 127) * scale;
    }
    if (code === 0) return NaN;
    return code % 2 === 1 ? (code - 1) / 2 : code / -2;
  }
}
