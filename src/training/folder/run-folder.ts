/** The folder of a run: its checkpoints, its best model, and a lock against a second trainer. */
import type { CheckpointState } from '../../checkpoint/torch/torch-writer'
import type { DreamLIP } from '../../dreamlip'

/** A checkpoint, and the step in its name. */
export interface CheckpointFile {
  readonly name: string
  readonly path: string
  readonly step: number
}

/** The best model of a run, and why it is the best. */
export interface BestModel {
  readonly path: string
  /** The name of the value. */
  readonly metric: string
  readonly value: number
  /** The step after which it was measured. */
  readonly step: number
}

export interface RunFolder {
  readonly path: string
  /**
   * Creates the folder if needed, and makes this process the only trainer that writes to it.
   * @returns a function that releases the lock
   * @throws DreamLIPError `IN_USE` naming the process that owns the lock; `WRITE_FAILED`
   */
  lock(): Promise<() => Promise<void>>
  /** The checkpoints, the newest last; empty if there is no folder. */
  list(): Promise<CheckpointFile[]>
  /** Writes `step-N.pt` completely or not at all, then removes all but the newest `keep` checkpoints. @returns the path */
  save(step: number, contents: CheckpointState, keep: number): Promise<string>
  /** The best model so far; undefined if there is none. @throws DreamLIPError for a file that cannot be read or does not contain its value */
  readBest(): Promise<BestModel | undefined>
  /** Replaces the best model, completely or not at all. The file states why it is the best. */
  saveBest(model: DreamLIP, best: Omit<BestModel, 'path'>): Promise<BestModel>
  /** Bytes of the checkpoints and the best model. */
  size(): Promise<number>
  /** Free space on the folder's volume; undefined if the system does not say. */
  freeBytes(): Promise<number | undefined>
  /** Renames a checkpoint that cannot be used, so that no run tries it again. @returns the new name */
  setAside(file: CheckpointFile): Promise<string>
  /** Removes unfinished checkpoints, which killed runs leave behind. */
  removeUnfinished(): Promise<void>
}
