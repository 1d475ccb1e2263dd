/** Opens a file whose parts a browser keeps as they are read. Only pages that load weights from a URL load the code. */
import type { OpenKept } from './keep'

export const openKept: OpenKept | undefined = async (file, keep) =>
  (await import('./kept-file.browser')).openKeptFile(file, keep)
