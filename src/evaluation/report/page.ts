/** A page of reports in one file: no script, no external resources, and a policy that forbids both. */
import { checkCall, checkFlag, checkObject } from '../../check-arguments'
import { checkKeys, type KeysOf } from '../../known-keys'
import type { BenchmarkReport } from '../benchmark/report'
import type { HardExample, ResultTable } from '../task/result'
import { classBars, confusionMatrix, lineChart, mostBars, weakestFirst, wrongPairs } from './charts'
import { groupReports, labelsOf, percent, problemsInWords, show, type ReportGroup } from './groups'
import { element, escapeHTML, table, tableRow } from './html'
import { checkReports } from './parse-report'
import { pageStyle } from './style'
import { thumbnailOf } from './thumbnail'

export interface BenchmarkPageOptions {
  /** Whether the hardest images are read and shown; default true. Images at addresses are never fetched. */
  readonly thumbnails?: boolean
  readonly signal?: AbortSignal
}

const optionKeys: KeysOf<BenchmarkPageOptions> = { thumbnails: 0, signal: 0 }

/**
 * An HTML page of reports: a table per data set with the published figures of the same data set and split, recall curves, a bar per
 * class, the confusion of classes, and the images that a model gets wrong.
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no report; the signal's reason when aborted
 */
export async function benchmarkPage(
  reports: readonly BenchmarkReport[],
  options: BenchmarkPageOptions = {},
): Promise<string> {
  const { thumbnails = true, signal } = checkKeys('', checkCall(checkObject('options', options)), optionKeys)
  checkReports(reports)
  checkFlag('thumbnails', thumbnails)
  const groups = groupReports(reports)
  const sections: string[] = []
  for (const [i, group] of groups.entries()) sections.push(await renderGroup(group, `set-${i}`, thumbnails, signal))
  const links = groups.map(({ set }, i) =>
    element('a', { href: `#set-${i}` }, escapeHTML(`${set.title}, ${set.split}`)),
  )
  const models = new Set(reports.map(({ model }) => model.fingerprint)).size
  const title = groups.length === 1 ? groups[0]!.set.title : `${groups.length} evaluations`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-${await digestOf(pageStyle)}'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${escapeHTML(title)}</title>
<style>${pageStyle}</style>
<header><h1>${escapeHTML(title)}</h1>
<p>${models} ${models === 1 ? 'model' : 'models'}, measured with dreamlip ${escapeHTML(reports[0]!.versions.dreamlip)}. Figures are percentages.</p>
${groups.length > 1 ? element('nav', { 'aria-label': 'Data sets' }, links.join('')) : ''}</header>
<main>${sections.join('\n')}</main>
</html>
`
}

async function digestOf(text: string): Promise<string> {
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return btoa(String.fromCharCode(...digest))
}

async function renderGroup(
  group: ReportGroup,
  id: string,
  thumbnails: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { set, reports } = group
  const labels = labelsOf(reports)
  const curves = reports.flatMap(({ details }, i) =>
    (details.curves ?? []).map(({ name, points }) => ({
      name: reports.length > 1 ? `${labels[i]!}: ${name}` : name,
      points,
    })),
  )
  const chart = curves.length > 0 ? section('Recall by K', lineChart(curves, `Recall by K on ${set.title}`)) : ''
  const details: string[] = []
  for (const [i, report] of reports.entries())
    details.push(await renderReport(report, labels[i]!, reports.length === 1, thumbnails, signal))
  const heading = `${element('h2', { id }, escapeHTML(set.title))}<p class="about">${escapeHTML(set.task)}, ${escapeHTML(set.split)}, ${set.samples.toLocaleString('en')} samples</p>`
  return element('section', { 'aria-labelledby': id }, heading + figureTable(group, labels) + chart + details.join(''))
}

/** Measured and published rows; the best measured figure of a column is marked. */
function figureTable({ set, figures, reports, published }: ReportGroup, labels: readonly string[]): string {
  const best = figures.map((name) => Math.max(...reports.map((report) => report.figures[name] ?? -Infinity)))
  const measured = reports.map((report, i) => {
    const cells = figures.map((name, column) => {
      const value = report.figures[name]
      const text = percent(value) || '–'
      return reports.length > 1 && value === best[column] ? { markup: `<strong>${text}</strong>` } : text
    })
    return tableRow([labels[i]!, ...cells])
  })
  const printed = published.map(({ model, figures: values, source }) => {
    const name = { markup: `${escapeHTML(model)} <span class="tag" title="${escapeHTML(source)}">published</span>` }
    return tableRow([name, ...figures.map((figure) => percent(values[figure]) || '–')], { class: 'published' })
  })
  const caption = `Results on ${set.title}, ${set.split}`
  const sources = [...new Set(published.map(({ source }) => source))]
  const note = sources.length > 0 ? `<p class="note">Published figures: ${escapeHTML(sources.join('; '))}.</p>` : ''
  return table(caption, ['model', ...figures], [...measured, ...printed]) + note
}

async function renderReport(
  report: BenchmarkReport,
  label: string,
  isOnly: boolean,
  thumbnails: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { perClass, confusion, hardest = [], tables = [] } = report.details
  const parts = [
    problems(report),
    ...tables.map(resultTable),
    perClass && perClass.length > 0
      ? section(barsTitle(perClass), classBars(perClass, `Figures of each class, ${label}`))
      : '',
    confusion && confusion.counts.length > 0
      ? section(
          'Which classes are confused',
          confusionMatrix(confusion, `Confusion of classes, ${label}`) + pairTable(confusion),
        )
      : '',
    hardest.length > 0 ? section('Hardest examples', await examples(hardest, thumbnails, signal)) : '',
    facts(report),
  ]
  const summary = `<summary><h3>${escapeHTML(label)}</h3></summary>`
  return element('details', isOnly ? { open: '' } : {}, summary + parts.join(''))
}

const section = (title: string, content: string) => `<div class="part"><h4>${escapeHTML(title)}</h4>${content}</div>`

function barsTitle(perClass: Parameters<typeof classBars>[0]): string {
  const shown = weakestFirst(perClass).length
  return shown < mostBars ? 'Each class, the weakest first' : `The ${shown} weakest of ${perClass.length} classes`
}

/** The most frequent confusions in words. */
function pairTable(confusion: Parameters<typeof wrongPairs>[0]): string {
  const rows = wrongPairs(confusion)
    .slice(0, 12)
    .map(([truth, predicted, count]) =>
      tableRow([confusion.classes[truth]!, confusion.classes[predicted]!, count.toLocaleString('en')]),
    )
  return rows.length > 0 ? table('Most frequent confusions', ['true class', 'taken for', 'count'], rows) : ''
}

function resultTable({ title, columns, rows, counts = [], note }: ResultTable): string {
  const shown = (cell: string | number | null, column: number) => {
    if (typeof cell !== 'number') return cell ?? '–'
    return counts.includes(column) ? cell.toLocaleString('en') : percent(cell)
  }
  const cells = rows.map((row) => tableRow(row.map(shown)))
  const words = note === undefined ? '' : `<p>${escapeHTML(note)}</p>`
  return section(title, words + table(title, columns, cells))
}

function problems(report: BenchmarkReport): string {
  if (report.problems.total === 0) return ''
  const { total, first } = report.problems
  const items = first
    .slice(0, 20)
    .map(({ item, message }) => `<li><b>${escapeHTML(item)}</b>: ${escapeHTML(message)}</li>`)
  const more = total > items.length ? `<p>The report names ${first.length} of ${total}.</p>` : ''
  return `<details class="problems"><summary>${total.toLocaleString('en')} problems: ${escapeHTML(problemsInWords(report))}</summary><ul>${items.join('')}</ul>${more}</details>`
}

async function examples(
  hardest: readonly HardExample[],
  thumbnails: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const figures: string[] = []
  for (const { id, image, expected, predicted } of hardest) {
    const source = thumbnails && image !== undefined ? await thumbnailOf(image, signal) : undefined
    const picture =
      source === undefined
        ? '<div class="blank"></div>'
        : `<img src="${source}" alt="${escapeHTML(id)}" width="112" height="112">`
    const words = `<b>${escapeHTML(expected)}</b><span>taken for ${escapeHTML(predicted)}</span><small>${escapeHTML(id)}</small>`
    figures.push(`<figure>${picture}<figcaption>${words}</figcaption></figure>`)
  }
  return `<div class="examples">${figures.join('')}</div>`
}

/** The conditions of the measurement. */
function facts({ model, protocol, versions, started, seconds }: BenchmarkReport): string {
  const rows: [string, string][] = [
    ['weights (SHA-256)', model.fingerprint],
    [
      'protocol',
      Object.entries(protocol)
        .map(([key, value]) => `${key}: ${show(value)}`)
        .join(', '),
    ],
    ['device', `${versions.device} (${versions.backend}), ${versions.dtype}`],
    ['host', versions.host],
    ['run', `${started}, ${seconds.toFixed(1)} s`],
  ]
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHTML(value)}</dd>`)
  return section('How it was measured', `<dl>${list.join('')}</dl>`)
}
