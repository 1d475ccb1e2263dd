/** The environment variables that this package, its runtimes and Node's `fetch` read. */

/** The relevant names. Node also reads lower-case proxy names. */
const relevant = [
  /^DREAMLIP_/,
  /^ONNXRUNTIME_/,
  /^(HF|HUGGING_?FACE)_/,
  /^(XDG_CACHE_HOME|LOCALAPPDATA)$/,
  /^(HTTPS?|ALL|NO)_PROXY$/i,
  /^(NODE_OPTIONS|NODE_USE_ENV_PROXY|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|UV_THREADPOOL_SIZE)$/,
  /^(LD_LIBRARY_PATH|LD_PRELOAD|CUDA_PATH|CUDA_HOME|CUDA_VISIBLE_DEVICES|TF_CPP_MIN_LOG_LEVEL)$/,
  /^(VK_DRIVER_FILES|VK_ICD_FILENAMES|SHARP_IGNORE_GLOBAL_LIBVIPS)$/,
]

const secret = /TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY/i

const hidden = '(set, not shown)'

/** The variables that are set, sorted by name. Tokens and proxy passwords are hidden. */
export function describeEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = Object.keys(env).filter((name) => relevant.some((pattern) => pattern.test(name)))
  return Object.fromEntries(names.sort().map((name) => [name, shown(name, env[name]!)]))
}

function shown(name: string, value: string): string {
  if (secret.test(name)) return hidden
  return /proxy$/i.test(name) || value.includes('://') ? withoutSecrets(value) : value
}

/** An address without user, password and query. The address of a proxy may have no scheme. */
function withoutSecrets(address: string): string {
  return address.replace(/^(\w+:\/\/)?.*@/s, `$1${hidden}@`).replace(/\?.*$/s, `?${hidden}`)
}

/** Whether a proxy is set, and whether Node's `fetch` uses it: Node 24 and later do, if an option enables it. */
export interface ProxySettings {
  readonly variables: readonly string[]
  readonly used: boolean
}

export function describeProxy(
  env: NodeJS.ProcessEnv = process.env,
  flags: readonly string[] = process.execArgv,
): ProxySettings {
  const variables = Object.keys(env).filter((name) => /^(https?|all)_proxy$/i.test(name) && env[name] !== '')
  const asked =
    env['NODE_USE_ENV_PROXY'] === '1' || [...flags, env['NODE_OPTIONS'] ?? ''].join(' ').includes('--use-env-proxy')
  const able = Number(process.versions.node.split('.')[0]) >= 24 || process.versions.bun !== undefined
  return { variables, used: variables.length > 0 && able && (asked || process.versions.bun !== undefined) }
}
