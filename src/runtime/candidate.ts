/** A way to run models that a platform may have. */
import type { Device, Runtime, RuntimeName, RuntimeOptions } from './runtime'

/** Each platform lists its own, the best first (`#runtime/candidates`). */
export interface Candidate {
  readonly device: Device['name']
  readonly runtime: RuntimeName
  readonly backend: string
  /** Left out of `auto`. */
  readonly onRequest?: boolean
  /** What a user installs or enables to get it. */
  readonly remedy: string
  /** Told what was chosen in its place because it could not be started. */
  passedOver?(chosen: Candidate, error: unknown): void
  /** Imports and starts it; throws where it can't run here. */
  start(): Promise<(device: Device, optimize: NonNullable<RuntimeOptions['optimize']>) => Runtime>
}
