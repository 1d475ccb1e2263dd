/** Data sets with a class for each pixel, evaluated without training. */
import type { KnownSets } from '../known-set'

export const segmentationSets: KnownSets = {}
