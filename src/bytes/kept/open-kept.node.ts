/** Node keeps nothing of addresses. */
import type { OpenKept } from './keep'

export const openKept: OpenKept | undefined = undefined
