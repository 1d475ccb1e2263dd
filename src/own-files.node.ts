/** Finds this package's own files in Node: beside the module that asks, or, from inside a bundle, in the installed package. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { version } from '../package.json'

/**
 * The file of the module that asks. Bundlers that turn ES modules into CommonJS leave `import.meta.url` empty; the bundle then
 * has `__filename`.
 * @param metaUrl the module's `import.meta.url`
 */
export function moduleUrl(metaUrl: string | undefined): string {
  if (metaUrl) return metaUrl
  const file = typeof __filename === 'string' ? __filename : (process.argv[1] ?? process.execPath)
  return pathToFileURL(file).href
}

/**
 * The first of these files that exists.
 * @param metaUrl the `import.meta.url` of the module that asks
 * @param beside where the file may lie, relative to that module
 * @param inPackage where it lies in the installed package, which a bundle may have been made from and still stand near
 */
export function ownFile(metaUrl: string | undefined, beside: readonly string[], inPackage: string): URL | undefined {
  const home = moduleUrl(metaUrl)
  const near = beside.map((path) => new URL(path, home)).find(isFile)
  if (near) return near
  const root = installedPackage(home)
  const installed = root && new URL(inPackage, root)
  return installed && isFile(installed) ? installed : undefined
}

function isFile(url: URL): boolean {
  return url.protocol === 'file:' && existsSync(url)
}

/** The folder of the installed package, if it has this version: another one's files need not fit this code. */
function installedPackage(home: string): URL | undefined {
  try {
    const file = createRequire(home).resolve('dreamlip/package.json')
    const installed = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
    return installed.version === version ? pathToFileURL(file) : undefined
  } catch {
    return undefined
  }
}
