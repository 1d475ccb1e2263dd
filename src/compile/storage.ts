import type { QuantizedStorage } from '../quantization/quantized'

/** How a parameter is stored: in full precision, in half the memory, or quantized. */
export type Storage = 'float32' | 'float16' | QuantizedStorage
