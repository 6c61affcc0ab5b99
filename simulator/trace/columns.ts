/** Arrays of numbers that grow. */
export type Column = Uint8Array | Int16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const FIRST_CAPACITY = 256;

/** Columns of one length that grow together; subclasses name them and say what an unset value is. */
export abstract class Columns {
  protected capacity = FIRST_CAPACITY;

  /** Makes room for `size` values, half as much again at a time. */
  protected reserve(size: number): void {
    if (size <= this.capacity) return;
    this.capacity = Math.max(size, Math.ceil(this.capacity * 1.5));
    for (const [name, column] of Object.entries(this) as [string, unknown][]) {
      if (!ArrayBuffer.isView(column)) continue;
      const old = column as Column;
      const larger = new (old.constructor as new (length: number) => Column)(this.capacity);
      larger.set(old);
      (this as unknown as Record<string, Column>)[name] = larger;
    }
  }
}

export function bytesOf(columns: Columns): number {
  return (Object.values(columns) as unknown[]).reduce<number>(
    (sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0),
    0,
  );
}
