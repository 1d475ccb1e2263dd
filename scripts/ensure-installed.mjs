/** Makes `npm test`, `npm run demo` and `npm run bench` work from a bare clone: installs missing packages of package-lock.json. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** Maximum wait for another run's install. */
const longestInstallMs = 15 * 60_000

/**
 * @typedef {{ version?: string, optional?: boolean, peer?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} Entry a package in a lock file
 * @typedef {{ packages: Record<string, Entry> }} Lock package-lock.json, or node_modules/.package-lock.json: what npm installed
 */

/**
 * Whether the installed packages differ from those in the lock file.
 * @param {Lock} wanted
 * @param {Lock | undefined} installed
 * @param {readonly string[]} givenUp optional packages that an install left out, because not every machine can have them
 */
export function isStale(wanted, installed, givenUp = []) {
  if (!installed) return true
  const differs = Object.entries(wanted.packages).some(([path, { version, optional, peer }]) => {
    const found = installed.packages[path]
    if (path === '') return false
    return found ? found.version !== version : !optional && !peer
  })
  return differs || leftOut(wanted, installed).some((path) => !givenUp.includes(path))
}

/**
 * Missing optional packages for this platform. npm silently leaves a package out if its install script fails:
 * that of onnxruntime-node fails if it cannot reach its host.
 * @param {Lock} wanted
 * @param {Lock} installed
 */
export function leftOut(wanted, installed) {
  const owners = Object.keys(wanted.packages).filter((path) => path === '' || path in installed.packages)
  const paths = owners.flatMap((owner) =>
    Object.keys(wanted.packages[owner].optionalDependencies ?? {}).map((name) => findEntry(wanted, owner, name)),
  )
  return paths.filter((path) => path && !(path in installed.packages) && fitsPlatform(wanted.packages[path]))
}

/** The path at which a package finds another: in its own node_modules, or in that of a folder above it. */
function findEntry({ packages }, owner, name) {
  for (let folder = owner; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = `${folder}${folder && '/'}node_modules/${name}`
    if (path in packages) return path
    if (folder === '') return undefined
  }
}

/** @param {Entry} entry */
function fitsPlatform({ os, cpu, libc }) {
  const libcHere = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  const allows = (list, value) => !list || list.includes(value) || list.some((item) => item[0] === '!' && item !== `!${value}`) // prettier-ignore
  return (
    allows(os, process.platform) &&
    allows(cpu, process.arch) &&
    (process.platform !== 'linux' || allows(libc, libcHere))
  )
}

/** @param {string} root the project's folder @param {() => void} install runs if something is missing */
export async function ensureInstalled(root, install) {
  const modules = join(root, 'node_modules')
  const givenUpFile = join(modules, '.left-out.json') // npm removes it with the folder, so everything is retried
  const locks = () => [readJson(join(root, 'package-lock.json')), readJson(join(modules, '.package-lock.json'))]
  const stale = () => isStale(...locks(), readJson(givenUpFile))
  if (!stale()) return
  const release = await takeLock(join(root, '.cache/install.lock'))
  try {
    // Another run may have installed everything while this one waited.
    if (!stale()) return
    install()
    const [wanted, installed] = locks()
    const missing = installed ? leftOut(wanted, installed) : []
    if (missing.length > 0) {
      console.error(`npm left out, though they are for this platform: ${missing.join(', ')}. Going on without them.`)
      writeFileSync(givenUpFile, JSON.stringify(missing))
    }
  } finally {
    release()
  }
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** Takes the lock. Waits for its owner as long as that process is running. Returns a function that releases the lock. */
async function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true })
  const deadline = Date.now() + longestInstallMs
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' }) // only one of two runs can create it
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
    process.kill(Number(readFileSync(file, 'utf8')), 0) // checks whether the process is running, without a signal
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function npmInstall(root) {
  console.log('Installing the packages that package-lock.json names (npm ci) …')
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  // onnxruntime-node otherwise tries to download CUDA libraries, and fails if their host cannot be reached.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const npm = process.env.npm_execpath // set by npm; this way of calling it also works on Windows
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
