import type { QuantizedStorage } from '../quantization/quantized'

/** How a parameter is stored: in full precision, in half the memory, or quantized. */
export type Storage = 'float32' | 'float16' | QuantizedStorage

/** How a graph sees a parameter. `uint8`: as `int8`, with 128 added to each integer. */
export type GraphStorage = Storage | 'uint8'
