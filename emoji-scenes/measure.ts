/**
 * Measures the model inside the package, or another, on what training never showed, and writes result.json for its card.
 *
 *     npm run measure -w emoji-scenes
 *     npm run measure -w emoji-scenes -- .cache/emoji/longer-0-1/model.safetensors --seed 1 --out /tmp/result.json
 *     npm run measure -w emoji-scenes -- --emoji FOLDER    # only names, of another font: pictures named like 1f34e.png
 */
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DreamLIP } from 'dreamlip'
import { measure, singleEmojiOf } from './comparison/measure'
import { readEmojiFolder } from './comparison/emoji-folder'
import { measureNaming } from './comparison/naming'
import { measureGrounding } from './comparison/grounding'
import { ranksByCoverage } from './comparison/paragraphs'
import { pointsInBoxes } from './comparison/pointing'
import { drawTestScenes, testSplits, type TestSplit } from './comparison/test-scenes'
import { createIcons } from './icons/icons'
import { openclipartFolder } from './openclipart/drawings'
import { measureOpenclipart } from './openclipart/measure-openclipart'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scenes: { type: 'string', default: '500' },
    seed: { type: 'string', default: '0' },
    openclipart: { type: 'string', default: openclipartFolder },
    emoji: { type: 'string', multiple: true },
    out: { type: 'string', default: '.cache/emoji/result.json' },
  },
})

async function main(): Promise<void> {
  const model = await DreamLIP.load(positionals[0])
  if (options.emoji === undefined) await measureAll(model)
  else await measureFonts(model, options.emoji)
  model.dispose()
}

async function measureFonts(model: DreamLIP, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const drawings = await readEmojiFolder(folder, model.config.vision.imageSize)
    console.log(folder, { drawings: drawings.length, ...(await measureNaming(model, drawings)) })
  }
}

async function measureAll(model: DreamLIP): Promise<void> {
  const icons = createIcons()
  const splits: Record<string, Record<string, number>> = {}
  const confusions: Record<string, unknown> = {}
  for (const split of Object.keys(testSplits) as TestSplit[]) {
    const side = model.config.vision.imageSize
    const scenes = await drawTestScenes(split, Number(options.scenes), side, Number(options.seed), icons)
    const naming = await measureNaming(model, await singleEmojiOf(split, side, icons))
    const images = await model.encodeImage(
      scenes.map(({ image }) => image),
      { batchSize: 64 },
    )
    const paragraphs = scenes.map(({ captions }) => captions.long.map(({ text }) => text))
    const ranks = await ranksByCoverage(model, images, paragraphs)
    splits[split] = {
      ...naming.measures,
      'paragraph t→i R@1': ranks.filter((rank) => rank === 0).length / ranks.length,
      'paragraph t→i R@5': ranks.filter((rank) => rank < 5).length / ranks.length,
      ...(await measure(model, split, scenes, icons)),
      'pointing, correlative': (await measureGrounding(model, scenes, 'correlative')).pointing!,
      'pointing, highest point in box': await pointsInBoxes(model, scenes),
    }
    confusions[split] = naming.confusions
    console.log(split, splits[split])
  }
  let openclipart
  if (existsSync(options.openclipart)) openclipart = await measureOpenclipart(model, options.openclipart)
  else console.log(`${options.openclipart} is not here (Debian: apt-get install openclipart-svg): not measured.`)
  console.log(openclipart ?? '', confusions)
  const result = { scenes: Number(options.scenes), seed: Number(options.seed), splits, openclipart, confusions }
  writeFileSync(options.out, `${JSON.stringify(result, undefined, 2)}\n`)
  console.log(options.out)
}

await main()
