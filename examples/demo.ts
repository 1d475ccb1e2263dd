/**
 * The whole chain on real photographs: tokens, pixels, agreement with PyTorch, heat maps, zero-shot scores.
 *
 *     npm run demo
 *     npm run demo -- --checkpoint cc3m_dreamlip_vitb16.pt
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { decodeImage, drawHeatMap, DreamLIP, encodePNG, resizeAndCrop, Tokenizer, type RawImage } from '../src/index'
import { renderReport, type Agreement, type Photograph, type Report } from './report'

const { values: options } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    out: { type: 'string', default: 'demo-report' },
  },
})

const here = fileURLToPath(new URL('.', import.meta.url))
const golden = JSON.parse(readFileSync(`${here}golden/golden.json`, 'utf8')) as {
  readonly images: readonly string[]
  readonly pixels_sha256: readonly string[]
  readonly texts: readonly string[]
  readonly tokens: readonly (readonly number[])[]
  readonly image_features: readonly (readonly number[])[]
  readonly text_features: readonly (readonly number[])[]
}
const captions: Readonly<Record<string, string>> = {
  'chelsea.png': 'A tabby cat looks past the camera. Its whiskers are long and white. Its eyes are green.',
  'coffee.png': 'A cup of black coffee stands on a saucer. A spoon lies beside it. The table is made of wood.',
  'rocket.jpg': 'A rocket stands on its launch pad. The sky is dark. Four lightning towers surround it.',
}
const labels = ['cat', 'cup of coffee', 'rocket', 'bus', 'dog']
const device = options.device as 'auto'

function showTokens(tokenizer: Tokenizer, text: string) {
  const tokens = tokenizer.encode(text).map((id, i) => ({ piece: tokenizer.tokens(text)[i]!.trimEnd(), id }))
  console.log(`\nTokens of “${text}”\n`)
  console.log('  ' + tokens.map(({ piece, id }) => `${piece} ${dim(String(id))}`).join('  '))
  return { text, tokens }
}

/** Every stage of the golden model beside what Python computed: token ids, pixels, features. */
async function compareWithPyTorch(tokenizer: Tokenizer): Promise<Agreement[]> {
  const model = await DreamLIP.load(`${here}golden/golden.pt`, { device })
  const paths = golden.images.map((name) => `${here}photos/${name}`)
  const equalTexts = golden.texts.filter((text, i) => {
    const ids = [tokenizer.startToken, ...tokenizer.encode(text), tokenizer.endToken]
    return ids.length === golden.tokens[i]!.length && ids.every((id, at) => id === golden.tokens[i]![at])
  })
  const hashes = await Promise.all(paths.map(async (path) => hash(await prepare(path))))
  const images = await model.encodeImage(paths)
  const texts = await model.encodeText(golden.texts)
  model.dispose()
  const rows = [
    {
      what: 'token ids',
      of: `${golden.texts.length} texts`,
      result: `${equalTexts.length} of ${golden.texts.length} equal`,
      good: equalTexts.length === golden.texts.length,
    },
    {
      what: 'prepared pixels',
      of: `${paths.length} photographs`,
      result: `${hashes.filter((h, i) => h === golden.pixels_sha256[i]).length} of ${paths.length} equal to the byte`,
      good: hashes.every((h, i) => h === golden.pixels_sha256[i]),
    },
    difference('image embeddings', images.data, golden.image_features),
    difference('text embeddings', texts.data, golden.text_features),
  ]
  console.log(`\nAgreement with PyTorch (golden model, device ${model.device.name})\n`)
  for (const { what, of, result, good } of rows) {
    console.log(`  ${good ? '✓' : '✗'} ${what.padEnd(18)}${of.padEnd(16)}${result}`)
  }
  return rows
}

function difference(what: string, actual: Float32Array, expected: readonly (readonly number[])[]): Agreement {
  const largest = expected.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0)
  const result = `largest difference ${largest.toExponential(1)}`
  return { what, of: `${expected.length} vectors`, result, good: largest < 1e-5 }
}

/** Heat maps and zero-shot scores of one photograph. */
async function explore(model: DreamLIP, name: string): Promise<Photograph> {
  const path = `${here}photos/${name}`
  const [scores, maps, image] = await Promise.all([
    model.classify(path, labels),
    model.ground(path, captions[name]!),
    decodeImage(path),
  ])
  console.log(`\n${name}`)
  for (const { label, score } of scores[0]!) {
    console.log(`  ${label.padEnd(14)}${(100 * score).toFixed(1).padStart(5)} %  ${'█'.repeat(Math.round(30 * score))}`)
  }
  const heatMaps = []
  for (const [i, map] of maps.entries()) {
    const file = `${name.replace(/\..*/, '')}-${i + 1}.png`
    await writePicture(file, drawHeatMap(image, map))
    heatMaps.push({ file, text: map.text })
    console.log(`  heat map ${`${options.out}/${file}`.padEnd(32)}${map.text}`)
  }
  const prepared = `${name.replace(/\..*/, '')}-prepared.png`
  await writePicture(prepared, await prepare(path, model.config.vision.imageSize))
  return { name, size: [image.width, image.height], prepared, scores: scores[0]!, heatMaps }
}

async function prepare(path: string, size = 224): Promise<RawImage> {
  return resizeAndCrop(await decodeImage(path), size)
}

async function writePicture(file: string, image: RawImage): Promise<void> {
  writeFileSync(`${options.out}/${file}`, await encodePNG(image))
}

function hash({ data }: RawImage): string {
  return createHash('sha256').update(data).digest('hex')
}

function dim(text: string): string {
  return process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text
}

async function main(): Promise<void> {
  mkdirSync(options.out, { recursive: true })
  const tokenizer = await Tokenizer.load()
  const tokens = showTokens(tokenizer, captions['chelsea.png']!)
  const agreement = await compareWithPyTorch(tokenizer)

  const source = options.checkpoint ?? `${here}golden/golden.pt`
  const model = await DreamLIP.load(source, { device })
  console.log(
    `\n${options.checkpoint ? `Model ${source}` : 'Golden model'} on ${model.device.name}: ${model.device.reason}`,
  )
  if (!options.checkpoint) {
    console.log(
      'Its weights are random: they prove that the numbers are PyTorch’s, but its labels and heat maps mean nothing.\n' +
        'For labels that do, give a released checkpoint: npm run demo -- --checkpoint FILE',
    )
  }
  const photographs: Photograph[] = []
  for (const name of golden.images) photographs.push(await explore(model, name))
  const report: Report = { tokens, agreement, photographs, checkpoint: options.checkpoint, device: model.device }
  model.dispose()
  writeFileSync(`${options.out}/index.html`, renderReport(report))
  console.log(`\nThe same as a page: ${pathToFileURL(resolve(options.out, 'index.html')).href}`)
  if (agreement.some(({ good }) => !good)) throw new Error('The numbers are not PyTorch’s: see the table above.')
}

await main()
