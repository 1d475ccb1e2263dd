/** Turns a user's location into files: expands brace patterns, wildcards, folders, and lists joined by `::`. */
import { sep } from 'node:path'
import { expand } from 'brace-expansion'
import { DreamLIPError } from '../../../errors'
import { isURL } from '../../../bytes/http/address'
import { exists } from '../../../bytes/read/exists.node.ts'
import { pathOf } from '../../../bytes/read/regular-file.node.ts'

/** The files of one part of a `::` list, in order. */
export type LocationPart = readonly string[]

/**
 * Files by part of the list: `a-{000..099}.tar::b/*.tar` has two parts. `{000..099}` keeps its zeros; a pattern with wildcards
 * stands for its matches, sorted.
 * @throws DreamLIPError `SOURCE_UNREADABLE` for a part that matches no file
 */
export async function expandLocation(location: string): Promise<LocationPart[]> {
  return Promise.all(location.split('::').map(expandPart))
}

async function expandPart(location: string): Promise<string[]> {
  const part = pathOf(location)
  if (!isURL(part) && (await exists(part))) return [part]
  const files: string[] = []
  for (const name of expand(asPattern(part), { max: 10_000_000 })) files.push(...(await matches(name)))
  if (files.length > 0) return files
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${part}: there is no such file, and nothing matches it. Check the path.`,
  )
}

/**
 * A path as a pattern. In patterns, a backslash escapes the next character. On Windows it separates folders.
 * @param separator the platform's
 */
export function asPattern(path: string, separator: string = sep): string {
  return separator === '\\' ? path.replaceAll('\\', '/') : path
}

async function matches(name: string): Promise<string[]> {
  if (isURL(name)) return [name]
  const { glob, isDynamicPattern } = await import('tinyglobby') // CommonJS bundles cannot load it at their start
  if (!isDynamicPattern(name)) return [name]
  return (await glob(name, { expandDirectories: false })).sort()
}
