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
    for (const [name, old] of this.named()) {
      const larger = new (old.constructor as new (length: number) => Column)(this.capacity);
      larger.set(old);
      (this as unknown as Record<string, Column>)[name] = larger;
    }
  }

  protected columns(): Column[] {
    return this.named().map(([, column]) => column);
  }

  private named(): [name: string, column: Column][] {
    return (Object.entries(this) as [string, unknown][]).filter((one): one is [string, Column] =>
      ArrayBuffer.isView(one[1]),
    );
  }
}
