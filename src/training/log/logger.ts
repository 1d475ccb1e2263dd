/** Receives the numbers of a run's steps and evaluations. */
export interface Logger {
  log(step: number, values: Readonly<Record<string, number>>): Promise<void>
  /** Removes the entries after a step. It is called when a run starts (with 0), and when it resumes from a checkpoint. */
  rewind?(step: number): Promise<void>
}
