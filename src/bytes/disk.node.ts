/** Node's access to the disk. */
import type { Disk } from './disk'
import { openFile, readFileBytes } from './read/file.node.ts'
import { writeFileAtomically } from './write/write-file.node.ts'

export const disk: Disk | undefined = { open: openFile, read: readFileBytes, write: writeFileAtomically }
