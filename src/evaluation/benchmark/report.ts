/** The result of one model on one data set: a JSON document. */
import type { DataProblem } from '../datasets/data-set'
import type { Details, Figures, Json } from '../task/result'

/** One JSON document per run and model. */
export interface BenchmarkReport {
  readonly format: 'dreamlip-evaluation'
  readonly version: 1
  readonly model: {
    readonly name: string
    /** SHA-256 of its config, preprocessing and weights; `model.fingerprint()`. */
    readonly fingerprint: string
  }
  readonly set: {
    readonly name: string
    readonly title: string
    readonly task: string
    readonly split: string
    readonly samples: number
  }
  readonly protocol: Readonly<Record<string, Json>>
  readonly figures: Figures
  /** The number of problems by reason, and the first 200 of them. */
  readonly problems: {
    readonly total: number
    readonly byReason: Readonly<Record<string, number>>
    readonly first: readonly DataProblem[]
  }
  readonly details: Details
  readonly versions: {
    readonly dreamlip: string
    readonly host: string
    readonly backend: string
    readonly device: string
    readonly dtype: string
  }
  /** When the run started, and how long it took. Parts that were kept from earlier runs take no time. */
  readonly started: string
  readonly seconds: number
}
