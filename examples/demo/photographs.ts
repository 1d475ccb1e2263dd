/** Tries a model on photographs. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildZeroShotClassifier, decodeImage, shortTemplates, splitCaption, type DreamLIP } from 'dreamlip'
import { divide, gather, locate, nameAll, searchAll } from './explore'
import type { Explored, Findings } from './findings'

const folder = fileURLToPath(new URL('../photos/', import.meta.url))

/** Each photograph with its right label, the labels of its parts, and who took it. */
const photographs = [
  { file: 'chelsea.png', label: 'cat', parts: ['cat', 'wall', 'blanket'], by: 'Stéfan van der Walt' },
  {
    file: 'coffee.png',
    label: 'cup of coffee',
    parts: ['cup', 'saucer', 'spoon', 'wooden table'],
    by: 'Rachel Michetti, Pikolo Espresso Bar',
  },
  { file: 'rocket.jpg', label: 'rocket', parts: ['rocket', 'launch tower', 'night sky', 'floodlights'], by: 'SpaceX' },
]
const labels = [...photographs.map(({ label }) => label), 'bus', 'dog', 'tree', 'bicycle']

export async function explorePhotographs(model: DreamLIP): Promise<Findings> {
  const pictures = await Promise.all(
    photographs.map(async ({ file }) => ({ picture: await decodeImage(`${folder}${file}`), about: file })),
  )
  const captions = photographs.map(({ file }) => sentencesBeside(file))
  const things = labels.map((label) => [label])
  const named = await nameAll(
    model,
    pictures.map((picture, thing) => ({ ...picture, thing })),
    things,
    shortTemplates,
  )
  const searches = await searchAll(
    model,
    pictures.map(({ picture }) => picture),
    captions,
  )
  const explored: Explored[] = []
  for (const [i, { picture }] of pictures.entries()) {
    const located = await locate(model, picture, captions[i]!)
    const parts = await buildZeroShotClassifier(model, photographs[i]!.parts, { templates: shortTemplates })
    const divided = await divide(model, picture, parts)
    explored.push(await gather(model, i, pictures, searches[i]!, located, divided))
  }
  const right = named.filter(({ answers }) => answers[0]!.right).length
  const first = searches.filter(({ rank }) => rank === 1).length
  const of = pictures.length
  return {
    knows: 'What this model knows is what it was trained on. Here it looks at photographs with long captions.',
    about: `${of} photographs with long captions.`,
    scores: [
      { what: 'photographs found first by their caption', right: first, of, chance: `1 of ${of}` },
      { what: 'photographs named correctly', right, of, chance: `1 of ${labels.length}` },
    ],
    explored: { about: `Each searches ${of} photographs.`, all: explored },
    named: { about: `Which of ${labels.length} labels fits best?`, all: named },
    credits: {
      about: 'Photographs by',
      all: photographs.map(({ file, by }) => ({
        text: `${by} (${file})`,
        licence: 'CC0',
        url: 'https://creativecommons.org/publicdomain/zero/1.0/',
      })),
    },
  }
}

/** The sentences in the text file of a photograph. */
function sentencesBeside(file: string): string[] {
  const text = readFileSync(`${folder}${file.replace(/\.\w+$/, '.txt')}`, 'utf8')
  return splitCaption(text, { rule: 'sentences' }).map((sentence) => `${sentence}.`)
}
