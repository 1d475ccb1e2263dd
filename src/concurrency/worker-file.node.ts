/** Finds the file that a worker thread runs. */
import { moduleUrl, ownFile } from '../own-files.node.ts'

/**
 * The worker's file, which lies beside the module that starts it under the name that it has in the source, with that module's
 * extension: so it is in the source and in each build (tsup.config.ts). Undefined in a bundle that left it behind.
 * @param name such as `preprocess-worker.node`
 * @param metaUrl the `import.meta.url` of the module that starts it
 */
export function workerFile(name: string, metaUrl: string | undefined): URL | undefined {
  const [extension] = /\.\w+$/.exec(new URL(moduleUrl(metaUrl)).pathname) ?? ['.js']
  return ownFile(metaUrl, [`./${name}${extension}`], `dist/${name}.js`)
}
