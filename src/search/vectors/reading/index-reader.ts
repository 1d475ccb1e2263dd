/** The read operations of an index, wherever its files are. */
import {
  checkCall,
  checkObject,
  checkSeed,
  checkWhole,
  wrongArgument,
  type CallOptions,
} from '../../../check-arguments'
import { checkKeys, type KnownKeys } from '../../../known-keys'
import type { VectorReader } from '../../vector-store'
import { quantizeQuery, toUnitLength } from '../kernel/quantized'
import type { RowSearch } from '../scan/row-search'
import { checkTexts, type FieldTypes } from '../segments/field-types'
import { findRows } from '../segments/find-rows'
import type { OpenSegment } from '../segments/open-segment'
import { checkWhere, createAllowedRows } from './allowed-rows'
import { rankAgain } from './rank-again'
import { allRows, fieldsAt, vectorsAt } from './read-rows'
import { drawRows } from './draw-rows'

/** Access to the segments of an index. */
export interface IndexAccess {
  readonly width: number
  readonly fieldTypes: FieldTypes
  /** Runs `work` with the current segments; their files stay open until it ends. */
  use<T>(work: (segments: readonly OpenSegment[]) => Promise<T>): Promise<T>
  /** The same, after loading the rows of the segments into `rowSearch`. */
  useRows<T>(work: (segments: readonly OpenSegment[], rowSearch: RowSearch) => Promise<T>): Promise<T>
  /** The path of a segment in `rowSearch`. */
  pathOf(file: string): string
  /** The current segments, whose files stay open until `release` is called. */
  borrow(): Promise<{ readonly segments: readonly OpenSegment[]; release(): Promise<void> }>
}

export function createReader(
  access: IndexAccess,
): Pick<VectorReader, 'search' | 'vectors' | 'fields' | 'sample' | 'rows'> {
  const { width, use, useRows, pathOf, borrow } = access
  const allowedRows = createAllowedRows()
  return {
    async search(vector, k, options = {}) {
      const { signal, where } = checkOptions(options, { where: 0 })
      checkVectors('vector', vector, [width])
      checkWhole('k', k, 1)
      const query = toUnitLength(vector, width, () => 'vector')
      return useRows(async (segments, rowSearch) => {
        const condition = checkWhere(where, access.fieldTypes)
        const allowed = condition && (await allowedRows(segments, condition, signal))
        const byPath = allowed && new Map([...allowed].map(([file, rows]) => [pathOf(file), rows]))
        const files = new Map(segments.map(({ entry, file }) => [pathOf(entry.file), file]))
        const found = await rowSearch.search(quantizeQuery(query), candidatesFor(k), byPath)
        const candidates = found.map(({ path, row }) => ({ file: files.get(path)!, row }))
        return rankAgain(candidates, query, k, signal)
      })
    },
    async vectors(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkTexts('ids', ids)
      return use(async (segments) => vectorsAt(await findRows(segments, ids, signal), width, signal))
    },
    async fields(ids, options = {}) {
      const { signal } = checkOptions(options)
      checkTexts('ids', ids)
      return use(async (segments) => fieldsAt(await findRows(segments, ids, signal), access.fieldTypes, signal))
    },
    async sample(count, options = {}) {
      const { signal, seed = 0, where } = checkOptions(options, { seed: 0, where: 0 })
      checkWhole('count', count, 0)
      checkSeed('seed', seed)
      return use(async (segments) => {
        const condition = checkWhere(where, access.fieldTypes)
        const allowed = condition && (await allowedRows(segments, condition, signal))
        return drawRows(segments, allowed, { count, seed, width }, signal)
      })
    },
    rows(options = {}) {
      const { signal } = checkOptions(options)
      return allRows(borrow, () => access.fieldTypes, signal)
    },
  }
}

/** Enough candidates that rounding to int8 loses none of the best rows. */
const candidatesFor = (k: number) => k + Math.min(3 * k, 1000) + 100

/** @param known the call's options besides a signal */
export function checkOptions<T extends CallOptions>(options: T, known: KnownKeys = {}): T {
  return checkCall(checkKeys('', checkObject('options', options), { signal: 0, ...known }))
}

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function checkVectors(name: string, vectors: Float32Array, shape: readonly number[]): void {
  const length = shape.reduce((product, size) => product * size, 1)
  if (vectors instanceof Float32Array && vectors.length === length) return
  throw wrongArgument(name, `a Float32Array of ${shape.join(' × ')} numbers`, vectors)
}
