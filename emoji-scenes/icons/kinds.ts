/** The kinds of things: key, names, group, emoji. Importing this file reads no other files. */
import { kindTable } from './kind-table'

/** The group of a kind: "animal", "piece of clothing". */
export type Group = keyof typeof kindTable

/** A name of a kind. */
export interface Name {
  readonly text: string
  /** Whether the name itself is a plural: "grapes". */
  readonly plural: boolean
}

/** A kind of thing that emoji show. */
export interface Kind {
  /** Its usual name with hyphens: `red-apple`. */
  readonly key: string
  /** The usual name first, then synonyms. No two kinds share a name. */
  readonly names: readonly [Name, ...Name[]]
  readonly group: Group
  /** Code points in hexadecimal, as emojibase and the icon sets write them, in lower case and without `fe0f`. */
  readonly codes: readonly string[]
  /** Whether training never shows it. All words of its names occur in training captions. */
  readonly heldOut: boolean
}

/** All kinds, held-out ones included. */
export const kinds: readonly Kind[] = Object.entries(kindTable).flatMap(([group, lines]) =>
  lines
    .trim()
    .split('\n')
    .map((line) => toKind(line.trim(), group as Group)),
)

/** The kinds in training pictures. */
export const trainKinds = kinds.filter(({ heldOut }) => !heldOut)

/** The kinds that no training picture shows. */
export const heldOutKinds = kinds.filter(({ heldOut }) => heldOut)

const byKey = new Map(kinds.map((kind) => [kind.key, kind]))

/** @throws Error for an unknown key */
export function kindOf(key: string): Kind {
  const kind = byKey.get(key)
  if (!kind) throw new Error(`kind: expected the key of a kind, like "red-apple"; got ${JSON.stringify(key)}.`)
  return kind
}

/** `1f34e | red apple`, or `1f4d7 | *green book`. */
function toKind(line: string, group: Group): Kind {
  const [codes, names] = line.split(' | ') as [string, string]
  const [first, ...others] = names.replace('*', '').split(', ').map(toName) as [Name, ...Name[]]
  return {
    key: first.text.replaceAll(' ', '-'),
    names: [first, ...others],
    group,
    codes: codes.split(' '),
    heldOut: names.startsWith('*'),
  }
}

function toName(text: string): Name {
  return text.endsWith('+') ? { text: text.slice(0, -1), plural: true } : { text, plural: false }
}
