/** Node's access to the disk. */
import type { Disk } from './disk'
import { openFile, readFileBytes } from './read/file.node.ts'
import { makeFolder } from './write/make-folder.node.ts'
import { writeFileAtomically } from './write/write-file.node.ts'

export const disk: Disk | undefined = {
  open: openFile,
  read: readFileBytes,
  makeFolder: (path) => makeFolder(path),
  write: writeFileAtomically,
}
