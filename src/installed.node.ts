/** Finds and loads other packages and this package's own files in Node, also from inside a bundle. */
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module' // banners of bundles often declare createRequire itself
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { version } from '../package.json'

export interface InstalledPackage {
  readonly folder: string
  readonly version: string
}

/** The package that this code would load under a name; undefined if it is not installed. */
export function findPackage(name: string): InstalledPackage | undefined {
  const file = resolve(`${name}/package.json`) ?? folderFile(name, 'package.json')
  if (file === undefined) return undefined
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return { folder: dirname(file), version }
}

/**
 * Loads an optional CommonJS package. Bundlers and Jest do not see an import, so bundlers leave native modules out and Jest needs no
 * flags.
 * @throws Error that says that the package is not installed, or why it cannot be loaded
 */
export function loadPackage(name: string): unknown {
  return load(name, (file) => nodeModule.createRequire(pathToFileURL(file))(file))
}

/** Loads a dependency of another package, in the version that it uses itself. @throws Error as `loadPackage` */
export function loadPackageOf(owner: string, name: string): unknown {
  const folder = findPackage(owner)?.folder
  if (folder === undefined) throw new Error('not installed')
  return nodeModule.createRequire(join(folder, 'package.json'))(name)
}

/** Loads an optional CommonJS package with Node's own loader, even in Jest, whose arrays differ in class from native code's. */
export function loadNatively(name: string): unknown {
  return load(name, (file) => {
    const parent = new nodeModule.Module(file)
    return parent.require ? parent.require(file) : nodeModule.createRequire(file)(file) // Bun has only the latter
  })
}

function load(name: string, loadFile: (file: string) => unknown): unknown {
  const file = resolve(name)
  if (file === undefined) throw new Error('not installed')
  try {
    return loadFile(file)
  } catch (cause) {
    const [reason] = String((cause as Error)?.message ?? cause).split('\n')
    throw new Error(`installed, but cannot be loaded: ${reason!.trim()}`, { cause })
  }
}

/** The files that CommonJS has loaded into this process. */
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
 * Finds a file that code reads at run time: next to the calling module, or, if a bundle does not contain it, in the installed
 * package. A package of another version is skipped: its files may not fit this code.
 * @param metaUrl the `import.meta.url` of the calling module
 * @param beside possible paths of the file, relative to the calling module
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

/** The path of a file in a package that does not export it, or that is too damaged to resolve. */
function folderFile(name: string, path: string): string | undefined {
  const roots = homes(import.meta.url).flatMap((home) => nodeModule.createRequire(home).resolve.paths(name) ?? [])
  return roots.map((root) => join(root, name, path)).find((file) => existsSync(file))
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
 * Possible locations of the running code. `import.meta.url` is empty in bundles that turn ES modules into CommonJS, and the path at
 * build time in webpack's. Such bundles have `__filename`, and every program has the script that was started.
 */
function homes(metaUrl: string | undefined): string[] {
  const files = [typeof __filename === 'string' ? __filename : undefined, process.argv[1]]
  const urls = files.filter((file) => file !== undefined).map((file) => pathToFileURL(file).href)
  return [...new Set([...(metaUrl ? [metaUrl] : []), ...urls])]
}
