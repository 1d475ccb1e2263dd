/** Browsers have no folders by path. */
import type { Folder } from './folder'

export async function openLocalFolder(_location: string | URL): Promise<Folder | undefined> {
  return undefined
}

export function localFolderOf(_location: string | URL): Folder | undefined {
  return undefined
}
