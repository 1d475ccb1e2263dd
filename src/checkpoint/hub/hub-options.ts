/** Options for access to the Hugging Face Hub. */
import { checkFlag, checkObject, checkPath, checkText, wrongArgument } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import { isURL } from '../../bytes/http/address'

/** Options for sources whose name starts with `hf://`. Node also reads the environment variables that Python's `huggingface_hub` reads. */
export interface HubOptions {
  /**
   * An access token, for private and gated repositories. It is sent to the endpoint only. `false` sends none. Default in Node: `HF_TOKEN`,
   * else the file `token` in `HF_HOME`, which `hf auth login` writes. Default in browsers: none.
   */
  readonly token?: string | false
  /** The address of the Hub or of a mirror. Default: `HF_ENDPOINT`, else `https://huggingface.co`. */
  readonly endpoint?: string
  /** The folder of the Hub's cache (Node only). Default: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, which is `~/.cache/huggingface`. */
  readonly cacheDir?: string
  /** Whether to use only files in the cache, without a request (Node only). Default: whether `HF_HUB_OFFLINE` is 1. */
  readonly offline?: boolean
}

const officialEndpoint = 'https://huggingface.co'

/** @throws DreamLIPError `INVALID_ARGUMENT` for an option of the wrong type. Messages never contain the token. */
export function checkHubOptions(options: HubOptions = {}): HubOptions {
  const { token, endpoint, cacheDir, offline } = checkObject('hub', options)
  if (token !== undefined && token !== false && !isToken(token)) {
    throw new DreamLIPError(
      'INVALID_ARGUMENT',
      'hub.token: expected false or a token of visible characters, such as hf_….',
    )
  }
  if (endpoint !== undefined) checkText('hub.endpoint', endpoint, 'an http(s) address')
  if (cacheDir !== undefined) checkPath('hub.cacheDir', cacheDir)
  if (offline !== undefined) checkFlag('hub.offline', offline)
  return options
}

/** Whether a token can be sent in a header. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

/** The endpoint without a slash at its end. @param name of the setting, for the message */
export function checkEndpoint(name: string, address: string | undefined): string {
  if (address === undefined) return officialEndpoint
  if (isURL(address) && URL.canParse(address)) return address.replace(/\/+$/, '')
  throw wrongArgument(name, 'an http(s) address', address, 'Example: https://hf-mirror.com.')
}
