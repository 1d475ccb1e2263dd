/** Toy: CLIP's towers under other names, and a score that looks at the best patch. */
import { withoutTextPrefix } from '../../../src/models/clip/family'
import { clipParameters } from '../../../src/models/clip/parameters'
import type { Family } from '../../../src/models/family'
import { constant } from '../../../src/models/layers/initial-values'

export const toy: Family = {
  layouts: [
    {
      name: 'toy',
      names: /^(?:eye|ear)\..+$/,
      modules: ['eye', 'ear', 'gain'],
      towers: { image: 'eye.conv1.weight', text: 'ear.token_embedding.weight' },
      holds: (tensors) => tensors.has('gain'),
      rename: (tensors) => {
        const named = [...tensors].map(([name, tensor]) => {
          const ours = name.replace(/^eye\./, 'visual.').replace(/^ear\./, 'text.')
          return [ours, { ...tensor, name: ours }] as const
        })
        return withoutTextPrefix(new Map(named))
      },
      quickGelu: false,
    },
  ],
  model: {
    mark: 'gain',
    parameters: (config) => [...clipParameters(config), { name: 'gain', shape: [], initialize: constant(3) }],
    pairs: () => import('./pairs'),
  },
}
