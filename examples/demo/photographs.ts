/** What a model finds in photographs. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildZeroShotClassifier, decodeImage, shortTemplates, splitCaption, type DreamLIP } from 'dreamlip'
import { divide, locate, nameAll, seekAll } from './explore'
import type { Divided, Findings, Located } from './findings'

const folder = fileURLToPath(new URL('../photos/', import.meta.url))

/** Each photograph with its right label and the labels of its parts. */
const photographs = [
  { file: 'chelsea.png', label: 'cat', parts: ['cat', 'wall', 'blanket'] },
  { file: 'coffee.png', label: 'cup of coffee', parts: ['cup', 'saucer', 'spoon', 'wooden table'] },
  { file: 'rocket.jpg', label: 'rocket', parts: ['rocket', 'launch tower', 'night sky', 'floodlights'] },
]
const labels = [...photographs.map(({ label }) => label), 'bus', 'dog', 'tree', 'bicycle']

export async function explorePhotographs(model: DreamLIP): Promise<Findings> {
  const pictures = await Promise.all(photographs.map(({ file }) => decodeImage(`${folder}${file}`)))
  const captions = photographs.map(({ file }) => sentencesBeside(file))
  const classifier = await buildZeroShotClassifier(model, labels, { templates: shortTemplates })
  const named = await nameAll(
    model,
    photographs.map(({ file, label }, i) => ({ picture: pictures[i]!, about: file, truth: label })),
    classifier,
  )
  const sought = await seekAll(model, pictures, captions)
  const located: Located[] = []
  for (const [i, picture] of pictures.entries()) located.push(await locate(model, picture, captions[i]!))
  const divided: Divided[] = []
  for (const [i, picture] of pictures.entries()) {
    const parts = await buildZeroShotClassifier(model, photographs[i]!.parts, { templates: shortTemplates })
    divided.push(await divide(model, picture, parts))
  }
  const right = named.filter(({ truth, scores }) => scores[0]!.label === truth).length
  const first = sought.filter(({ rank }) => rank === 1).length
  const of = pictures.length
  return {
    about: 'It looks at three photographs with long captions.',
    scores: [
      { what: 'photographs named correctly', right, of, chance: `1 of ${labels.length}` },
      { what: 'photographs found by their caption', right: first, of, chance: `1 of ${of}` },
    ],
    named: { about: `Zero-shot: which of ${labels.length} labels fits best?`, all: named },
    sought: { about: 'A long caption is compared with the photographs. The right one has a frame.', all: sought },
    located: { about: 'One heat map per sentence. Yellow is where the picture fits the sentence best.', all: located },
    divided: { about: 'Each pixel gets the label that fits it best.', all: divided },
    credits: 'Photographs: examples/photos/LICENSES.md.',
  }
}

/** The sentences in the text file of a photograph. */
function sentencesBeside(file: string): string[] {
  const text = readFileSync(`${folder}${file.replace(/\.\w+$/, '.txt')}`, 'utf8')
  return splitCaption(text, { rule: 'sentences' }).map((sentence) => `${sentence}.`)
}
