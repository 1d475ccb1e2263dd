/** A browser keeps the files of one commit of a Hub model. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCacheStorage } from '../../../src/bytes/kept/cache-storage.browser'
import { dropOtherCommits, keptCommit } from '../../../src/checkpoint/hub/kept-commits.browser'

const [old, today] = ['a'.repeat(40), 'b'.repeat(40)]
const model = 'hf://dream/lip'

const addressOf = (commit: string, file = 'config.json') => `https://huggingface.co/dream/lip/resolve/${commit}/${file}`

/** A browser with only Cache Storage. */
function stubCaches() {
  const files = new Map<string, Response>()
  const refused = new Set<string>()
  const cache = {
    keys: async () => [...files.keys()].map((url) => ({ url })),
    match: async (url: string) => files.get(url)?.clone(),
    put: async (url: string, response: Response) => void files.set(url, response),
    async delete(url: string) {
      if ([...refused].some((part) => url.includes(encodeURIComponent(part))))
        throw new DOMException('', 'UnknownError')
      return files.delete(url)
    },
  }
  vi.stubGlobal('caches', { open: async () => cache })
  return refused
}

/** Keeps a part of the file of an address. */
async function keep(address: string, name = model): Promise<void> {
  const path = [name, address, '10 bytes, "1"', '0'].map(encodeURIComponent)
  await (await openCacheStorage()).write(path, new Uint8Array(10))
}

async function kept(name = model): Promise<string[]> {
  const names = await (await openCacheStorage()).names([encodeURIComponent(name)])
  return names.map(decodeURIComponent).sort()
}

describe('the commits that a browser keeps files of', () => {
  let refused: Set<string>
  beforeEach(() => {
    refused = stubCaches()
  })
  afterEach(() => vi.unstubAllGlobals())

  it('are one: the files of others are removed', async () => {
    await keep(addressOf(old))
    await keep(addressOf(old, 'model.safetensors'))
    await keep(addressOf(today))
    await dropOtherCommits(model, today)
    expect(await kept()).toEqual([addressOf(today)])
    expect(await keptCommit(model)).toBe(today)
  })

  it('are told apart from branches and other models, whose files stay', async () => {
    const branch = addressOf('main')
    await keep(branch)
    await keep(addressOf(old), 'hf://dream/other')
    await dropOtherCommits(model, today)
    expect(await kept()).toEqual([branch])
    expect(await kept('hf://dream/other')).toEqual([addressOf(old)])
    expect(await keptCommit(model)).toBeUndefined()
  })

  it('are more if a file cannot be removed, which is no error', async () => {
    await keep(addressOf(old, 'model.safetensors'))
    await keep(addressOf(old))
    await keep(addressOf(today))
    refused.add('model.safetensors')
    await dropOtherCommits(model, today)
    expect(await kept()).toEqual([addressOf(old, 'model.safetensors'), addressOf(today)])
  })

  it('are none where nothing can be kept', async () => {
    vi.unstubAllGlobals()
    await dropOtherCommits(model, today)
    expect(await keptCommit(model)).toBeUndefined()
  })
})
