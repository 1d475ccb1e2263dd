/** A model as a folder of files for another program. */
import type { Checkpoint, HostTensor } from '../../checkpoint/tensor'
import { DreamLIPError } from '../../errors'
import { listNames } from '../../checkpoint/names/list-names'
import type { CLIPConfig } from '../../models/config/config'
import type { Preprocessing } from '../images/preprocessing'

/** The program that a folder is for: Python's `transformers` (and transformers.js), or open_clip. */
export type FolderForm = 'hugging-face' | 'open-clip'

export const folderForms: readonly FolderForm[] = ['hugging-face', 'open-clip']

/** The model from which a folder is made. */
export interface FolderModel {
  readonly config: CLIPConfig
  readonly preprocessing: Preprocessing
  /** The names of all parameters. */
  readonly names: readonly string[]
  /** The type of most weights. */
  readonly dtype: string
  /** Reads a JSON file next to the checkpoint. */
  readonly readBeside: Checkpoint['readBeside']
}

/** The files of a folder, weights apart. */
export interface ModelFolder {
  /** The contents of text files by file name. */
  readonly files: ReadonlyMap<string, string>
  /** The name of the safetensors file with the weights. */
  readonly weights: string
  /** Renames the parameters for this file. */
  readonly rename: (parameters: ReadonlyMap<string, HostTensor>) => Map<string, HostTensor>
}

/** @throws DreamLIPError `CHECKPOINT_MISMATCH` if there are such tensors */
export function refuseTensors(names: readonly string[], program: string): void {
  if (names.length === 0) return
  throw new DreamLIPError(
    'CHECKPOINT_MISMATCH',
    `The model has parameters that ${program} has no place for: ${listNames(names)}. ` +
      `Leave them out with leaveOut: ${JSON.stringify(names)} (--leave-out ${names.join(',')}), or convert to a file for this package.`,
  )
}

export function asJSON(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
