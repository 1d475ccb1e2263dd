/** Infers the config of a model of any family from the shapes of its tensors. */
import { checkObject, wrongArgument } from '../check-arguments'
import type { CLIPConfig } from './config/clip-config'
import { inferCLIPConfig, type InferConfigOptions, type TensorShapes } from './config/infer-config'
import { families } from './families'

/**
 * Infers the config of a model from the names (open_clip's, or those of its family) and shapes of its parameters.
 * The activation, the width of a head and the pooling of the image cannot be inferred. Pooling is assumed to use the class token.
 * @throws DreamLIPError `INVALID_CONFIG` unless these are the tensors of a CLIP model with a vision transformer, or of a model of
 *   another family (docs/families.md)
 */
export function inferConfig(shapes: TensorShapes, options: InferConfigOptions = {}): CLIPConfig {
  checkObject('options', options)
  if (!(shapes instanceof Map)) throw wrongArgument('shapes', 'a Map of shapes by the names of tensors', shapes)
  const [family, { model } = {}] = Object.entries(families).find(([, each]) => shapes.has(each.model?.mark ?? '')) ?? []
  return model?.inferConfig?.(shapes, options) ?? inferCLIPConfig(shapes, options, family)
}
