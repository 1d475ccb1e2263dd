/** Writes the results of the comparison: numbers as JSON, tables in the documentation, bar charts. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { barChart, markdownTable, type Measures, type Row } from './report-table'

/** The result of one run. */
export interface Result {
  readonly recipe: string
  readonly title: string
  readonly seed: number
  /** Training time. For a run that was stopped and continued: the time since then. */
  readonly seconds: number
  readonly splits: Readonly<Record<string, Measures>>
}

export interface Settings {
  readonly steps: number
  readonly batchSize: number
  readonly learningRate: number
  readonly processor: string
}

const [begin, end] = ['<!-- results: npm run compare -w emoji-scenes -->', '<!-- end of results -->']

/** The measures in the chart. The table has all. */
const drawn = ['short t→i R@1', 'sentences t→i R@1', 'single emoji top-5', 'mIoU', 'pointing']

/** Measures for which a higher value is not better. */
const neutral = ['pointing by chance', 'own patches', 'other patches']

/** @param folder of `emoji-scenes.md`; the tables go between the marks in that file */
export async function describeResults(folder: string, settings: Settings, results: readonly Result[]): Promise<void> {
  const splits = Object.keys(results[0]!.splits)
  await writeFile(join(folder, 'emoji-scenes.json'), `${JSON.stringify({ settings, results }, undefined, 2)}\n`)
  const sections: string[] = []
  for (const split of splits) {
    const rows = rowsOf(results, split)
    const measures = Object.keys(rows[0]!.runs[0]!)
    const picture = `emoji-scenes-${split}.svg`
    await writeFile(join(folder, picture), barChart(split, rows, drawn))
    const retrieval = measures.filter((measure) => measure.includes('R@'))
    const others = measures.filter((measure) => ![...retrieval, ...neutral].includes(measure))
    sections.push(
      `### ${split}`,
      `![${split}: ${drawn.join(', ')} by recipe](${picture})`,
      ...[retrieval, others].map((some) => markdownTable(rows, some, true)),
      markdownTable(rows, neutral, false),
    )
  }
  const page = join(folder, 'emoji-scenes.md')
  const before = await readFile(page, 'utf8').catch(() => `# EmojiScenes\n\n${begin}\n${end}\n`)
  const [head, rest] = before.split(begin)
  const tail = rest?.split(end)[1]
  if (head === undefined || tail === undefined) throw new Error(`${page}: expected the marks ${begin} and ${end}.`)
  await writeFile(page, `${head}${begin}\n\n${sections.join('\n\n')}\n\n${end}${tail}`)
  console.log(`\n${sections.join('\n\n')}`)
}

/** One row per recipe, with its runs in the order of their seeds. */
function rowsOf(results: readonly Result[], split: string): Row[] {
  const recipes = [...new Set(results.map(({ recipe }) => recipe))]
  return recipes.map((recipe) => {
    const own = results.filter((result) => result.recipe === recipe)
    return { title: own[0]!.title, runs: own.map(({ splits }) => splits[split]!) }
  })
}
