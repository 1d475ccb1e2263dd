/**
 * Fills the tables of docs/emoji-scenes-model.md from the model's file and from measured results, so that no number is typed by hand.
 *
 *     npm run model-card -w emoji-scenes -- result.json
 *
 * result.json is what a run of the comparison writes: { "splits": { "held-out-styles": { "mIoU": 0.5, … }, … } }, as shares from 0 to 1.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { inspectCheckpoint, parseConfig } from 'dreamlip'

const asset = 'assets/emoji-scenes.safetensors'
const card = 'docs/emoji-scenes-model.md'

/** Shares from 0 to 1, by the name of the measure. */
type Measures = Readonly<Record<string, number>>

interface Result {
  readonly splits: Readonly<Record<string, Measures>>
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
export function fill(page: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(open), page.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`${card}: expected ${open} and ${close}.`)
  return `${page.slice(0, from + open.length)}\n${content}\n${page.slice(to)}`
}

/** One row per measure, one column per split. */
export function numbersTable(bySplit: Result['splits']): string {
  const splits = Object.keys(bySplit)
  const measures = [...new Set(Object.values(bySplit).flatMap((each) => Object.keys(each)))]
  const cell = (split: string, measure: string) => {
    const value = bySplit[split]![measure]
    return value === undefined ? '–' : (100 * value).toFixed(1)
  }
  const rows = measures.map((measure) => [measure, ...splits.map((split) => cell(split, measure))])
  return table([['in percent', ...splits], ...rows])
}

/** The facts that the model's file contains. */
async function factsTable(path: string): Promise<string> {
  const { config, parameters, tensors } = await inspectCheckpoint(path)
  const { vision, text, embedDim } = parseConfig(config!)
  const kept = tensors.find(({ name }) => name === 'token_embedding.ids')?.shape[0] ?? text.vocabularySize
  const tower = ({ layers, width }: { layers: number; width: number }) => `${layers} layers, ${width} wide`
  return table([
    ['', ''],
    ['file', `${asset}, ${(statSync(path).size / 1e6).toFixed(1)} MB, int8`],
    ['parameters', `${(parameters.total / 1e6).toFixed(1)} million`],
    ['input', `${vision.imageSize} × ${vision.imageSize} pixels, patches of ${vision.patchSize} × ${vision.patchSize}`],
    ['image tower', tower(vision)],
    ['text tower', `${tower(text)}, ${text.contextLength} tokens`],
    ['tokens in its table', `${kept} of ${text.vocabularySize}`],
    ['embeddings', `${embedDim} numbers`],
  ])
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head!), line(head!.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

async function main(result: string | undefined): Promise<void> {
  const facts = fill(readFileSync(card, 'utf8'), 'facts', await factsTable(asset))
  const measured = result === undefined ? undefined : (JSON.parse(readFileSync(result, 'utf8')) as Result)
  writeFileSync(card, measured ? fill(facts, 'numbers', numbersTable(measured.splits)) : facts)
  console.log(`${card}: written${measured ? '' : ', all but the numbers: name a result.json'}.`)
}

if (process.argv[1]?.includes('model-card')) await main(process.argv[2])
