/** Finds and loads what is installed around this code in Node: other packages and the package's own files, also from inside a bundle. */
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module' // banners of bundles often declare createRequire itself
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { version } from '../package.json'

export interface InstalledPackage {
  readonly folder: string
  readonly version: string
}

/** The package that this code would load by the name, or undefined where there is none. */
export function findPackage(name: string): InstalledPackage | undefined {
  const file = resolve(`${name}/package.json`)
  if (file === undefined) return undefined
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return { folder: dirname(file), version }
}

/**
 * Loads a CommonJS package that need not be there. Bundlers and Jest see no import: they neither pull native modules into a bundle
 * nor ask for flags.
 * @throws Error that says whether it is not installed, or why it does not load
 */
export function loadPackage(name: string): unknown {
  return load(name, (file) => nodeModule.createRequire(pathToFileURL(file))(file))
}

/** The same by Node's own loader, even inside Jest: in Jest's, a package has other arrays than its native part makes. */
export function loadNatively(name: string): unknown {
  return load(name, (file) => {
    const parent = new nodeModule.Module(file)
    return parent.require ? parent.require(file) : nodeModule.createRequire(file)(file) // Bun has the latter alone
  })
}

function load(name: string, loadFile: (file: string) => unknown): unknown {
  const file = resolve(name)
  if (file === undefined) throw new Error('not installed')
  try {
    return loadFile(file)
  } catch (cause) {
    const [reason] = String((cause as Error)?.message ?? cause).split('\n')
    throw new Error(`installed, but does not load: ${reason!.trim()}`, { cause })
  }
}

/** The files that CommonJS has loaded in this process. */
export function loadedFiles(): string[] {
  return Object.keys(nodeModule.createRequire(pathToFileURL(`${process.cwd()}/`)).cache ?? {})
}

/** A file of a package. */
export interface PackageFile {
  readonly name: string
  readonly version: string
  readonly path: string
}

/**
 * Finds a file that code reads at run time: beside the module that asks, or, for a bundle that left it behind, in the installed
 * package. A package of another version is passed over: its files need not fit this code.
 * @param metaUrl the `import.meta.url` of the module that asks
 * @param beside where the file may lie, relative to that module
 */
export function findFile(
  { name, version, path }: PackageFile,
  metaUrl: string | undefined,
  beside: readonly string[],
): URL | undefined {
  const near = homes(metaUrl).flatMap((home) => beside.map((path) => new URL(path, home)))
  const root = findPackage(name)
  if (root?.version === version) near.push(pathToFileURL(join(root.folder, path)))
  return near.find((url) => url.protocol === 'file:' && existsSync(url))
}

/** The same for a file of this package. */
export function findOwnFile(path: string, metaUrl: string | undefined, beside: readonly string[]): URL | undefined {
  return findFile({ name: 'dreamlip', version, path }, metaUrl, beside)
}

function resolve(path: string): string | undefined {
  for (const home of homes(import.meta.url)) {
    try {
      return nodeModule.createRequire(home).resolve(path)
    } catch {
      continue
    }
  }
  return undefined
}

/**
 * Where the running code may lie. `import.meta.url` is empty in bundles that turn ES modules into CommonJS, and the place of the
 * build in webpack's; such bundles have `__filename`, and all have the script that was started.
 */
function homes(metaUrl: string | undefined): string[] {
  const files = [typeof __filename === 'string' ? __filename : undefined, process.argv[1]]
  const urls = files.filter((file) => file !== undefined).map((file) => pathToFileURL(file).href)
  return [...new Set([...(metaUrl ? [metaUrl] : []), ...urls])]
}
