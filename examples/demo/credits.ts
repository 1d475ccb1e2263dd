/** The artists of the emoji that the demo shows. */
import type { emojiStyles, heldOutStyles } from 'emoji-scenes/icons/styles'
import type { Credit } from './findings'

/** The emoji of training's four artists, and those of two whom training never showed. */
export type ShownStyle = (typeof emojiStyles | typeof heldOutStyles)[number]

interface Artist {
  readonly name: string
  readonly by: string
  readonly licence: keyof typeof licences
}

const licences = {
  'Apache 2.0': 'https://www.apache.org/licenses/LICENSE-2.0',
  MIT: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE',
  'CC BY 4.0': 'https://creativecommons.org/licenses/by/4.0/',
  'CC BY-SA 4.0': 'https://creativecommons.org/licenses/by-sa/4.0/',
} as const

export const artists: Readonly<Record<ShownStyle, Artist>> = {
  'fluent-emoji-flat': { name: 'Fluent Emoji', by: '© Microsoft Corporation', licence: 'MIT' },
  openmoji: { name: 'OpenMoji', by: 'the OpenMoji project, HfG Schwäbisch Gmünd', licence: 'CC BY-SA 4.0' },
  noto: { name: 'Noto Emoji', by: 'Google Inc.', licence: 'Apache 2.0' },
  twemoji: { name: 'Twemoji', by: 'Twitter, Inc. and other contributors', licence: 'CC BY 4.0' },
  emojione: { name: 'Emoji One 2.3', by: 'Emoji One and contributors', licence: 'CC BY 4.0' },
  fxemoji: { name: 'Firefox OS Emoji', by: 'Mozilla Foundation', licence: 'Apache 2.0' },
}

/** @param styles those of the pictures, in any order and number */
export function creditsOf(styles: Iterable<ShownStyle>): { readonly about: string; readonly all: readonly Credit[] } {
  const shown = new Set(styles)
  const all = Object.entries(artists).flatMap(([style, { name, by, licence }]) =>
    shown.has(style as ShownStyle) ? [{ text: `${name} (${by})`, licence, url: licences[licence] }] : [],
  )
  const shareAlike = shown.has('openmoji')
    ? ' Pictures that show OpenMoji are under CC BY-SA 4.0, so is this page.'
    : ''
  return {
    about: `The emoji were scaled, some mirrored or recoloured, and combined into scenes.${shareAlike} Emoji by`,
    all,
  }
}
