/** `dreamlip serve`, run as a process. */
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DreamLIP, findServer, ImageIndex } from '../../../../src/index.node.ts'
import { model, outcomeOf, photos, run, start, temporaryFolder } from '../../command'

const inFolder = temporaryFolder()

it('prints the address, answers until it is interrupted, and then leaves nothing', async () => {
  const folder = inFolder('photos.index')
  const loaded = await DreamLIP.load(model)
  const index = await ImageIndex.open(folder, { model: loaded })
  await index.add(photos)
  const child = start(['serve', '-m', model, '--in', folder, '--port', '0', '--json'], { input: null })
  const outcome = outcomeOf(child)
  const [line] = (await once(child.stdout!, 'data')) as [string]
  const { url, ...rest } = JSON.parse(line) as { url: string }
  expect(rest).toEqual({ index: folder, size: 3 })
  const server = await findServer(folder)
  expect(server).toMatchObject({ url, pid: child.pid })
  expect((await server!.search('a cat')).hits.map(({ path }) => path)).toEqual(
    (await index.search('a cat')).hits.map(({ path }) => path),
  )
  child.kill('SIGINT')
  expect(await outcome).toMatchObject({ code: 0, stdout: line })
  expect(existsSync(join(folder, 'dreamlip-server.json'))).toBe(false)
  await index.close()
  loaded.dispose()
})

it('says how to make an index where there is none, and does not begin one', async () => {
  const { code, stderr } = await run(['serve', '-m', model, '--in', inFolder('none.index')])
  expect(code).toBe(1)
  expect(stderr).toContain('dreamlip index PICTURES --into')
  expect(existsSync(inFolder('none.index'))).toBe(false)
})

it('refuses addresses that other machines reach', async () => {
  expect((await run(['serve', '--in', inFolder('none.index'), '--host', '0.0.0.0'])).code).toBe(2)
})
