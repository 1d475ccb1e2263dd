import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hubNameOf, parseHubName } from '../../../src/checkpoint/hub/hub-name'
import { isHubName } from '../../../src/checkpoint/hub/is-hub-name'

describe('a name on the Hub', () => {
  it.each([
    ['hf://google/siglip2-base-patch16-224', { repository: 'google/siglip2-base-patch16-224' }],
    ['hf://xiaorui638/flair/flair-merged30m.pt', { repository: 'xiaorui638/flair', file: 'flair-merged30m.pt' }],
    ['HF://a/b/c/d.pt@refs/pr/1', { repository: 'a/b', file: 'c/d.pt', revision: 'refs/pr/1' }],
    ['hf://a/b@v1.0', { repository: 'a/b', revision: 'v1.0' }],
    ['hf://a/b/mail@home.pt@main', { repository: 'a/b', file: 'mail@home.pt', revision: 'main' }],
    ['hf://a/b/', { repository: 'a/b' }],
  ])('%s has its parts', (source, parts) => {
    expect(parseHubName(source)).toEqual({ file: undefined, revision: undefined, ...parts })
  })

  it.each([
    ...['hf://', 'hf:a/b', 'hf://owner', 'hf://a/b@', 'hf://a/../b', 'hf://a/b/../../c', 'hf://a/b/./c', 'hf://a/b//c'],
    ...[
      'hf://a--b/c',
      'hf://a/b/c\\d',
      'hf://a/b/c:d',
      'hf://a/b@../x',
      'hf://a/b@.hidden',
      'hf://a/b@x..y',
      'hf://a/b@x y',
    ],
    ...['hf://a/b\0', 'hf://-a/b', `hf://a/${'b'.repeat(300)}`],
  ])('%s is refused', (source) => {
    expect(() => parseHubName(source)).toThrow(/^source: expected hf:\/\/owner\/name/)
  })

  it('of any text has parts that stay inside a folder, or is refused', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('..', '.', 'a', 'b.pt', '', 'c\\d', 'refs', '--'))
    const names = fc.tuple(fc.array(part, { maxLength: 6 }), fc.array(part, { maxLength: 3 }))
    fc.assert(
      fc.property(names, ([path, revision]) => {
        const source = `hf://${path.join('/')}${revision.length > 0 ? `@${revision.join('/')}` : ''}`
        let name
        try {
          name = parseHubName(source)
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
          return
        }
        const parts = [name.repository, name.file ?? 'file', name.revision ?? 'main'].flatMap((text) => text.split('/'))
        for (const text of parts) expect(text).not.toMatch(/^\.{0,2}$|[\\\0]/)
        expect(parseHubName(hubNameOf(name))).toEqual(name)
      }),
    )
  })

  it('is told from paths and addresses', () => {
    expect(['hf://a/b', 'hf:', './hf:', 'https://huggingface.co/a/b', 'hf'].map(isHubName)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
