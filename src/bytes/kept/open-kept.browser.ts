/** Opens a file of which a browser keeps what is read. Only pages that load weights from an address load the code. */
import type { OpenKept } from './keep'

export const openKept: OpenKept | undefined = async (file, keep) =>
  (await import('./kept-file.browser')).openKeptFile(file, keep)
