/** `dreamlip ground`: draws where each phrase is in an image. */
import { Option, type Command } from 'commander'
import { basename, extname, join } from 'node:path'
import { writeFileAtomically } from '../../bytes/write/write-file.node.ts'
import {
  decodeImage,
  drawHeatMap,
  encodePNG,
  valueRange,
  type DenseAttention,
  type HeatMap,
  type LongTexts,
} from '../../index.node.ts'
import type { DrawnMap } from '../drawn-map'
import { renderSheet } from '../ground-sheet'
import { createModelVerb, longOption, withModel, type ModelOptions } from '../model'
import { checkFolder, makeFolder } from '../../bytes/write/make-folder.node.ts'
import { collect, parseCount, type Answer, type Answering, type Context } from '../verb'

interface GroundOptions extends ModelOptions {
  readonly text: readonly string[]
  readonly out: string
  readonly attention?: DenseAttention
  readonly shortSide?: number
  readonly sharedRange?: boolean
  readonly long?: LongTexts
}

const examples = `
dreamlip ground -m vitb16.pt street.jpg --text 'A red bus waits. Two people cross.' --out maps
dreamlip ground -m vitb16.pt street.jpg --text 'a red bus' --text 'the sky' --shared-range --out maps`

export function groundCommand(answer: Answering): Command {
  return createModelVerb('ground', 'show where in an image each sentence of a caption is', examples)
    .argument('<image>', 'file or URL')
    .requiredOption(
      '-t, --text <text>',
      'caption, which is split into sentences; if given several times, each is one phrase',
      collect,
    )
    .requiredOption('-o, --out <folder>', 'folder for a PNG per phrase, and an index.html that shows all')
    .addOption(
      new Option('--attention <kind>', "attention of the last block (default: the model's)").choices([
        'standard',
        'value',
        'correlative',
      ]),
    )
    .option(
      '--short-side <pixels>',
      'scale the short side of the image to this; a larger value finds smaller things',
      parseCount,
    )
    .addOption(longOption())
    .option('--shared-range', 'use one colour range for all maps: shows how well phrases match, not only where')
    .action((image: string, options: GroundOptions) => answer(options, (context) => ground(image, options, context)))
}

async function ground(source: string, options: GroundOptions, context: Context): Promise<Answer> {
  const { text, attention, shortSide, batchSize, long } = options
  const { signal } = context
  const image = await decodeImage(source, { signal })
  await checkFolder(options.out)
  return withModel(options, context, async (model) => {
    const phrases = text.length === 1 ? text[0]! : text
    const maps = await model.ground(image, phrases, {
      attention,
      shortSide,
      batchSize,
      long,
      signal,
      onProgress: context.onProgress,
    })
    const shared = options.sharedRange ? valueRange(maps) : undefined
    const drawn: DrawnMap[] = []
    await makeFolder(options.out)
    for (const [i, map] of maps.entries()) {
      signal.throwIfAborted()
      const file = join(options.out, fileName(source, map, i, maps.length))
      const range = shared ?? valueRange([map])
      await writeFileAtomically(file, [await encodePNG(drawHeatMap(image, map, { range }))])
      drawn.push({ text: map.text, file, range, peak: findPeak(map) })
    }
    const page = join(options.out, 'index.html')
    await writeFileAtomically(page, [new TextEncoder().encode(renderSheet(source, drawn))])
    return {
      json: {
        model: options.model,
        device: model.device.name,
        image: source,
        size: [image.width, image.height],
        attention: attention ?? model.attention,
        maps: drawn,
        page,
      },
      text: [...drawn.map(describe), `All together: ${page}`].join('\n'),
    }
  })
}

/** `street-2-two-people-cross.png`: the image, the phrase's number, and its first words. */
function fileName(source: string, { text }: HeatMap, index: number, count: number): string {
  const image = /^data:/i.test(source) ? '' : basename(source.replace(/[?#].*$/s, ''), extname(source))
  const number = String(index + 1).padStart(String(count).length, '0')
  return `${[wordsOf(image, 30), number, wordsOf(text, 40)].filter((part) => part !== '').join('-')}.png`
}

/** Letters and digits, joined by hyphens. A text that is too long is cut, between words if possible. */
function wordsOf(text: string, longest: number): string {
  const words =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  const characters = [...words.join('-')]
  return characters.length <= longest
    ? characters.join('')
    : characters
        .slice(0, longest)
        .join('')
        .replace(/-[^-]*$/, '')
}

function findPeak({ data, shape: [, width] }: HeatMap): DrawnMap['peak'] {
  const at = data.reduce((best, value, i) => (value > data[best]! ? i : best), 0)
  return { x: at % width, y: Math.floor(at / width), cosine: data[at]! }
}

function describe({ text, file, range, peak }: DrawnMap): string {
  const cosines = range.map((value) => value.toFixed(3)).join(' to ')
  return `${text}\n  ${file}  (cosines ${cosines}; best at x ${peak.x}, y ${peak.y})`
}
