/** Reuses the pixel memory of batches: collecting this much garbage would take a sixth of a loader's time. */

export interface BatchMemory {
  /** Memory of a released batch, or new memory. Its values are undefined. */
  take(): Float32Array
  release(pixels: Float32Array): void
}

/** @param values per batch */
export function createBatchMemory(values: number): BatchMemory {
  const released: Float32Array[] = []
  return {
    take: () => released.pop() ?? new Float32Array(values),
    // A batch may be released twice.
    release: (pixels) => void (released.includes(pixels) || released.push(pixels)),
  }
}
