/** The folder for downloads. */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'

/** DREAMLIP_CACHE, else the platform's folder for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env['DREAMLIP_CACHE']) return env['DREAMLIP_CACHE']
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'dreamlip', 'Cache')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'dreamlip')
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'dreamlip')
}

/** A file name for an address: a hash, so that files of the same name stay apart, then the last part of the address. */
export function fileNameOf(url: string): string {
  const hash = hashOf(url).slice(0, 12)
  const last = basename(new URL(url).pathname)
    .replace(/[^\w.-]/g, '_')
    .slice(-80)
  return /\.\w+$/.test(last) ? `${hash}-${last}` : `${hash}.pt`
}

/** Identifies an address without revealing it. */
export function hashOf(url: string): string {
  return createHash('sha256').update(url).digest('hex')
}
