/** The message of `dreamlip train` about disk space before a run. */
import { DreamLIPError, type DiskUse } from '../index.node.ts'
import { plural } from '../plural'
import { formatBytes } from './progress'

/**
 * One line about the files of a run, and a warning if they do not all fit.
 * @throws DreamLIPError `WRITE_FAILED` if not even the last checkpoint and the trained model fit
 */
export function describeDiskUse(folder: string, use: DiskUse): string {
  const { bytesPerCheckpoint, checkpoints, bytesPerModel, existingBytes, freeBytes } = use
  const mostBytes = use.mostBytes + bytesPerModel // the trained model itself
  const kept = checkpoints === 1 ? '1 checkpoint is kept' : `${plural(checkpoints, 'checkpoint')} are kept`
  const facts = `${folder}: ${kept}, ${formatBytes(bytesPerCheckpoint)} each; the run takes up to ${formatBytes(mostBytes)}`
  if (freeBytes === undefined) return `${facts}.`
  const room = freeBytes + existingBytes
  const free = `${formatBytes(freeBytes)} is free`
  const remedy = 'Free some space, choose another "out", or set a smaller "keep".'
  if (bytesPerCheckpoint + bytesPerModel > room) {
    const least = formatBytes(bytesPerCheckpoint + bytesPerModel)
    throw new DreamLIPError(
      'WRITE_FAILED',
      `${folder}: the last checkpoint and the trained model need ${least}, but only ${free}. ${remedy}`,
    )
  }
  return mostBytes > room
    ? `${facts}, but only ${free}: some checkpoints will not be written. ${remedy}`
    : `${facts}; ${free}.`
}
