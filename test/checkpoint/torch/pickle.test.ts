import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../../src/checkpoint/read-checkpoint'
import {
  type Code,
  dict,
  global,
  int,
  long,
  pickle,
  program,
  tensor,
  torchFile,
  tuple,
  uint32,
  uint64,
  unicode,
} from './builders/pickle'

/** Opens a PyTorch file with this pickle. */
function open(data: Uint8Array) {
  return readCheckpoint(torchFile(data))
}

async function expectRefusal(data: Uint8Array, message: RegExp, code = 'PICKLE_INVALID'): Promise<void> {
  await expect(open(data)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
}

/** A state_dict with one good tensor, then something else. */
function besideTensor(...code: Code) {
  return program('}(', unicode('w'), tensor(), unicode('x'), ...code, 'u')
}

describe('a well-formed pickle', () => {
  it('gives its tensors and metadata', async () => {
    const data = program(
      dict([
        ['epoch', int(7)],
        ['name', unicode('ü')],
        ['state_dict', dict([['w', tensor()]])],
      ]),
    )
    const { tensors, metadata } = await open(data)
    expect({ ...metadata }).toEqual({ epoch: 7, name: 'ü' })
    expect(await tensors.get('w')!.read()).toEqual(Float32Array.of(1, 2, 3, 4))
  })

  it('opens in protocol 4', async () => {
    const name = (text: string) => pickle(0x8c, text.length, text, 0x94)
    const ordered = pickle(name('collections'), name('OrderedDict'), 0x93, ')R')
    const frame = pickle(ordered, '(', name('w'), tensor(), 'u.')
    const data = pickle(0x80, 4, 0x95, uint64(BigInt(frame.length)), frame)
    expect([...(await open(data)).tensors.keys()]).toEqual(['w'])
  })
})

describe('a broken or hostile pickle', () => {
  it.each([
    ['posix', 'system'],
    ['os', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['builtins', 'getattr'],
    ['__builtin__', 'eval'],
    ['subprocess', 'Popen'],
    ['runpy', '_run_code'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['numpy', 'load'],
  ])('is refused for calling the function %s.%s, which is never resolved', async (module, name) => {
    const call = pickle(global(module, name), tuple(unicode('touch /tmp/owned')), 'R')
    await expectRefusal(besideTensor(call), /asks for .*nothing was executed/, 'PICKLE_FORBIDDEN')
    await expect(open(besideTensor(call))).rejects.toThrow(name)
  })

  it('is refused in the same way where STACK_GLOBAL names the function', async () => {
    const stacked = pickle(0x8c, 2, 'os', 0x8c, 6, 'system', 0x93)
    await expectRefusal(besideTensor(stacked), /os\.system/, 'PICKLE_FORBIDDEN')
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'does not find a function in the property %s of objects',
    async (name) => {
      await expectRefusal(besideTensor(global('', name)), /asks for/, 'PICKLE_FORBIDDEN')
      await expectRefusal(besideTensor(global(name, '')), /asks for/, 'PICKLE_FORBIDDEN')
    },
  )

  it('is refused if it names an unknown class', async () => {
    const object = pickle(global('my.package', 'Model'), ')', 0x81, '}b')
    await expectRefusal(besideTensor(object), /my\.package\.Model/, 'PICKLE_FORBIDDEN')
  })

  it('is refused if it names a TorchScript class outside TorchScript', async () => {
    await expectRefusal(besideTensor(global('__torch__', 'Model')), /__torch__\.Model/, 'PICKLE_FORBIDDEN')
  })

  it('is refused before a payload that precedes a broken opcode runs', async () => {
    await expectRefusal(
      program(global('os', 'system'), tuple(unicode('x')), 'R', 0xff),
      /os\.system/,
      'PICKLE_FORBIDDEN',
    )
    await expectRefusal(besideTensor(0xff), /byte \d+: checkpoints do not use opcode 0xff/)
  })

  it.each([
    ['BINUNICODE', pickle('X', uint32(0xffffffff), 'abc')],
    ['BINUNICODE8', pickle(0x8d, uint64(2n ** 63n), 'abc')],
    ['BINBYTES', pickle('B', uint32(0x7fffffff))],
    ['BINBYTES8', pickle(0x8e, uint64(2n ** 40n))],
    ['SHORT_BINUNICODE', pickle(0x8c, 255)],
    ['LONG4', pickle(0x8b, uint32(0x7fffffff))],
    ['BININT', pickle('J', 1)],
    ['a name', pickle('cos')],
  ])('is refused if the length of %s extends beyond the end', async (_, code) => {
    await expectRefusal(pickle(0x80, 2, code), /byte \d+/)
  })

  it('is refused if it reads a memo id that was never set', async () => {
    await expectRefusal(besideTensor('h', 200), /memo 200 was never set/)
    await expectRefusal(besideTensor('j', uint32(0xffffffff)), /memo 4294967295/)
  })

  it('does not allocate memory for a memo id of 2^32 - 1', async () => {
    const { tensors } = await open(besideTensor(']r', uint32(0xffffffff)))
    expect(tensors.size).toBe(1)
  })

  it.each([
    ['POP', program('0')],
    ['TUPLE2', program(int(1), 0x86)],
    ['REDUCE', program(')R')],
    ['BUILD', program('}b')],
    ['APPEND', program(int(1), 'a')],
    ['SETITEM', program('}', int(1), 's')],
    ['STOP', program()],
    ['BINPERSID', program('Q')],
  ])('is refused if %s finds too little on the stack', async (_, data) => {
    await expectRefusal(data, /stack is empty|not a function|not a dict|not a list/)
  })

  it.each([
    ['TUPLE', program(int(1), 't')],
    ['SETITEMS', program('}', 'u')],
    ['APPENDS', program(']', 'e')],
  ])('is refused if %s finds no MARK', async (_, data) => {
    await expectRefusal(data, /no mark/)
  })

  it('is refused without a STOP, and with a STOP inside a mark', async () => {
    await expectRefusal(pickle(0x80, 2, '}'), /are left/)
    await expectRefusal(program('}('), /inside a mark|stack is empty/)
  })

  it('is refused if a dict gets a key without a value', async () => {
    await expectRefusal(program('}(', int(1), 'u'), /key without a value/)
  })

  it('opens with a list or dict that contains itself, and is refused if the state_dict does', async () => {
    expect((await open(besideTensor(']q', 1, 'h', 1, 'a'))).tensors.size).toBe(1)
    expect((await open(besideTensor('}q', 1, unicode('self'), 'h', 1, 's'))).tensors.size).toBe(1)
    await expectRefusal(program('}q', 1, unicode('state_dict'), 'h', 1, 's'), /no named tensors/, 'FORMAT_UNKNOWN')
  })

  it('opens with nested lists that would expand to 10^60 items', async () => {
    const levels = Array.from({ length: 60 }, (_, i) =>
      pickle('](', ...Array<string>(10).fill(`h${String.fromCharCode(i)}`), `eq${String.fromCharCode(i + 1)}`),
    )
    const laughs = pickle(']q', 0, ...levels.flatMap((level) => [level]))
    const data = program('}(', unicode('w'), tensor(), 'u', '(', laughs, '1')
    expect((await open(data)).tensors.size).toBe(1)
  })

  it('does not expand such lists in place of a size, a type or a text', async () => {
    const levels = Array.from({ length: 60 }, (_, i) =>
      pickle('](', ...Array<string>(10).fill(`h${String.fromCharCode(i)}`), `eq${String.fromCharCode(i + 1)}`),
    )
    const laughs = pickle(']q', 0, ...levels)
    await expectRefusal(besideTensor(tensor({ shape: [laughs] })), /shape \[a list/, 'TENSOR_INVALID')
    await expectRefusal(
      besideTensor(global('_codecs', 'encode'), tuple(laughs), 'R'),
      /encodes a value that is not text/,
    )
    const type = pickle(global('numpy', 'dtype'), tuple(laughs), 'R')
    expect((await open(besideTensor(type))).tensors.size).toBe(1)
  })

  it('is refused if it copies a dict, a text or an array over and over', async () => {
    const items = 'N'.repeat(2000)
    const pairs = pickle('](', ...[...items].map((_, i) => pickle(int(i), 'N', 0x86)), 'eq', 1)
    const copies = (call: Uint8Array) => besideTensor('(', ...Array<Uint8Array>(10_000).fill(call), 't')
    const ordered = pickle(global('collections', 'OrderedDict'), 'h', 1, 0x85, 'R')
    const encoded = pickle(global('_codecs', 'encode'), 'h', 1, 0x85, 'R')
    await expectRefusal(program(pairs, copies(ordered).slice(2)), /copies its own data too often/)
    await expectRefusal(program(unicode('x'.repeat(50_000)), 'q', 1, copies(encoded).slice(2)), /too often/)
  })

  it('is refused if state_dicts are nested 100,000 deep', async () => {
    const depth = 100_000
    const level = pickle('}', unicode('state_dict'))
    const nested = program(Buffer.concat(Array<Uint8Array>(depth).fill(level)), 'N', 's'.repeat(depth))
    await expectRefusal(nested, /no named tensors/, 'FORMAT_UNKNOWN')
  })

  it('is refused with more than five million opcodes', async () => {
    await expectRefusal(besideTensor('N0'.repeat(2_600_000), 'N'), /more than 5000000 opcodes/)
  })

  it('reads integers of 255 bytes and negative ones, and is refused with one of a megabyte', async () => {
    const huge = pickle(0x8a, 255, new Uint8Array(255).fill(0x7f))
    expect((await open(besideTensor(huge))).tensors.size).toBe(1)
    const { metadata } = await open(besideTensor(long(-5n)))
    expect(metadata['x']).toBe(-5)
    await expectRefusal(besideTensor(0x8b, uint32(1_000_000), new Uint8Array(1_000_000)), /integer of 1000000 bytes/)
  })

  it('opens with 200,000 APPENDS', async () => {
    const data = besideTensor(']', '(e'.repeat(200_000), '(', 'N'.repeat(200_000), 'e')
    expect((await open(data)).tensors.size).toBe(1)
  })

  it.each(['__proto__', 'constructor', 'toString'])('treats the key %s like any other key', async (name) => {
    const { metadata, tensors } = await open(
      program(
        dict([
          ['w', tensor()],
          [name, int(5)],
          [`${name}.w`, tensor()],
        ]),
      ),
    )
    expect(Object.getPrototypeOf(metadata)).toBeNull()
    expect(metadata[name]).toBe(5)
    expect([...tensors.keys()]).toEqual(['w', `${name}.w`])
    expect(({} as Record<string, unknown>)['w']).toBeUndefined()
  })

  it('is refused with a text that is not UTF-8', async () => {
    await expectRefusal(besideTensor(unicode(Uint8Array.of(0xff, 0xfe))), /byte \d+: a text is not valid UTF-8/)
  })

  it('is refused with a FRAME that is longer than the file', async () => {
    await expectRefusal(pickle(0x80, 4, 0x95, uint64(2n ** 50n), '}.'), /length of|frame of/)
    await expectRefusal(pickle(0x80, 4, 0x95, uint64(10n), '}.'), /frame of 10 bytes extends beyond the end/)
  })

  it('is refused if two tensors have the same name once the prefix of training is removed', async () => {
    const data = program(
      dict([
        ['w', tensor()],
        ['module.w', tensor()],
      ]),
    )
    await expectRefusal(data, /two tensors have the name 'w'/, 'TENSOR_INVALID')
  })

  it('is refused if its protocol is unknown', async () => {
    await expectRefusal(pickle(0x80, 9, '}.'), /protocol 9/)
  })
})
