import { parseArgs } from 'node:util'
import { createIcons } from '../examples/emoji-scenes/icons'
import { drawTestScenes, measure, testSplits, type TestSplit } from '../examples/emoji-scenes/measure'
import { recipes, type RecipeName } from '../examples/emoji-scenes/recipes'
import { trainRecipe } from '../examples/emoji-scenes/train-recipe'
const { values: o } = parseArgs({
  options: {
    recipe: { type: 'string' },
    steps: { type: 'string', default: '300' },
    lr: { type: 'string', default: '1e-3' },
    width: { type: 'string', default: '128' },
    layers: { type: 'string', default: '4' },
    batch: { type: 'string', default: '128' },
    seed: { type: 'string', default: '0' },
    size: { type: 'string', default: '64' },
    patch: { type: 'string', default: '8' },
    tag: { type: 'string', default: '' },
  },
})
const config = {
  embed_dim: 128,
  vision_cfg: {
    image_size: Number(o.size),
    layers: Number(o.layers),
    width: Number(o.width),
    head_width: 32,
    patch_size: Number(o.patch),
  },
  text_cfg: { context_length: 77, vocab_size: 49408, width: 128, heads: 4, layers: 3 },
}
const t0 = performance.now()
const model = await trainRecipe({
  recipe: recipes[o.recipe as RecipeName],
  config,
  seed: Number(o.seed),
  steps: Number(o.steps),
  batchSize: Number(o.batch),
  learningRate: Number(o.lr),
  data: '/tmp/lead/scenes3',
  folder: `/tmp/lead/pilot/${o.recipe}-${o.steps}-${o.lr}-${o.width}${o.tag}`,
})
console.log('trained', ((performance.now() - t0) / 1000).toFixed(0), 's')
const icons = createIcons()
for (const split of Object.keys(testSplits) as TestSplit[]) {
  const scenes = await drawTestScenes(split, 200, Number(o.size), 0, icons)
  const t = performance.now()
  const m = await measure(model, split, scenes, icons)
  console.log(
    o.recipe,
    split,
    Object.entries(m)
      .map(([k, v]) => `${k} ${(100 * v).toFixed(1)}`)
      .join(', '),
    ((performance.now() - t) / 1000).toFixed(0),
    's',
  )
}
