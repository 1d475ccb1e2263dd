/** What all image towers of SigLIP have in common. */
import type { VisionConfig } from './clip-config'

export const siglipVision = {
  pool: 'map',
  noLnPre: true,
  finalLnAfterPool: false,
  noClassToken: true,
  patchBias: true,
  noProjection: true,
} as const satisfies Partial<VisionConfig>
