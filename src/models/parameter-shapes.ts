/** The names and shapes of a model's parameters, for code that must not load the other families for a plain CLIP. */
import { clipParameters } from './clip/parameters'
import type { CLIPConfig } from './config/clip-config'

/** Names and shapes in the order of PyTorch's `state_dict`, from a checked config. */
type ShapesOf = (config: CLIPConfig) => Map<string, number[]>

/** The parameters of a family's models, as a function of their config. @throws DreamLIPError `INVALID_CONFIG` for an unknown family */
export async function loadShapes(family: string | undefined): Promise<ShapesOf> {
  if (family !== undefined) return (await import('./parameters')).parameterShapes
  return (config) => new Map(clipParameters(config).map(({ name, shape }) => [name, shape]))
}
