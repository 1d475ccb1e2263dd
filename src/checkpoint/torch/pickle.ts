/** Decodes Python pickles into inert data: an interpreter of the few opcodes that checkpoints use. It executes nothing. */
import { invalidPickle, PickleGlobal } from './pickle-values'

/** What gives meaning to the names, calls and references of a pickle. */
export interface PickleMeaning {
  /** A class or function that is on the allow-list; throws for every other. */
  global(module: string, name: string): PickleGlobal
  /** The inert value that stands for the call `callable(...args)`. */
  call(callable: PickleGlobal, args: readonly unknown[]): unknown
  /** The value after its state was set (`__setstate__`). */
  build(value: unknown, state: unknown): unknown
  /** The storage that a persistent id stands for. */
  persistent(id: unknown): unknown
}

/** Where the bytes are and what they are called in errors. */
export interface PickleInput {
  readonly file: string
  readonly bytes: Uint8Array
  /** Where this pickle starts; several may stand behind one another. */
  readonly start?: number
}

const latestProtocol = 5

/** A training checkpoint of the largest CLIP takes some 100,000; each may take memory many times its own byte. */
const mostOpcodes = 5_000_000

/** Bytes of an integer; to build a longer one takes time that grows with the square of its length. */
const longestInteger = 1024

/**
 * Runs a pickle to its STOP.
 * @returns the value, and where the pickle ended
 * @throws DreamLIPError `PICKLE_INVALID` with the byte offset, `PICKLE_FORBIDDEN` naming a global outside the allow-list
 */
export function readPickle(
  { file, bytes, start = 0 }: PickleInput,
  meaning: PickleMeaning,
): { value: unknown; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const memo = new Map<number, unknown>()
  const marked: unknown[][] = []
  let stack: unknown[] = []
  let at = start

  const fail = (problem: string): never => invalidPickle(file, `the pickle is broken at byte ${at}: ${problem}`)
  const take = (length: number): number => {
    if (length > bytes.length - at) fail(`${length} bytes are wanted, ${bytes.length - at} are left`)
    at += length
    return at - length
  }
  // A function, so that its argument is computed first: taking a mark's items replaces the stack.
  const push = (value: unknown) => void stack.push(value)
  const pop = (): unknown => (stack.length > 0 ? stack.pop() : fail('the stack is empty'))
  const top = (): unknown => (stack.length > 0 ? stack.at(-1) : fail('the stack is empty'))
  const popMark = (): unknown[] => {
    const items = stack
    stack = marked.pop() ?? fail('there is no mark')
    return items
  }
  const remember = (id: number) => void memo.set(id, top())
  const recall = (id: number) => push(memo.has(id) ? memo.get(id) : fail(`memo ${id} was never set`))
  const text = (length: number): string => {
    const from = take(length)
    try {
      return utf8.decode(bytes.subarray(from, from + length))
    } catch {
      return fail('a text is not valid UTF-8')
    }
  }
  const line = (): string => {
    const end = bytes.indexOf(10, at)
    if (end < 0 || end - at > 1000) fail('a name does not end')
    const value = text(end - at)
    at++
    return value
  }
  const wideLength = (): number => {
    const value = view.getBigUint64(take(8), true)
    return value > BigInt(bytes.length) ? fail(`a length of ${value} bytes`) : Number(value)
  }
  const blob = (length: number) => {
    const from = take(length)
    return bytes.slice(from, from + length)
  }
  const long = (length: number): number | bigint =>
    length > longestInteger ? fail(`an integer of ${length} bytes`) : signedInteger(bytes.subarray(take(length), at))
  const list = (value: unknown): unknown[] =>
    Array.isArray(value) ? (value as unknown[]) : fail('it appends to what is no list')
  const dict = (value: unknown): Map<unknown, unknown> =>
    value instanceof Map ? value : fail('it sets items of no dict')
  const setItems = (items: readonly unknown[]) => {
    const target = dict(top())
    if (items.length % 2) fail('a dict has a key without a value')
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1])
  }
  const callable = (value: unknown) => (value instanceof PickleGlobal ? value : fail('it calls what is no function'))
  const tuple = (value: unknown) =>
    Array.isArray(value) ? (value as unknown[]) : fail('it calls without a tuple of arguments')
  const apply = () => {
    const args = tuple(pop())
    push(meaning.call(callable(pop()), args))
  }

  const opcodes: Readonly<Record<number, () => void>> = {
    0x80: () => {
      const protocol = bytes[take(1)]!
      if (protocol > latestProtocol) fail(`protocol ${protocol} is not known`)
    },
    0x95: () => {
      const length = wideLength()
      if (length > bytes.length - at) fail(`a frame of ${length} bytes reaches beyond the end`)
    },
    0x28: () => {
      marked.push(stack)
      stack = []
    }, // MARK
    0x30: () => void pop(), // POP
    0x31: () => void popMark(), // POP_MARK
    0x7d: () => push(new Map()), // EMPTY_DICT
    0x5d: () => push([]), // EMPTY_LIST
    0x29: () => push([]), // EMPTY_TUPLE
    0x8f: () => push([]), // EMPTY_SET
    0x74: () => push(popMark()), // TUPLE
    0x6c: () => push(popMark()), // LIST
    0x91: () => push(popMark()), // FROZENSET
    0x85: () => push([pop()]), // TUPLE1
    0x86: () => push([pop(), pop()].reverse()), // TUPLE2
    0x87: () => push([pop(), pop(), pop()].reverse()), // TUPLE3
    0x64: () => {
      const items = popMark()
      push(new Map())
      setItems(items)
    }, // DICT
    0x58: () => push(text(view.getUint32(take(4), true))), // BINUNICODE
    0x8c: () => push(text(bytes[take(1)]!)), // SHORT_BINUNICODE
    0x8d: () => push(text(wideLength())), // BINUNICODE8
    0x54: () => push(text(view.getUint32(take(4), true))), // BINSTRING
    0x55: () => push(text(bytes[take(1)]!)), // SHORT_BINSTRING
    0x42: () => push(blob(view.getUint32(take(4), true))), // BINBYTES
    0x43: () => push(blob(bytes[take(1)]!)), // SHORT_BINBYTES
    0x8e: () => push(blob(wideLength())), // BINBYTES8
    0x4a: () => push(view.getInt32(take(4), true)), // BININT
    0x4b: () => push(bytes[take(1)]!), // BININT1
    0x4d: () => push(view.getUint16(take(2), true)), // BININT2
    0x8a: () => push(long(bytes[take(1)]!)), // LONG1
    0x8b: () => push(long(view.getUint32(take(4), true))), // LONG4
    0x47: () => push(view.getFloat64(take(8), false)), // BINFLOAT
    0x4e: () => push(null), // NONE
    0x88: () => push(true), // NEWTRUE
    0x89: () => push(false), // NEWFALSE
    0x63: () => {
      const module = line()
      push(meaning.global(module, line()))
    }, // GLOBAL
    0x93: () => {
      const [name, module] = [pop(), pop()]
      if (typeof name !== 'string' || typeof module !== 'string') fail('a global has no name')
      push(meaning.global(module as string, name as string))
    }, // STACK_GLOBAL
    0x52: apply, // REDUCE
    0x81: apply, // NEWOBJ
    0x62: () => {
      const state = pop()
      push(meaning.build(pop(), state))
    }, // BUILD
    0x71: () => remember(bytes[take(1)]!), // BINPUT
    0x72: () => remember(view.getUint32(take(4), true)), // LONG_BINPUT
    0x94: () => remember(memo.size), // MEMOIZE
    0x68: () => recall(bytes[take(1)]!), // BINGET
    0x6a: () => recall(view.getUint32(take(4), true)), // LONG_BINGET
    0x51: () => push(meaning.persistent(pop())), // BINPERSID
    0x61: () => {
      const item = pop()
      list(top()).push(item)
    }, // APPEND
    0x65: () => {
      const items = popMark()
      const target = list(top())
      for (const item of items) target.push(item)
    }, // APPENDS
    0x90: () => {
      const items = popMark()
      const target = list(top())
      for (const item of items) target.push(item)
    }, // ADDITEMS
    0x73: () => {
      const value = pop()
      const key = pop()
      setItems([key, value])
    }, // SETITEM
    0x75: () => setItems(popMark()), // SETITEMS
  }

  for (let count = 0; ; count++) {
    if (count === mostOpcodes) fail(`it has more than ${mostOpcodes} opcodes`)
    const opcode = bytes[take(1)]!
    if (opcode === 0x2e) break // STOP
    const run = opcodes[opcode]
    if (!run) {
      at--
      fail(`opcode 0x${opcode.toString(16).padStart(2, '0')} is not among those that checkpoints use`)
    }
    run!()
  }
  if (marked.length > 0) fail('it stops inside a mark')
  return { value: pop(), end: at }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A little-endian two's complement integer: a number where it fits exactly, else a bigint. */
function signedInteger(bytes: Uint8Array): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
  const signed = BigInt.asIntN(bytes.length * 8, value)
  const number = Number(signed)
  return Number.isSafeInteger(number) ? number : signed
}
