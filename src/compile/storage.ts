/** How a parameter is stored: in full precision, in half the memory, or in a quarter of the memory with one scale per row. */
export type Storage = 'float32' | 'float16' | 'int8'
