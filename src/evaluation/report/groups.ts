/** Groups reports by data set and split, and adds the published figures for the same. */
import type { BenchmarkReport } from '../benchmark/report'
import type { Json } from '../task/result'
import { publishedResults, type PublishedResult } from './published'

/** The reports of one data set and split. */
export interface ReportGroup {
  readonly set: BenchmarkReport['set']
  /** The names of all figures, in the order in which they first occur. */
  readonly figures: readonly string[]
  readonly reports: readonly BenchmarkReport[]
  readonly published: readonly PublishedResult[]
}

export function groupReports(
  reports: readonly BenchmarkReport[],
  published: readonly PublishedResult[] = publishedResults,
): ReportGroup[] {
  const keyOf = ({ set }: BenchmarkReport) => JSON.stringify([set.name, set.split, set.task, set.samples])
  return [...new Set(reports.map(keyOf))].map((key) => {
    const own = reports.filter((report) => keyOf(report) === key)
    const { set } = own[0]!
    const figures = [...new Set(own.flatMap((report) => Object.keys(report.figures)))]
    const beside = published.filter(
      (result) =>
        result.set === set.name && result.split === set.split && figures.some((name) => name in result.figures),
    )
    return { set, figures, reports: own, published: beside }
  })
}

/**
 * A report's name in a table: that of the model, with the choices in which the reports of its group differ, or with the beginning of its
 * fingerprint if two models have one name.
 */
export function labelsOf(reports: readonly BenchmarkReport[]): string[] {
  const differing = choicesThatDiffer(reports)
  return reports.map(({ model, protocol }) => {
    const namesake = reports.some(
      (other) => other.model.name === model.name && other.model.fingerprint !== model.fingerprint,
    )
    const choices = differing.map((key) => `${key}: ${show(protocol[key])}`)
    return [namesake ? `${model.name} (${model.fingerprint.slice(0, 8)})` : model.name, ...choices].join(', ')
  })
}

function choicesThatDiffer(reports: readonly BenchmarkReport[]): string[] {
  const keys = new Set(reports.flatMap(({ protocol }) => Object.keys(protocol)))
  return [...keys].filter((key) => new Set(reports.map(({ protocol }) => show(protocol[key]))).size > 1)
}

export function show(value: Json | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not stated')
}

/** Figures are shares: in percent, with one decimal. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : (100 * value).toFixed(1)
}

/** The problems of a report in words, such as `3 × image-missing`; empty if there are none. */
export function problemsInWords({ problems }: BenchmarkReport): string {
  return Object.entries(problems.byReason)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ')
}
