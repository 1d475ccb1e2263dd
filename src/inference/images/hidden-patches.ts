/** Patch tokens of images inside the image tower, batch by batch. */
import { wrongArgument } from '../../check-arguments'
import { blocksUpTo, hiddenPatches } from '../../models/clip/hidden-patches'
import { patchGrid } from '../../models/layers/patch-grid'
import type { Encoder } from '../encoder'
import { checkTower } from '../missing-tower'
import { batchOptions, type PatchOptions } from '../options'
import type { Pixels } from '../programs/programs'
import { eachBatch, imageBatchSize, leaveOut, putRows, type HiddenPatches } from './embed-images'
import { listImages, type ImageBatchInput } from './image-list'

/** `DreamLIP.encodePatches` with the option `layer`. */
export async function encodeHiddenPatches(
  encoder: Encoder,
  images: ImageBatchInput,
  { layer: given, project, normalize, attention, ...rest }: PatchOptions,
): Promise<HiddenPatches> {
  checkTower(encoder, 'image')
  const { config, programs } = encoder
  const layer = blocksUpTo(given!, config)
  if (project) throw alone('project', project)
  if (normalize !== undefined) throw alone('normalize', normalize)
  if (attention !== undefined) throw alone('attention', attention)
  const options = batchOptions(rest, imageBatchSize)
  const list = listImages(images, config.vision.imageSize)
  const [rows, columns] = patchGrid(config.vision)
  const perImage = rows * columns * config.vision.width
  const patches = new Float32Array(list.length * perImage) // [images, patches, width]
  const program = programs.prepared(`patches of layer ${layer}`, ({ pixels }: Pixels, weights) => ({
    patches: hiddenPatches(weights, pixels, config, layer),
  }))
  const errors = await eachBatch(encoder, program, images, list, options, (outputs, indices) => {
    putRows(outputs.patches, indices, patches, perImage)
  })
  leaveOut(errors, patches, perImage)
  return {
    patches: { data: patches, shape: [list.length, rows * columns, config.vision.width] },
    ...(options.onError === 'skip' && { errors }),
  }
}

function alone(option: string, value: unknown) {
  return wrongArgument(option, 'nothing with the option layer, which gives tokens as they are', value)
}
