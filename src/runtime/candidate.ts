/** A candidate: a way to run models that a platform may support. */
import type { Device, Runtime, RuntimeName, RuntimeOptions } from './runtime'

/** The tuning of a compiled runtime. */
export type Tuning = Required<Pick<RuntimeOptions, 'optimize'>> & Pick<RuntimeOptions, 'threads'>

/** Each platform lists its candidates, the best first (`#runtime/candidates`). */
export interface Candidate {
  readonly device: Device['name']
  readonly runtime: RuntimeName
  readonly backend: string
  /** Whether `auto` ignores it. */
  readonly onRequest?: boolean
  /** The reason why `auto` skips it on this machine although it may work; undefined if `auto` does not skip it. */
  slowBecause?(): Promise<string | undefined>
  /** Instructions for installing or enabling it. */
  readonly remedy: string
  /** Called with the candidate that was chosen instead, if this one could not be started. */
  passedOver?(chosen: Candidate, error: unknown): void
  /** Imports and starts it. Throws if it cannot run here: an error may have its own `remedy`. */
  start(): Promise<(device: Device, tuning: Tuning) => Runtime>
}
