/** Locations of LanceDB tables: `lance:photos.lance`, `lance:s3://bucket/prefix`. */
import { join, resolve } from 'node:path'
import { cacheFolder, hashOf } from '../../bytes/cache-folder.node.ts'
import { checkText } from '../../check-arguments'

export interface LancePlace {
  /** The URI for LanceDB. */
  readonly uri: string
  /** A local folder for data that is not in the table: a lock, the server's address, problems. It may be lost. */
  readonly folder: string
}

const prefix = 'lance:'

/** @returns `undefined` for a folder @throws DreamLIPError `INVALID_ARGUMENT` */
export function lancePlace(place: string, table?: string): LancePlace | undefined {
  if (!place.startsWith(prefix)) return undefined
  const uri = checkText('folder', place.slice(prefix.length), `a folder or an address after ${prefix}`)
  return { uri, folder: folderBeside(uri, table) }
}

/** The local folder for a table at this URI. */
export function folderBeside(uri: string, table = 'images'): string {
  const isAddress = /^[a-z][a-z0-9+]*:\/\//i.test(uri)
  const whole = isAddress ? uri.replace(/\/+$/, '') : resolve(uri)
  return join(cacheFolder(), 'lance', hashOf(`${whole}\n${table}`).slice(0, 16))
}
