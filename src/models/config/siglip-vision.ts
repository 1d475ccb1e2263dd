/** The properties that all image towers of SigLIP share. */
import type { VisionConfig } from './clip-config'

export const siglipVision = {
  pool: 'map',
  noLnPre: true,
  finalLnAfterPool: false,
  noClassToken: true,
  patchBias: true,
  noProjection: true,
} as const satisfies Partial<VisionConfig>
