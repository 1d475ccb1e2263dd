/** Pictures in terminals that can show them: kitty's protocol, and iTerm2's. */

export type PictureProtocol = 'kitty' | 'iterm'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The picture protocol of the current terminal, according to its environment; `undefined` without a terminal, inside tmux and
 * screen, which do not pass pictures on, and in programs not known to show any.
 */
export function pictureProtocol(isTerminal: boolean, env: Environment): PictureProtocol | undefined {
  if (!isTerminal || env.TMUX !== undefined || env.STY !== undefined || env.CI !== undefined) return undefined
  const program = env.TERM_PROGRAM ?? ''
  if (
    env.KITTY_WINDOW_ID !== undefined ||
    env.TERM === 'xterm-kitty' ||
    env.TERM === 'xterm-ghostty' ||
    program === 'ghostty'
  ) {
    return 'kitty'
  }
  return ['iTerm.app', 'WezTerm', 'mintty'].includes(program) ? 'iterm' : undefined
}

/** Rows of text that a picture takes. */
export const pictureRows = 8

/** Kitty's limit for one chunk of a picture. */
const longestPiece = 4096

/** Escape codes that show a PNG file at the cursor, and move below it. */
export function showPicture(png: Uint8Array, protocol: PictureProtocol): string {
  const data = Buffer.from(png).toString('base64')
  if (protocol === 'iterm') {
    return `\x1b]1337;File=inline=1;size=${png.length};height=${pictureRows};preserveAspectRatio=1:${data}\x07\n`
  }
  const pieces = data.match(new RegExp(`.{1,${longestPiece}}`, 'g')) ?? []
  const escapes = pieces.map((piece, i) => {
    const more = i < pieces.length - 1 ? 1 : 0
    // a=T: show it; f=100: PNG; q=2: no reply from the terminal
    const keys = i === 0 ? `a=T,f=100,q=2,r=${pictureRows},m=${more}` : `m=${more}`
    return `\x1b_G${keys};${piece}\x1b\\`
  })
  return `${escapes.join('')}\n`
}
