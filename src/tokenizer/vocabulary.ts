/** CLIP's vocabulary: 256 bytes, 256 bytes that end a word, 48,894 merges, and two special tokens. */
import { unpack } from '#unpack'
import { firstMerge, vocabularySize } from './ids'
import { joinHalves } from './join-halves'

/** The tables of the tokenizer. */
export interface Vocabulary {
  /** The id of a byte inside a word. Add 256 if the byte ends the word. */
  readonly byteIds: Uint16Array
  /** The id of the merge of two ids, by `first · 65536 + second`. */
  readonly merges: ReadonlyMap<number, number>
  /** The bytes of each id, without the end of the word. */
  readonly bytes: readonly Uint8Array[]
  /** Whether an id ends a word. */
  readonly endsWord: Uint8Array
}

let loaded: Promise<Vocabulary> | undefined

/** The vocabulary, read once. Bundles load it as a separate chunk. */
export function loadVocabulary(): Promise<Vocabulary> {
  loaded ??= readVocabulary()
  return loaded
}

async function readVocabulary(): Promise<Vocabulary> {
  const { packedMerges } = await import('./tables/vocabulary')
  const ids = joinHalves(await unpack(packedMerges)) // [2 sides, merges]
  const count = ids.length / 2

  const byteIds = orderOfBytes()
  const merges = new Map<number, number>()
  for (let i = 0; i < count; i++) merges.set(ids[i]! * 65_536 + ids[count + i]!, firstMerge + i)
  const endsWord = new Uint8Array(vocabularySize).fill(1, 256, firstMerge)
  for (let i = 0; i < count; i++) endsWord[firstMerge + i] = endsWord[ids[count + i]!]!
  let bytes: Uint8Array[] | undefined
  return {
    byteIds,
    merges,
    endsWord,
    // Only decoding needs them: the first text of a program is encoded sooner without.
    get bytes() {
      return (bytes ??= spellIds(ids, byteIds))
    },
  }
}

/** The bytes of each id. @param ids `[2 sides, merges]` */
function spellIds(ids: Uint16Array, byteIds: Uint16Array): Uint8Array[] {
  const count = ids.length / 2
  const bytes: Uint8Array[] = []
  byteIds.forEach((id, byte) => (bytes[id] = bytes[id + 256] = Uint8Array.of(byte)))
  for (let i = 0; i < count; i++) bytes.push(concatenate(bytes[ids[i]!]!, bytes[ids[count + i]!]!))
  const encoder = new TextEncoder()
  bytes.push(encoder.encode('<start_of_text>'), encoder.encode('<end_of_text>'))
  return bytes
}

/** Ids of bytes: GPT-2's order, printable bytes of Latin-1 first. */
function orderOfBytes(): Uint16Array {
  const isPrintable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  const order = [...all.filter(isPrintable), ...all.filter((byte) => !isPrintable(byte))]
  const ids = new Uint16Array(256)
  order.forEach((byte, id) => (ids[byte] = id))
  return ids
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
