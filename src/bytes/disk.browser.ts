/** Browsers have no paths. Relative addresses are URLs there. */
import type { Disk } from './disk'

export const disk: Disk | undefined = undefined
