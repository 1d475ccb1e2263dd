/** Resolves paths in run.json, which are relative to the folder of the file. */
import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { releasedCheckpoints } from '../../index.node.ts'
import { embedded } from '../model'

/** `https:`, `hf:`, `data:`, `file:`; a single letter is a drive. */
const address = /^[a-z][a-z0-9+.-]+:/i

/** Resolves a path relative to the folder. URLs and absolute paths are not changed. */
export function resolvePath(folder: string, path: string): string {
  return address.test(path) || isAbsolute(path) ? path : join(folder, path)
}

/** Resolves a data set: a path, a pattern, or several joined by `::`. */
export function resolveData(folder: string, location: string): string {
  return location
    .split('::')
    .map((part) => resolvePath(folder, part))
    .join('::')
}

/** Resolves a checkpoint: a file or folder, or a model name that needs no path. The embedded model's name is never a path. */
export function resolveModel(folder: string, named: string): string {
  const path = resolvePath(folder, named)
  const isName = named === embedded || (Object.hasOwn(releasedCheckpoints, named) && !existsSync(path))
  return isName ? named : path
}
