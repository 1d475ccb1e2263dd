/** The sizes of a block of 4-bit integers. */

/** Values that share a scale. */
export const blockSize = 32

/** A byte holds two values. */
export const bytesPerBlock = blockSize / 2
