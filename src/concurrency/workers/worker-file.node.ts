/** Finds the file that a worker thread runs. */
import { findOwnFile } from '../../installed.node.ts'

/**
 * Returns the worker's file. It is next to the module that starts it and has the same name as in the source; tsup.config.ts puts it
 * there in the build. Returns undefined in a bundle that does not contain it and cannot find the installed package.
 * @param name such as `preprocess-worker.node`
 * @param metaUrl the `import.meta.url` of the module that starts it
 */
export function workerFile(name: string, metaUrl: string | undefined): URL | undefined {
  return findOwnFile(`dist/${name}.js`, metaUrl, [`./${name}.ts`, `./${name}.js`])
}
