/** The locations of the Hub and its cache, from the environment variables of Python's `huggingface_hub`. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withHeaders, type RequestHeaders } from '../../bytes/http/headers'
import { readTextFile } from '../../bytes/read/file.node.ts'
import { checkEndpoint, checkHubOptions, isToken, type HubOptions } from './hub-options'
import type { HubServer } from './hub-server'

export interface HubSettings extends HubServer {
  /** The folder of the cache. */
  readonly cache: string
  readonly offline: boolean
  /** The setting behind `offline`, for messages. */
  readonly offlineBy: string
  /** Whether the cache may contain links. */
  readonly links: boolean
}

/** Maximum length of a token file. */
const longestToken = 10_000

/**
 * The settings from the options and the environment.
 * @param headers the caller's; an `Authorization` among them is sent in place of the token
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export async function hubSettings(
  options: HubOptions | undefined,
  headers: RequestHeaders | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<HubSettings> {
  const { token, endpoint, offline } = checkHubOptions(options)
  const found = token === undefined ? await findToken(env) : token || undefined
  const offlineName = ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].find((name) => isTrue(env[name]))
  const sent = withHeaders({ ...(found && { Authorization: `Bearer ${found}` }), ...headers })
  return {
    endpoint: endpoint
      ? checkEndpoint('hub.endpoint', endpoint)
      : checkEndpoint('HF_ENDPOINT', env['HF_ENDPOINT'] || undefined),
    cache: hubCacheFolder(options, env),
    offline: offline ?? offlineName !== undefined,
    offlineBy: offline === undefined ? `${offlineName}=${env[offlineName ?? '']}` : 'hub.offline',
    links: !isTrue(env['HF_HUB_DISABLE_SYMLINKS']),
    headers: sent,
    hasToken: 'authorization' in sent,
  }
}

/** The folder of the Hub's cache. */
export function hubCacheFolder({ cacheDir }: HubOptions = {}, env: NodeJS.ProcessEnv = process.env): string {
  const set = env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE']
  return cacheDir ?? (set ? expand(set, env) : join(hubHome(env), 'hub'))
}

function hubHome(env: NodeJS.ProcessEnv): string {
  if (env['HF_HOME']) return expand(env['HF_HOME'], env)
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'huggingface')
}

/** The token in the environment, or in the file that `hf auth login` writes. */
async function findToken(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (isTrue(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined
  const path = env['HF_TOKEN_PATH'] ? expand(env['HF_TOKEN_PATH'], env) : join(hubHome(env), 'token')
  const set = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN']
  const token = (set || (await readTextFile(path, longestToken).catch(() => ''))).trim()
  return isToken(token) ? token : undefined
}

/** `~` and variables in a path, as Python expands them. */
function expand(path: string, env: NodeJS.ProcessEnv): string {
  return path
    .replace(/^~(?=$|[/\\])/, homedir())
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, plain?: string) => env[braced ?? plain ?? ''] ?? all)
}

/** Whether a variable is set, in Python's sense. */
function isTrue(value: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(value ?? '')
}
