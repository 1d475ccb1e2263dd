/** Finds a checkpoint by its name, for browsers: a name is a relative address, unless it names a released checkpoint. */
import { DreamLIPError } from '../../errors'
import { releasedCheckpoints } from './released-checkpoints'

/** @throws DreamLIPError `SOURCE_UNREADABLE` for a released checkpoint, which pages cannot download */
export async function findCheckpoint(name: string, _options: object): Promise<string> {
  if (!Object.hasOwn(releasedCheckpoints, name)) return name
  throw new DreamLIPError(
    'SOURCE_UNREADABLE',
    `${name}: browsers cannot download released checkpoints, because Google Drive does not let pages read its files (CORS). Run ` +
      `npx dreamlip download ${name}, put the file on your own server, and pass its address: DreamLIP.load('/models/${releasedCheckpoints[name]!.file}').`,
  )
}
