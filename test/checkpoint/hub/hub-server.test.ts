/** The Hub's JSON about a repository, from an untrusted server. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseListing } from '../../../src/checkpoint/hub/hub-server'

const parse = (value: unknown) => parseListing(new TextEncoder().encode(JSON.stringify(value)))

describe('the list of files', () => {
  it('is the commit and the names of the siblings', () => {
    const siblings = [{ rfilename: 'config.json' }, { rfilename: 'sub/model.pt', size: 3 }]
    expect(parse({ sha: 'a1', siblings })).toEqual({ commit: 'a1', files: ['config.json', 'sub/model.pt'] })
  })

  it('leaves out names that lead elsewhere', () => {
    const siblings = ['../a', 'b/../../c', '/d', 'e\\f', 'g', ''].map((rfilename) => ({ rfilename }))
    expect(parse({ sha: 'a1', siblings })).toEqual({ commit: 'a1', files: ['g'] })
  })

  it('of anything else is undefined, whatever it is', () => {
    expect(parse({ sha: '../..', siblings: [] })).toBeUndefined()
    expect(parse({ sha: 'a1' })).toBeUndefined()
    expect(parseListing(new TextEncoder().encode('<html>'))).toBeUndefined()
    const like = fc.record({ sha: fc.anything(), siblings: fc.oneof(fc.anything(), fc.array(fc.anything())) })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), like), (value) => {
        const listing = parse(value)
        if (!listing) return
        expect(listing.commit).toMatch(/^\w[\w-]*$/)
        for (const file of listing.files) expect(typeof file).toBe('string')
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseListing(bytes)))
  })
})
