/** PyTorch's order of a model's parameters. An optimizer's state in a PyTorch file numbers parameters by it. */
import type { CLIPConfig } from '../../models/config/config'

/** Optional parameters, and those that they follow in PyTorch's models. */
const follows: Readonly<Record<string, string>> = {
  'visual.proj2': 'visual.proj',
  logit_bias: 'logit_scale',
  logit_scale_local: 'logit_scale',
}

/** Names of parameters in PyTorch's order. A model's own order is that of the file that it was loaded from. */
export async function inPyTorchOrder(names: readonly string[], config: CLIPConfig): Promise<string[]> {
  const { parameterShapes } = await import('../../models/parameters') // loaded late: only checkpoints need it
  const known = [...parameterShapes(config).keys()]
  const places = new Map(known.map((name, i) => [name, i]))
  const placeOf = (name: string) => places.get(name) ?? (places.get(follows[name] ?? '') ?? known.length) + 0.5
  return [...names].sort((a, b) => placeOf(a) - placeOf(b))
}
