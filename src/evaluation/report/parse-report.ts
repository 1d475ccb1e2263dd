/** Reads a report that may come from anywhere: everything that tables and pages use is checked. */
import { checkList, checkText, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { BenchmarkReport } from '../benchmark/report'

/** @throws DreamLIPError `DATA_INVALID` naming the file and the first value that differs from `runBenchmark`'s format */
export function parseReport(name: string, text: string): BenchmarkReport {
  checkText('name', name)
  if (typeof text !== 'string') throw wrongArgument('text', 'the text of a report', text)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw notReport(name, `it is not JSON: ${(error as Error).message}`)
  }
  const wrong = firstProblem(document, shape, 'report')
  if (wrong !== undefined) throw notReport(name, wrong)
  return document as BenchmarkReport
}

/**
 * Checks reports that a caller passes.
 * @throws DreamLIPError `INVALID_ARGUMENT` if there is none, or one that `runBenchmark` would not return
 */
export function checkReports(reports: readonly BenchmarkReport[]): readonly BenchmarkReport[] {
  const expected = 'reports of runBenchmark or parseReport'
  if (checkList('reports', reports, expected).length === 0) throw wrongArgument('reports', expected, reports)
  Array.from(reports).forEach((report, i) => {
    const wrong = firstProblem(report, shape, `reports[${i}]`)
    if (wrong !== undefined) throw new DreamLIPError('INVALID_ARGUMENT', `reports: expected ${expected}; ${wrong}.`)
  })
  return reports
}

function notReport(name: string, problem: string): DreamLIPError {
  return new DreamLIPError(
    'DATA_INVALID',
    `${name}: expected a report that dreamlip eval wrote; ${problem}. Pass the .json files of dreamlip eval --out.`,
  )
}

/** The expected form of a value: a check and its description, an object's fields, a list's elements, or any fields' values. */
type Shape =
  | { readonly is: (value: unknown) => boolean; readonly words: string }
  | { readonly fields: Readonly<Record<string, Shape>> }
  | { readonly each: Shape }
  | { readonly values: Shape }
  | { readonly optional: Shape }

const text: Shape = { is: (value) => typeof value === 'string', words: 'a string' }
const number: Shape = { is: (value) => Number.isFinite(value), words: 'a number' }
const figure: Shape = { is: (value) => value === null || Number.isFinite(value), words: 'a number or null' }
const cell: Shape = {
  is: (value) => value === null || typeof value === 'string' || Number.isFinite(value),
  words: 'a string, a number or null',
}
const index: Shape = { is: (value) => Number.isSafeInteger(value) && (value as number) >= 0, words: 'an index' }
const anything: Shape = { is: () => true, words: 'anything' }

const problem: Shape = { fields: { item: text, reason: text, message: text } }

const details: Shape = {
  fields: {
    perClass: { optional: { each: { fields: { name: text, value: figure, count: number } } } },
    confusion: { optional: { fields: { classes: { each: text }, counts: { each: { each: index } } } } },
    hardest: {
      optional: {
        each: { fields: { id: text, image: { optional: text }, expected: text, predicted: text, severity: number } },
      },
    },
    curves: { optional: { each: { fields: { name: text, points: { each: { each: number } } } } } },
    tables: {
      optional: {
        each: {
          fields: {
            title: text,
            columns: { each: text },
            rows: { each: { each: cell } },
            counts: { optional: { each: number } },
            note: { optional: text },
          },
        },
      },
    },
  },
}

const shape: Shape = {
  fields: {
    format: { is: (value) => value === 'dreamlip-evaluation', words: '"dreamlip-evaluation"' },
    version: { is: (value) => value === 1, words: '1; a newer version of this package may have written it' },
    model: { fields: { name: text, fingerprint: text } },
    set: { fields: { name: text, title: text, task: text, split: text, samples: number } },
    protocol: { values: anything },
    figures: { values: figure },
    problems: { fields: { total: number, byReason: { values: number }, first: { each: problem } } },
    details,
    versions: { fields: { dreamlip: text, host: text, backend: text, device: text, dtype: text } },
    started: text,
    seconds: number,
  },
}

/** A description of the first problem. */
function firstProblem(value: unknown, expected: Shape, path: string): string | undefined {
  if ('optional' in expected) return value === undefined ? undefined : firstProblem(value, expected.optional, path)
  if ('is' in expected) return expected.is(value) ? undefined : `${path} is not ${expected.words}`
  if ('each' in expected) {
    if (!Array.isArray(value)) return `${path} is not a list`
    return firstOf(value.entries(), (element, i) => firstProblem(element, expected.each, `${path}[${i}]`))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${path} is not an object`
  const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key as keyof typeof value] : undefined)
  if ('values' in expected) {
    return firstOf(Object.keys(value).entries(), (key) => firstProblem(own(key), expected.values, `${path}.${key}`))
  }
  return firstOf(Object.keys(expected.fields).entries(), (key) =>
    firstProblem(own(key), expected.fields[key]!, `${path}.${key}`),
  )
}

function firstOf<T>(entries: Iterable<readonly [number, T]>, find: (value: T, i: number) => string | undefined) {
  for (const [i, value] of entries) {
    const found = find(value, i)
    if (found !== undefined) return found
  }
  return undefined
}
