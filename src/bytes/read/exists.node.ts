/** Whether a file or folder exists, and can be reached. */
import { access } from 'node:fs/promises'

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
