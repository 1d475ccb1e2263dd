/** An entry of the table of known data sets. */
import type { DataSet } from './data-set'

export interface OpenSetOptions {
  /** The part of the data; default: the first of `splits`. */
  readonly split?: string
  readonly signal?: AbortSignal
}

export interface KnownSet<Set extends DataSet = DataSet> {
  /** Its full name. */
  readonly title: string
  readonly task: Set['task']
  /** The parts that papers report, the usual one first. */
  readonly splits: readonly string[]
  /** The files to download, and their layout in the folder. */
  readonly needs: string
  /**
   * Reads the lists of the data set; images and masks are opened later. Missing or inconsistent parts are in `problems`.
   * @throws DreamLIPError `DATA_INVALID` if the folder does not have the layout of the data set; the signal's reason when aborted
   */
  readonly open: (folder: string, options?: OpenSetOptions) => Promise<Set>
}

/** Data sets by the names that the command uses. */
export type KnownSets = Readonly<Record<string, KnownSet>>
