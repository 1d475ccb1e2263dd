/**
 * How often descriptions find their pictures, on EmojiScenes with the embedded model: by coverage, by the mean of the sentences,
 * and as one truncated text; and how often the cut-off misjudges whether a picture fits.
 */
import { drawTestScenes, type TestScene } from '../emoji-scenes/comparison/test-scenes'
import { ranksByCoverage, storeOf } from '../emoji-scenes/comparison/paragraphs'
import { recallAt } from '../emoji-scenes/comparison/recall'
import { embedDescriptions } from '../emoji-scenes/comparison/embed-descriptions'
import { sampleOf } from '../emoji-scenes/data-set/samples'
import { createIcons } from '../emoji-scenes/icons/icons'
import { kindOf, trainKinds } from '../emoji-scenes/icons/kinds'
import { drawScene } from '../emoji-scenes/scenes/draw'
import { cosineSimilarity, createRandom, DreamLIP, searchImages, type Embeddings } from '../src/index.node.ts'

/** Coverage was chosen while looking at seeds 0 to 2. */
const [scenesPerSplit, seeds] = [500, [3, 4]]
const sizes = [100, 300, 1000]
const queriesPerSize = 150

type Drawn = Pick<TestScene, 'scene' | 'captions' | 'image'>

export async function paragraphSearchBenchmark(): Promise<void> {
  const model = await DreamLIP.load()
  console.log('paragraph-search: R@1 and R@5 in percent, descriptions of 5 to 10 sentences among 500 scenes')
  for (const split of ['held-out-styles', 'held-out-emoji'] as const) {
    for (const seed of seeds) {
      const scenes = await drawTestScenes(split, scenesPerSplit, model.config.vision.imageSize, seed, createIcons())
      await compare(model, `${split}, seed ${seed}`, scenes)
    }
  }
  console.log('paragraph-search: how often the cut-off is wrong')
  const drawn = await drawValidation(model)
  for (const level of ['other kinds', 'other groups'] as const) {
    for (const size of sizes) await judge(model, drawn, level, size)
  }
  await checkAnswers(model, drawn.slice(0, 1000))
  model.dispose()
}

const longOf = ({ captions }: Drawn) => captions.long.map(({ text }) => text)

async function compare(model: DreamLIP, name: string, scenes: readonly TestScene[]): Promise<void> {
  const images = await model.encodeImage(
    scenes.map(({ image }) => image),
    { batchSize: 64 },
  )
  const show = (values: readonly number[]) => values.map((value) => (100 * value).toFixed(1)).join(' / ')
  const recalls = (texts: Embeddings) => {
    const similarities = cosineSimilarity(texts, images)
    return show([recallAt(1, similarities), recallAt(5, similarities)])
  }
  const one = await model.encodeText(scenes.map((scene) => longOf(scene).join(' ')))
  const mean = await embedDescriptions(model, scenes.map(longOf))
  const ranks = await ranksByCoverage(model, images, scenes.map(longOf))
  const coverage = [1, 5].map((k) => ranks.filter((rank) => rank < k).length / ranks.length)
  console.log(`  ${name}: one cut text ${recalls(one)}, mean ${recalls(mean)}, coverage ${show(coverage)}`)
}

/** New scenes of the kinds and styles in training: the model knows the objects in the queries. */
async function drawValidation(model: DreamLIP): Promise<Drawn[]> {
  const icons = createIcons()
  const side = model.config.vision.imageSize
  return Promise.all(
    Array.from({ length: 3000 }, async (_, number) => {
      const { scene, captions } = sampleOf({ seed: 7, split: 'validation', number })
      return { scene, captions, image: (await drawScene(scene, side, icons)).image }
    }),
  )
}

/**
 * A collection that lacks some kinds: a third of all kinds, or all kinds of a third of the groups. Queries describe its own scenes,
 * and scenes of those kinds alone.
 */
async function judge(model: DreamLIP, drawn: readonly Drawn[], level: 'other kinds' | 'other groups', size: number) {
  const wrong = { short: [0, 0], long: [0, 0] }
  let [inside, outside] = [0, 0]
  for (const seed of seeds) {
    const left = leftOut(level, seed)
    const kindsOf = ({ scene }: Drawn) => scene.objects.map(({ kind }) => kind)
    const own = drawn.filter((scene) => !kindsOf(scene).some((kind) => left.has(kind))).slice(0, size)
    const others = drawn.filter((scene) => kindsOf(scene).every((kind) => left.has(kind))).slice(0, queriesPerSize)
    const images = await model.encodeImage(
      own.map(({ image }) => image),
      { batchSize: 64 },
    )
    const { store, remove } = await storeOf(images)
    const collection = { model, store }
    const asked = own.slice(0, queriesPerSize)
    inside += asked.length
    outside += others.length
    for (const form of ['short', 'long'] as const) {
      const queryOf = (scene: Drawn) => (form === 'short' ? [scene.captions.short] : longOf(scene))
      for (const scene of asked)
        if (!(await searchImages(collection, queryOf(scene), { topK: 1 })).fits) wrong[form][0]!++
      for (const scene of others)
        if ((await searchImages(collection, queryOf(scene), { topK: 1 })).fits) wrong[form][1]!++
    }
    await remove()
  }
  const rates = Object.entries(wrong).map(([form, [missed, invented]]) => {
    const percent = (count: number, of: number) => `${((100 * count) / of).toFixed(0)} %`
    return `${form}: ${percent(missed!, inside)} of the scenes that are there are denied, ${percent(invented!, outside)} of the others are confirmed`
  })
  console.log(`  ${level}, ${size} pictures: ${rates.join('; ')}`)
}

/** How often a sentence that counts as answered is true: the hit shows an object of its kind. */
async function checkAnswers(model: DreamLIP, drawn: readonly Drawn[]) {
  const images = await model.encodeImage(
    drawn.map(({ image }) => image),
    { batchSize: 64 },
  )
  const { store, remove } = await storeOf(images)
  const count = { all: 0, true: 0, answered: 0, both: 0 }
  for (const asked of drawn.slice(0, 200)) {
    const { hits } = await searchImages({ store, model }, longOf(asked))
    for (const { path, sentences } of hits) {
      const shown = drawn[Number(path)]!.scene.objects.map(({ kind }) => kind)
      asked.captions.long.forEach(({ object }, i) => {
        if (object === null) return
        const isTrue = shown.includes(asked.scene.objects[object]!.kind)
        const { answered } = sentences[i]!
        count.all++
        count.true += Number(isTrue)
        count.answered += Number(answered)
        count.both += Number(isTrue && answered)
      })
    }
  }
  await remove()
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`
  console.log(
    `paragraph-search: of the sentences about things, for the first 10 of 1,000 pictures, ${percent(count.true, count.all)} are true; ` +
      `${percent(count.both, count.answered)} of those that count as answered are, and ${percent(count.both, count.true)} of the true ones count`,
  )
}

function leftOut(level: 'other kinds' | 'other groups', seed: number): Set<string> {
  const random = createRandom(seed)
  const draw = <T>(values: readonly T[]) =>
    new Set(
      values
        .map((value) => ({ value, at: random.uniform() }))
        .sort((a, b) => a.at - b.at)
        .slice(0, Math.ceil(values.length / 3))
        .map(({ value }) => value),
    )
  const keys = trainKinds.map(({ key }) => key)
  if (level === 'other kinds') return draw(keys)
  const groups = draw([...new Set(trainKinds.map(({ group }) => group))])
  return new Set(keys.filter((key) => groups.has(kindOf(key).group)))
}
