/** Makes `npm test`, `npm run demo` and `npm run bench` work from a bare clone: installs what package-lock.json names and node_modules lacks. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** Nobody waits for another run's install for longer than this. */
const longestInstallMs = 15 * 60_000

/**
 * Whether what is installed differs from what the lock file names. npm writes down what it installed in
 * node_modules/.package-lock.json; packages for other platforms are missing there rightly.
 * @param {{ packages: Record<string, { version?: string, optional?: boolean, peer?: boolean }> }} wanted package-lock.json
 * @param {{ packages: Record<string, { version?: string }> } | undefined} installed node_modules/.package-lock.json
 */
export function isStale(wanted, installed) {
  if (!installed) return true
  return Object.entries(wanted.packages).some(([path, { version, optional, peer }]) => {
    const found = installed.packages[path]
    if (path === '') return false
    return found ? found.version !== version : !optional && !peer
  })
}

/** @param {string} root the project's folder @param {() => void} install what to run when something is missing */
export async function ensureInstalled(root, install) {
  const stale = () =>
    isStale(readLock(join(root, 'package-lock.json')), readLock(join(root, 'node_modules/.package-lock.json')))
  if (!stale()) return
  const release = await takeLock(join(root, '.cache/install.lock'))
  try {
    // Another run may have installed everything while this one waited.
    if (stale()) install()
  } finally {
    release()
  }
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** Takes the lock, waiting for whoever holds it as long as that process lives. Returns the function that gives it back. */
async function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true })
  const deadline = Date.now() + longestInstallMs
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' }) // of two runs, one creates it
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned(file) || Date.now() > deadline) rmSync(file, { force: true })
    else await sleep(500)
  }
}

function isAbandoned(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0) // asks whether the process lives; does nothing to it
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function npmInstall(root) {
  console.log('Installing the packages that package-lock.json names (npm ci) …')
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  // onnxruntime-node otherwise tries to download CUDA libraries, and fails where their host cannot be reached.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const npm = process.env.npm_execpath // set by npm: the way to call it that also works on Windows
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, env, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error('npm ci failed (see above). Check the network, then run the command again.')
    process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = join(import.meta.dirname, '..')
  await ensureInstalled(root, () => npmInstall(root))
}
