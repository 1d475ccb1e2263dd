/** A linear probe: training on some rows, with the regularization chosen on others, for each seed. */
import { DreamLIPError } from '../../errors'
import type { Progress } from '../../progress'
import { chooseRegularization, mostFits } from './choose-regularization'
import { drawRows } from './draw-rows'
import { fitLogistic, type LabelledRows, type LogisticFit } from './logistic-regression'

/** Choices of a probe, with their defaults filled in. */
export interface ProbeChoices {
  readonly regularization?: number
  readonly shots?: number
  readonly seeds: readonly number[]
  readonly maxIterations: number
}

export interface ProbeData {
  readonly classCount: number
  readonly train: LabelledRows
  readonly validation?: LabelledRows
}

export interface ProbeRun {
  readonly seed: number
  readonly regularization: number
  readonly fit: LogisticFit
}

interface RunOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/**
 * One run per seed. Without `shots`, the last fit uses the training and the validation part together, as in CLIP's paper; with `shots`,
 * only the rows that were drawn for training.
 * @throws the signal's reason when aborted
 */
export async function runProbe(
  { classCount, train, validation }: ProbeData,
  { regularization, shots, seeds, maxIterations }: ProbeChoices,
  { signal, onProgress }: RunOptions,
): Promise<ProbeRun[]> {
  const fits = regularization === undefined ? mostFits + 1 : 1
  const runs: ProbeRun[] = []
  for (const [index, seed] of seeds.entries()) {
    let done = index * fits
    const report = () => onProgress?.({ stage: 'fits', done: ++done, total: seeds.length * fits })
    const common = { classCount, maxIterations, signal }
    const chooses = regularization === undefined
    const drawn = drawRows(train.labels, seed, shots, chooses && !validation)
    const own = takeRows(train, drawn.train)
    const heldOut = validation ?? takeRows(train, drawn.validation)
    if (chooses && heldOut.labels.length === 0) throw nothingHeldOut(train.labels.length, shots)
    const chosen = chooses ? await chooseRegularization(own, heldOut, { ...common, onFit: report }) : regularization
    const all = shots === undefined && chooses ? joinRows(own, heldOut) : own
    const fit = await fitLogistic(all, { ...common, regularization: chosen })
    done = (index + 1) * fits - 1
    report()
    runs.push({ seed, regularization: chosen, fit })
  }
  return runs
}

function nothingHeldOut(rows: number, shots: number | undefined): DreamLIPError {
  const drawn = shots === undefined ? '' : `, of which ${shots} per class train`
  return new DreamLIPError(
    'INVALID_ARGUMENT',
    `train: expected enough rows to hold some out; got ${rows}${drawn}. Pass a validation part or a regularization.`,
  )
}

function takeRows({ data, dimensions, labels }: LabelledRows, rows: readonly number[]): LabelledRows {
  const taken = new Float32Array(rows.length * dimensions)
  rows.forEach((row, i) => taken.set(data.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions))
  return { data: taken, dimensions, labels: rows.map((row) => labels[row]!) }
}

function joinRows(a: LabelledRows, b: LabelledRows): LabelledRows {
  const data = new Float32Array(a.data.length + b.data.length)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { data, dimensions: a.dimensions, labels: [...Array.from(a.labels), ...Array.from(b.labels)] }
}
