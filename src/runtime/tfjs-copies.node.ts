/** Finds copies of TensorFlow.js of different versions in one process. They share one engine and one list of kernels. */
import { readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { DreamLIPError } from '../errors'
import { loadedFiles } from '../installed.node.ts'

const mainFile = join('@tensorflow', 'tfjs-core', 'dist', 'tf-core.node.js')

interface Copy {
  readonly folder: string
  readonly version: string
}

/**
 * Copies of the same version are harmless. Kernels of another version replace ours, and results may change without an error.
 * @param files loaded by CommonJS; by default those of this process
 * @throws DreamLIPError `DEPENDENCY_CONFLICT` that names the copies
 */
export function checkTfjsCopies(files: readonly string[] = loadedFiles()): void {
  const copies = files.filter((file) => file.endsWith(sep + mainFile)).map(copyOf)
  if (new Set(copies.map(({ version }) => version)).size < 2) return
  const found = copies.map(({ folder, version }) => `${version} (${folder})`).join(' and ')
  throw new DreamLIPError(
    'DEPENDENCY_CONFLICT',
    `@tensorflow/tfjs-core: expected one version in a process; got ${found}. Install the version that dreamlip needs for ` +
      'all packages: npm ls @tensorflow/tfjs-core shows which of them asks for another.',
  )
}

function copyOf(file: string): Copy {
  const folder = file.slice(0, -join('dist', 'tf-core.node.js').length - 1)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { folder, version }
}
