/** Embeds the pictures of a window. */
import { stat } from 'node:fs/promises'
import type { DreamLIP } from '../../../dreamlip'
import type { DecodeMode } from '../../../images/decode/decode-mode'
import { stateOf } from '../listing/walk-folder.node.ts'
import type { KeptProblem } from '../kept/notes.node.ts'
import { versionOf } from './candidates.node.ts'
import { reasonOf, type Picture } from './examine.node.ts'
import type { Window } from './windows.node.ts'

/** The outcome of embedding a picture. */
export type Embedded =
  | { readonly vector: Float32Array }
  | { readonly problem: KeptProblem }
  /** Its file changed meanwhile, so the vector may not match the digest. */
  | { readonly changed: true }

export interface EmbeddedWindow extends Window {
  /** One per picture of `toEmbed`. */
  readonly embedded: readonly Embedded[]
}

export interface EmbedOptions {
  readonly batchSize?: number
  readonly decode: DecodeMode
  readonly signal?: AbortSignal
}

/** @throws errors that do not concern single pictures, such as errors of the model; the signal's reason */
export async function embedWindow(model: DreamLIP, window: Window, options: EmbedOptions): Promise<EmbeddedWindow> {
  const { toEmbed } = window
  if (toEmbed.length === 0) return { ...window, embedded: [] }
  const inputs = toEmbed.map(({ input }) => input)
  const { data, shape, errors = [] } = await model.encodeImage(inputs, { ...options, onError: 'skip' })
  const [, width] = shape
  const failures = new Map(errors.map((error) => [error.index, error]))
  const embedded = toEmbed.map(async (picture, i): Promise<Embedded> => {
    if (await hasChanged(picture)) return { changed: true }
    const failure = failures.get(i)
    if (!failure) return { vector: data.slice(i * width, (i + 1) * width) }
    const reason = await reasonOf(failure.code, picture)
    return { problem: { path: picture.id, reason, message: failure.message, version: picture.version } }
  })
  return { ...window, embedded: await Promise.all(embedded) }
}

async function hasChanged({ input, version }: Picture): Promise<boolean> {
  if (typeof input !== 'string') return false
  return stat(input).then(
    (stats) => versionOf(stateOf(stats)) !== version,
    () => true,
  )
}
