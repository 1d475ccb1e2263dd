/** The Hub's cache, shared with Python's huggingface_hub: each finds the other's downloads without the network. */
import { execFile } from 'node:child_process'
import { lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { DreamLIP, downloadCheckpoint, models } from '../../src/index.node.ts'
import { repository, serveHub } from '../server/hub'
import { pythonHas } from './python'

const python = process.env.PYTHON ?? 'python3'
const weights = readFileSync('examples/golden/golden.pt')
const hub = await serveHub({ 'dream/lip': repository({ 'golden.pt': weights, 'config.json': '{}' }) })
const commit = hub.repositories['dream/lip']!.refs['main']!
const homes: string[] = []
afterAll(async () => {
  vi.unstubAllEnvs()
  await hub.close()
  for (const home of homes) rmSync(home, { recursive: true })
})

/** A new empty cache for both. */
function newHome(): NodeJS.ProcessEnv {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'dreamlip-shared-')))
  homes.push(home)
  const env = { HF_HOME: home, HF_ENDPOINT: hub.url, HF_TOKEN: '', HF_HUB_CACHE: '', DREAMLIP_CACHE: join(home, 'own') }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  return { ...process.env, HF_HUB_CACHE: join(home, 'hub'), HF_HUB_DISABLE_XET: '1', HF_HUB_DISABLE_TELEMETRY: '1' }
}

/** Runs Python while the server of this process responds. */
async function ask(script: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    python,
    ['-c', `import json\nfrom huggingface_hub import *\n${script}`],
    { env },
  )
  return JSON.parse(stdout)
}

describe.skipIf(!pythonHas('huggingface_hub'))('the Hub’s cache', () => {
  it('filled by this package is found by Python, which scans it without a warning', async () => {
    const env = newHome()
    const { path } = await downloadCheckpoint('hf://dream/lip/golden.pt')
    const model = await DreamLIP.load('hf://dream/lip/golden.pt', { device: 'cpu', runtime: 'eager' })
    model.dispose()
    const found = await ask(
      `paths = [hf_hub_download('dream/lip', name, local_files_only=True) for name in ['golden.pt', 'config.json']]
scan = scan_cache_dir()
repo, = scan.repos
revision, = repo.revisions
print(json.dumps([paths[0], open(paths[1]).read(), len(scan.warnings), repo.repo_id, revision.commit_hash, sorted(revision.refs), repo.size_on_disk]))`,
      env,
    )
    expect(found).toEqual([path, '{}', 0, 'dream/lip', commit, ['main'], weights.length + 2])
  })

  it('notes missing files as Python does', async () => {
    const env = newHome()
    await downloadCheckpoint('hf://dream/lip')
    const known = await ask(
      `print(json.dumps([try_to_load_from_cache('dream/lip', name) is _CACHED_NO_EXIST for name in ['model.safetensors', 'golden.pt', 'other']]))`,
      env,
    )
    expect(known).toEqual([true, false, false])
  })

  it('filled by Python is used by this package without a request', async () => {
    const env = newHome()
    const path = await ask(`print(json.dumps(hf_hub_download('dream/lip', 'golden.pt')))`, env)
    const asked = hub.requests.length
    const model = await DreamLIP.load('hf://dream/lip', { device: 'cpu', runtime: 'eager', hub: { offline: true } })
    expect(model.source).toBe(path)
    model.dispose()
    expect(hub.requests).toHaveLength(asked)
    expect(await models.list()).toMatchObject([{ source: 'hf://dream/lip', revision: commit, bytes: weights.length }])
    // With a network, one request shows that the branch has not moved.
    expect((await downloadCheckpoint('hf://dream/lip/golden.pt')).path).toBe(path)
    expect(hub.stored.length).toBeLessThanOrEqual(4)
  })

  it('that both fill holds one copy of a file, and Python deletes what this package stored', async () => {
    const env = newHome()
    const { path } = await downloadCheckpoint('hf://dream/lip/golden.pt')
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
    const before = hub.stored.length
    expect(await ask(`print(json.dumps(hf_hub_download('dream/lip', 'golden.pt')))`, env)).toBe(path)
    expect(hub.stored).toHaveLength(before)
    const left = await ask(
      `scan_cache_dir().delete_revisions('${commit}').execute()\nprint(json.dumps(len(scan_cache_dir().repos)))`,
      env,
    )
    expect(left).toBe(0)
    expect(await models.list()).toEqual([])
  })
})
