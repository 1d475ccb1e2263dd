/** Draws training and validation rows, the same number for each class, from a seed. */
import { createRandom, drawDistinct } from '../../random'

export interface DrawnRows {
  readonly train: readonly number[]
  readonly validation: readonly number[]
}

/** The share of the training rows that becomes the validation part if the data set has none. */
const validationShare = 0.2

/** Few-shot: maximum validation rows per class, as in CoOp (Zhou et al., 2022). */
const mostValidationShots = 4

/**
 * Of each class, in random order: a fifth for validation and the rest for training; with `shots`, that many rows for training and at
 * most four others for validation. The only row of a class is used for training.
 * @param labels the class of each row
 * @param withValidation false if validation rows are not needed: rows that are not drawn for training are left out
 */
export function drawRows(
  labels: ArrayLike<number>,
  seed: number,
  shots: number | undefined,
  withValidation: boolean,
): DrawnRows {
  const random = createRandom(seed)
  const ofClass = new Map<number, number[]>()
  for (let i = 0; i < labels.length; i++) ofClass.set(labels[i]!, [...(ofClass.get(labels[i]!) ?? []), i])
  const train: number[] = []
  const validation: number[] = []
  for (const at of [...ofClass.keys()].sort((a, b) => a - b)) {
    const rows = ofClass.get(at)!
    const order = drawDistinct(rows.length, rows.length, random).map((i) => rows[i]!)
    const heldOut = withValidation ? validationCount(rows.length, shots) : 0
    const forTraining = shots ?? rows.length - heldOut
    train.push(...order.slice(0, forTraining))
    validation.push(...order.slice(forTraining, forTraining + heldOut))
  }
  return { train, validation }
}

function validationCount(rows: number, shots: number | undefined): number {
  if (shots !== undefined) return Math.max(0, Math.min(shots, mostValidationShots, rows - shots))
  return rows < 2 ? 0 : Math.max(1, Math.round(rows * validationShare))
}
