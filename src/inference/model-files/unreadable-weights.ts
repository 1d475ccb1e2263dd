/** Refuses files with unusable weights, and gives the reason. Most files do not need this code. */
import { projectionNames } from '../../models/config/clip-config'
import type { NamedCLIP } from '../../models/names/names'
import { DreamLIPError } from '../../errors'

/** @throws DreamLIPError for a tower without its projection, and for weights that are empty or not floating-point numbers */
export function checkReadable(file: string, { tensors, towers, family }: NamedCLIP): void {
  const fail = (problem: string) => {
    throw new DreamLIPError('CHECKPOINT_MISMATCH', `${file}: ${problem}.`)
  }
  const weights = [...tensors.values()].filter(({ name }) => name !== 'token_embedding.ids')
  const empty = weights.find(({ shape }) => shape.includes(0))
  if (empty) {
    fail(
      `its tensor ${empty.name} is empty, as in a shard of DeepSpeed's ZeRO stage 3. ` +
        'Gather the weights with the zero_to_fp32.py next to it',
    )
  }
  const integers = weights.find(({ dtype }) => !dtype.includes('float'))
  if (integers)
    fail(`its tensor ${integers.name} contains ${integers.dtype}: the model is quantized. Load the original weights`)
  const projections = projectionNames({ family })
  // SigLIP's image tower needs no projection, and the projection of its text tower has a bias.
  const projected = { image: tensors.has('visual.attn_pool.probe'), text: tensors.has('text_projection.weight') }
  const missing = towers.find((tower) => !tensors.has(projections[tower]) && !projected[tower])
  if (missing && towers.length === 1) {
    fail(
      `it contains the ${missing} tower of a CLIP model without ${projections[missing]}, the projection that makes images and ` +
        'texts comparable. Save the whole model, or the tower with its projection',
    )
  }
}
