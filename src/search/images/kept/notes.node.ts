/** An index's `files.json`: unreadable pictures, and the versions of archives and URLs. */
import { join } from 'node:path'
import { version as packageVersion } from '../../../../package.json'
import { readTextFile } from '../../../bytes/read/file.node.ts'
import { writeFileAtomically } from '../../../bytes/write/write-file.node.ts'
import { findPackage } from '../../../installed.node.ts'

/**
 * Why a picture is not in an index: it is damaged (`broken`), too large to decode (`huge`), in an unsupported format (`unknown`),
 * or its file cannot be read (`unreadable`).
 */
export type ProblemReason = 'broken' | 'huge' | 'unknown' | 'unreadable'

/** All problem reasons. */
export const problemReasons: readonly ProblemReason[] = ['broken', 'huge', 'unknown', 'unreadable']

/** A picture left out of an index. */
export interface ImageProblem {
  readonly path: string
  readonly reason: ProblemReason
  /** A one-line message for people. */
  readonly message: string
}

/** A problem and the version of the file that caused it. The picture is retried when the version changes. */
export interface KeptProblem extends ImageProblem {
  readonly version: string
}

/** The records of an index besides its vectors. They may lag behind or be lost; then files are read again. */
export interface Notes {
  /** By path. */
  readonly problems: Map<string, KeptProblem>
  /** Versions of archives and URLs that were read completely. */
  readonly versions: Map<string, string>
}

const name = 'files.json'
const version = 1

/** Maximum size of the file, with room for the problems of a million pictures. */
const longest = 2 ** 28

/** Identifies the available decoders. Pictures in unknown formats are retried when this changes. */
function decoders(): string {
  return `${packageVersion}${findPackage('heic-decode') ? ' with heic-decode' : ''}`
}

/** An index's notes; empty if they are missing or damaged. */
export async function readNotes(folder: string): Promise<Notes> {
  const text = await readTextFile(join(folder, name), longest).catch(() => '')
  return parseNotes(text, decoders())
}

/** Parses notes from untrusted text. */
export function parseNotes(text: string, decodersNow: string): Notes {
  const notes: Notes = { problems: new Map(), versions: new Map() }
  const json = parse(text)
  if (json?.version !== version) return notes
  for (const problem of listOf(json.problems)) {
    if (!isProblem(problem)) continue
    const isWorthTrying = problem.reason === 'unknown' && json.decoders !== decodersNow
    if (!isWorthTrying) notes.problems.set(problem.path, problem)
  }
  for (const entry of listOf(json.versions)) {
    if (!Array.isArray(entry)) continue
    const [location, text] = entry as unknown[]
    if (typeof location === 'string' && typeof text === 'string') notes.versions.set(location, text)
  }
  return notes
}

/** Formats notes as text. */
export function notesText({ problems, versions }: Notes, decodersNow: string): string {
  const json = { version, decoders: decodersNow, problems: [...problems.values()], versions: [...versions] }
  return `${JSON.stringify(json)}\n`
}

/** @throws DreamLIPError `WRITE_FAILED` */
export async function writeNotes(folder: string, notes: Notes): Promise<void> {
  await writeFileAtomically(join(folder, name), [new TextEncoder().encode(notesText(notes, decoders()))])
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isProblem(value: unknown): value is KeptProblem {
  if (typeof value !== 'object' || value === null) return false
  const { path, reason, message, version } = value as Record<string, unknown>
  const isText = [path, message, version].every((part) => typeof part === 'string')
  return isText && problemReasons.includes(reason as ProblemReason)
}
