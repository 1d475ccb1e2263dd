/** Node does not keep remote files. */
import type { OpenKept } from './keep'

export const openKept: OpenKept | undefined = undefined
