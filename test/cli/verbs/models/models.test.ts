/** `dreamlip models` and `dreamlip download hf://…`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { repository, serveHub } from '../../../server/hub'
import { run } from '../../command'

const weights = readFileSync('examples/golden/golden.pt')
const home = mkdtempSync(join(tmpdir(), 'dreamlip-models-'))
const hub = await serveHub({ 'dream/lip': repository({ 'golden.pt': weights }) })
afterAll(async () => {
  await hub.close()
  rmSync(home, { recursive: true })
})

const env = { HF_HOME: home, HF_HUB_CACHE: '', HF_TOKEN: '', HF_ENDPOINT: hub.url, DREAMLIP_CACHE: join(home, 'own') }

it('downloads by a name on the Hub, lists it, and removes it', async () => {
  expect((await run(['models'], { env })).stdout).toBe('No models are stored.\n')
  const path = (await run(['download', 'hf://dream/lip'], { env })).stdout.trim()
  expect(readFileSync(path).equals(weights)).toBe(true)
  const commit = hub.repositories['dream/lip']!.refs['main']!
  const { stdout } = await run(['models', 'list'], { env })
  expect(stdout).toMatch(/^model +revision +size +last used\n/)
  expect(stdout).toMatch(new RegExp(`^hf://dream/lip +${commit.slice(0, 12)} +[\\d.]+ MB +\\d{4}-\\d\\d-\\d\\d$`, 'm'))
  const listed = JSON.parse((await run(['models', '--json'], { env })).stdout) as { models: object[] }
  expect(listed.models).toMatchObject([{ source: 'hf://dream/lip', revision: commit, bytes: weights.length }])
  const removed = JSON.parse((await run(['models', 'remove', 'hf://dream/lip', '--json'], { env })).stdout) as object
  expect(removed).toMatchObject({ source: 'hf://dream/lip' })
  expect((await run(['models', 'remove', 'hf://dream/lip'], { env })).stdout).toBe('hf://dream/lip is not stored.\n')
})

it.each([
  [['models', 'remove'], 'models remove: expected the name of a model.'],
  [['models', 'delete'], "models: expected list or remove; got 'delete'."],
  [['models', 'list', 'x'], "models list: expected no other argument; got 'x'."],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await run(args, { env })
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})
