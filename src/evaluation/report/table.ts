/** Reports as tables: Markdown for people, CSV for programs. */
import { checkChoice } from '../../check-arguments'
import type { BenchmarkReport } from '../benchmark/report'
import { groupReports, labelsOf, percent, problemsInWords, type ReportGroup } from './groups'
import { checkReports } from './parse-report'

export type TableFormat = 'markdown' | 'csv'

/**
 * A table of reports, in percent, beside the figures that papers print for the same data set and split.
 * @param format `markdown` (default): a table per data set and split; `csv`: a line per figure
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is no report
 */
export function benchmarkTable(reports: readonly BenchmarkReport[], format: TableFormat = 'markdown'): string {
  checkChoice('format', format, ['markdown', 'csv'])
  const groups = groupReports(checkReports(reports))
  return format === 'csv' ? renderCSV(groups) : `${groups.map(renderMarkdown).join('\n\n')}\n`
}

function renderMarkdown(group: ReportGroup): string {
  const { set, figures, reports, published } = group
  const measured = labelsOf(reports).map((label, i) => [label, ...figures.map((f) => percent(reports[i]!.figures[f]))])
  const printed = published.map((result) => [
    `${result.model} (published)`,
    ...figures.map((name) => percent(result.figures[name])),
  ])
  const rows = [['model', ...figures], ['---', ...figures.map(() => '---:')], ...measured, ...printed]
  const notes = reports.flatMap((report, i) => {
    const problems = problemsInWords(report)
    return problems === '' ? [] : [`- ${escape(measured[i]![0]!)}: ${escape(problems)}`]
  })
  const sources = [...new Set(published.map(({ source }) => `- published: ${escape(source)}`))]
  return [
    `### ${escape(set.title)}, ${escape(set.split)} (${set.samples.toLocaleString('en')} samples)`,
    '',
    ...rows.map((row) => `| ${row.map(escape).join(' | ')} |`),
    ...(notes.length + sources.length > 0 ? ['', ...notes, ...sources] : []),
  ].join('\n')
}

/** Names come from files: they must not end a cell or a line, nor become markup. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\|<>`*_[\]]/g, (character) => `\\${character}`)
}

function renderCSV(groups: readonly ReportGroup[]): string {
  const header = ['set', 'split', 'model', 'fingerprint', 'kind', 'figure', 'value', 'source']
  const lines = groups.flatMap(({ set, reports, published }) => {
    const labels = labelsOf(reports)
    return [
      ...reports.flatMap(({ model, figures }, i) =>
        Object.entries(figures).map(([name, value]) => [
          ...[set.name, set.split, labels[i]!, model.fingerprint, 'measured', name],
          ...[value === null ? '' : String(value), ''],
        ]),
      ),
      ...published.flatMap(({ model, figures, source }) =>
        Object.entries(figures).map(([name, value]) => [
          ...[set.name, set.split, model, '', 'published', name, String(value), source],
        ]),
      ),
    ]
  })
  return [header, ...lines].map((line) => `${line.map(quote).join(',')}\r\n`).join('')
}

/** RFC 4180. Spreadsheets would run a cell that starts with one of `=+-@` as a formula. */
function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) && !/^-?[\d.]+(e-?\d+)?$/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
