/** Results of the comparison as a table and as a bar chart, for the documentation. */

/** Measures of one run on one split, by name: shares from 0 to 1. */
export type Measures = Readonly<Record<string, number>>

/** The runs of one recipe on one split. */
export interface Row {
  readonly title: string
  /** One per seed. */
  readonly runs: readonly Measures[]
}

/**
 * A Markdown table in percent: the mean over the seeds, ± the distance to the furthest seed.
 * @param emphasis whether the largest mean of each measure is bold
 */
export function markdownTable(rows: readonly Row[], measures: readonly string[], emphasis: boolean): string {
  const means = rows.map(({ runs }) => measures.map((measure) => mean(valuesOf(runs, measure))))
  const best = measures.map((_, column) => Math.max(...means.map((row) => row[column]!)))
  const lines = rows.map(({ title, runs }, i) => {
    const cells = measures.map((measure, column) => {
      const middle = means[i]![column]!
      const spread = Math.max(...valuesOf(runs, measure).map((value) => Math.abs(value - middle)))
      const text = `${percent(middle)} ± ${percent(spread)}`
      return emphasis && middle === best[column] ? `**${text}**` : text
    })
    return `| ${[title, ...cells].join(' | ')} |`
  })
  const head = `| ${['', ...measures].join(' | ')} |`
  return [head, `| --- |${' ---: |'.repeat(measures.length)}`, ...lines].join('\n')
}

const barHeight = 16
const barWidth = 150
const labelWidth = 310
const panelWidth = barWidth + 60
const colors = ['#9aa5b1', '#7b8fa6', '#4c8bd6', '#e08a2e', '#c8553d', '#3f9b6c']

/** An SVG chart with one panel per measure, one bar per recipe and one dot per seed. It is readable on white and on dark pages. */
export function barChart(title: string, rows: readonly Row[], measures: readonly string[]): string {
  const width = labelWidth + panelWidth * measures.length
  const height = 64 + rows.length * (barHeight + 8)
  const y = (i: number) => 52 + i * (barHeight + 8)
  const labels = rows.map(
    (row, i) => `<text x="${labelWidth - 10}" y="${y(i) + 12}" text-anchor="end">${escape(row.title)}</text>`,
  )
  const panels = measures.map((measure, column) => {
    const largest = Math.max(...rows.flatMap(({ runs }) => valuesOf(runs, measure)), 1e-9)
    const x = labelWidth + column * panelWidth
    const length = (value: number) => (barWidth * value) / largest
    const bars = rows.map(({ runs }, i) => {
      const values = valuesOf(runs, measure)
      const end = x + length(mean(values))
      const dots = values.map(
        (value) => `<circle cx="${round(x + length(value))}" cy="${y(i) + barHeight / 2}" r="2.5" fill="#333"/>`,
      )
      return [
        `<rect x="${x}" y="${y(i)}" width="${round(end - x)}" height="${barHeight}" rx="2" fill="${colors[i % colors.length]}"/>`,
        ...dots,
        `<text x="${round(Math.max(end, ...values.map((value) => x + length(value))) + 7)}" y="${y(i) + 12}">${percent(mean(values))}</text>`,
      ].join('')
    })
    return `<text x="${x}" y="42" font-weight="600">${escape(measure)}</text>${bars.join('')}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>`,
    `<text x="10" y="20" font-size="14" font-weight="600">${escape(title)}</text>`,
    ...labels,
    ...panels,
    '</svg>',
    '',
  ].join('\n')
}

function valuesOf(runs: readonly Measures[], measure: string): number[] {
  return runs.map((run) => {
    const value = run[measure]
    if (value === undefined) throw new Error(`A run lacks the measure ${measure}.`)
    return value
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(share: number): string {
  return (100 * share).toFixed(1)
}

function round(value: number): number {
  return Math.round(10 * value) / 10
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
