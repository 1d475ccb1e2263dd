/** In browsers a run has no folder: `onStep` reports its steps, and the weights stay in memory. */
import type { Platform } from './platform'

export const platform: Platform = {}
