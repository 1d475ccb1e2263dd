/** Browsers have no folders to write to. */
import { DreamLIPError } from '../errors'
import type { WriteShards } from './write-shards'

export const writeShards: WriteShards = async (_, folder) => {
  throw new DreamLIPError('WRITE_FAILED', `${folder}: shards are written in Node only.`)
}
