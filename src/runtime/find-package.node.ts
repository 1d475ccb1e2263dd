/** Finds packages that a user may have installed, without loading them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

export interface InstalledPackage {
  readonly folder: string
  readonly version: string
}

/** The package that an import of the name would load here, or undefined where there is none. */
export function findPackage(name: string): InstalledPackage | undefined {
  const file = resolve(`${name}/package.json`)
  if (file === undefined) return undefined
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return { folder: dirname(file), version }
}

function resolve(path: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(path)
  } catch {
    return undefined
  }
}
