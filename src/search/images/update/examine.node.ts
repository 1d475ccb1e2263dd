/** Reads the facts that decide whether to embed a picture: its digest and its header. */
import type { RequestHeaders } from '../../../bytes/http/headers'
import { readBytes } from '../../../bytes/read/read-bytes'
import { describeBytes } from '../../../bytes/read/stream-bytes.node.ts'
import { limitOf } from '../../../images/decode/source/encoded-image'
import { isImageProblem } from '../../../images/decode/image-problem'
import { readImageHeader } from '../../../images/formats/image-header'
import { isForeignName, isPictureName } from '../../../images/picture-names'
import { decodedFormats } from '../../../images/undecodable'
import type { ErrorCode } from '../../../errors'
import { findPackage } from '../../../installed.node.ts'
import type { KeptProblem, ProblemReason } from '../kept/notes.node.ts'
import type { FoundFile } from '../listing/found'
import { isMissing } from '../listing/walk-folder.node.ts'
import { hashBytes, hashFile } from '../reading/hash-file.node.ts'
import { headOf } from '../reading/head.node.ts'
import { pictureFacts, type PictureFacts } from '../reading/picture-facts.node.ts'
import { versionOf, type Candidate } from './candidates.node.ts'

/** A picture whose file can be read. */
export interface Picture extends PictureFacts {
  readonly id: string
  /** The model's input: a path, or the file's bytes. */
  readonly input: string | Uint8Array
  readonly size: number
  /** NaN unless it is a file on disk. */
  readonly modified: number
  /** When it was read. */
  readonly indexed: number
  readonly hash: string
  /** If the picture has a problem, it is retried when this changes. */
  readonly version: string
}

/** The result of examining a candidate. */
export type Examined =
  | { readonly picture: Picture }
  | { readonly problem: KeptProblem }
  /** A URL whose version was read before (true), or a file that vanished (false). */
  | { readonly unchanged: boolean }
  | { readonly end: string; readonly version: string }

export interface ExamineOptions {
  readonly headers?: RequestHeaders
  readonly signal?: AbortSignal
  /** The version of a URL in the index. */
  readonly versionOf: (id: string) => string | undefined
}

/** @throws errors that do not concern the picture; the signal's reason */
export async function examine(candidate: Candidate, options: ExamineOptions): Promise<Examined> {
  if (candidate.kind === 'end') return { end: candidate.id, version: candidate.version }
  if (candidate.kind === 'unreadable') return unreadable(candidate.id, candidate.message, '')
  if (candidate.kind === 'file') return examineFile(candidate.file, options)
  if (candidate.kind === 'address') return examineAddress(candidate.id, options)
  const { id, data, version } = candidate
  return typeof data === 'string' ? unreadable(id, data, version) : { picture: await inMemory(id, data, version) }
}

async function examineFile(file: FoundFile, { signal }: ExamineOptions): Promise<Examined> {
  const { path, size } = file
  const version = versionOf(file)
  if (isForeignName(path)) {
    const message = `${path}: this format is not decoded; expected ${decodedFormats}. Convert it to PNG or JPEG.`
    return { problem: { path, reason: 'unknown', message, version } }
  }
  if (size > limitOf(path)) {
    const message = `${path}: expected at most ${limitOf(path)} bytes; it has ${size}.`
    return { problem: { path, reason: 'huge', message, version } }
  }
  try {
    const indexed = Date.now()
    const { hash, ...state } = await hashFile(path, signal)
    const facts = await pictureFacts(path)
    const { size, modified } = state
    return { picture: { id: path, input: path, size, modified, indexed, hash, version: versionOf(state), ...facts } }
  } catch (error) {
    signal?.throwIfAborted()
    if (isMissing((error as Error).cause)) return { unchanged: false }
    if (isImageProblem(error)) return unreadable(path, error.message, version)
    throw error
  }
}

async function examineAddress(id: string, { headers, signal, versionOf: known }: ExamineOptions): Promise<Examined> {
  try {
    const described = await describeBytes(id, { headers, signal })
    const version = described.validator === '' ? '' : described.version
    if (version !== '' && known(id) === version) return { unchanged: true }
    const bytes = await readBytes(id, { limit: limitOf(id), tooLarge: 'IMAGE_TOO_LARGE', headers, signal })
    return { picture: await inMemory(id, bytes, version) }
  } catch (error) {
    signal?.throwIfAborted()
    if (!isImageProblem(error)) throw error
    if (error.code !== 'IMAGE_TOO_LARGE') return unreadable(id, error.message, '')
    return { problem: { path: id, reason: 'huge', message: error.message, version: '' } }
  }
}

async function inMemory(id: string, bytes: Uint8Array, version: string): Promise<Picture> {
  const indexed = Date.now()
  const facts = await pictureFacts(bytes)
  return { id, input: bytes, size: bytes.length, modified: NaN, indexed, hash: hashBytes(bytes), version, ...facts }
}

function unreadable(path: string, message: string, version: string): Examined {
  return { problem: { path, reason: 'unreadable', message, version } }
}

/** Why a picture could not be embedded. */
export async function reasonOf(code: ErrorCode, { id, input }: Picture): Promise<ProblemReason> {
  if (code === 'IMAGE_TOO_LARGE') return 'huge'
  if (code !== 'IMAGE_INVALID') return 'unreadable'
  const { format } = readImageHeader(await headOf(input))
  if (format === 'heic') return findPackage('heic-decode') ? 'broken' : 'unknown'
  return format !== 'other' || isPictureName(id) ? 'broken' : 'unknown'
}
