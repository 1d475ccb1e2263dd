/** How a parameter is stored: at full precision, in half the memory, or in a quarter of it with one scale per row. */
export type Storage = 'float32' | 'float16' | 'int8'
