/** Finds the file that a worker thread runs. */
import { findOwnFile } from '../installed.node.ts'

/**
 * The worker's file, which lies beside the module that starts it under the name that it has in the source; tsup.config.ts puts it
 * there in the build. Undefined in a bundle that left it behind, far from the installed package.
 * @param name such as `preprocess-worker.node`
 * @param metaUrl the `import.meta.url` of the module that starts it
 */
export function workerFile(name: string, metaUrl: string | undefined): URL | undefined {
  return findOwnFile(`dist/${name}.js`, metaUrl, [`./${name}.ts`, `./${name}.js`])
}
