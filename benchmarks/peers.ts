/** The packages to which dreamlip is compared, in their own folder: `benchmarks/peers`. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { dependencies } from './peers/package.json'

const folder = fileURLToPath(new URL('peers', import.meta.url))

/** The folder with the peers' packages; installs the packages in `peers/package-lock.json` if one of the peers is missing. */
export function peerPackages(): string {
  const packages = `${folder}/node_modules`
  if (!Object.keys(dependencies).every((name) => existsSync(`${packages}/${name}`))) installPeers()
  return packages
}

/** Imports a peer, such as `@huggingface/transformers`. */
export async function importPeer<Module>(name: string): Promise<Module> {
  peerPackages()
  const file = createRequire(`${folder}/package.json`).resolve(name)
  return (await import(pathToFileURL(file).href)) as Module
}

function installPeers(): void {
  console.log('  Installing the peers (npm ci in benchmarks/peers) …')
  // Their install scripts download files that are not needed here.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error('The peers could not be installed (see above).')
}
