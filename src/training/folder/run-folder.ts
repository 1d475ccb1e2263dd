/** The folder of a run: its checkpoints, and a lock against a second trainer. */
import type { CheckpointState } from '../../checkpoint/torch/torch-writer'

/** A checkpoint, and the step in its name. */
export interface CheckpointFile {
  readonly name: string
  readonly path: string
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
  /** The checkpoints, the newest last; none if there is no folder. */
  list(): Promise<CheckpointFile[]>
  /** Writes `step-N.pt` completely or not at all, then removes all but the newest `keep` checkpoints. @returns the path */
  save(step: number, contents: CheckpointState, keep: number): Promise<string>
  /** Renames a checkpoint that cannot be used, so that no run tries it again. @returns the new name */
  setAside(file: CheckpointFile): Promise<string>
  /** Removes unfinished checkpoints, which killed runs leave behind. */
  removeUnfinished(): Promise<void>
}
