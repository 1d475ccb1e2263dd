import { describe, expect, it } from 'vitest'
import { pictureProtocol, showPicture } from '../../../src/cli/search/terminal-pictures'

describe('pictureProtocol', () => {
  it.each([
    [{ TERM: 'xterm-kitty' }, 'kitty'],
    [{ KITTY_WINDOW_ID: '1' }, 'kitty'],
    [{ TERM_PROGRAM: 'ghostty' }, 'kitty'],
    [{ TERM_PROGRAM: 'iTerm.app' }, 'iterm'],
    [{ TERM_PROGRAM: 'WezTerm' }, 'iterm'],
    [{ TERM: 'xterm-256color' }, undefined],
    [{ TERM: 'xterm-kitty', TMUX: '/tmp/tmux' }, undefined],
    [{}, undefined],
  ])('of %j is %s', (env, protocol) => expect(pictureProtocol(true, env)).toBe(protocol))

  it('does not exist where the output is not a terminal', () =>
    expect(pictureProtocol(false, { TERM: 'xterm-kitty' })).toBeUndefined())
})

describe('showPicture', () => {
  const png = Uint8Array.from({ length: 10_000 }, (_, i) => i % 256)

  it('sends kitty the whole file in pieces, of which only the last says that it is', () => {
    const pieces = [...showPicture(png, 'kitty').matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)]
    expect(Buffer.from(pieces.map(([, , data]) => data).join(''), 'base64')).toEqual(Buffer.from(png))
    expect(pieces.map(([, keys]) => keys!.match(/m=(\d)/)![1])).toEqual(['1', '1', '1', '0'])
    expect(pieces.every(([, , data]) => data!.length <= 4096)).toBe(true)
    expect(pieces[0]![1]).toMatch(/^a=T,f=100,/)
  })

  it('sends iTerm2 one sequence', () => {
    const [, size, data] = showPicture(png, 'iterm').match(
      /^\x1b\]1337;File=inline=1;size=(\d+);[^:]*:([^\x07]*)\x07\n$/,
    )!
    expect([Number(size), Buffer.from(data!, 'base64')]).toEqual([10_000, Buffer.from(png)])
  })
})
