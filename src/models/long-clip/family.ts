/** Long-CLIP, and DeBias-CLIP, which has the same layout: CLIP whose positions are in two parameters. */
import { withoutTextPrefix } from '../clip/family'
import type { Family } from '../family'
import { isLongCLIP, joinLongCLIPPositions } from './positions'

export const longCLIP: Family = {
  layouts: [
    {
      name: 'long-clip',
      names: /^(?:text\.)?positional_embedding_res$/,
      holds: (tensors) => isLongCLIP(withoutTextPrefix(tensors)),
      rename: (tensors) => joinLongCLIPPositions(withoutTextPrefix(tensors)),
      ownContext: true,
      quickGelu: true,
      guess: "QuickGELU, as in Long-CLIP's code",
    },
  ],
}
