/** The effect of each opcode on the machine. Opcodes that are not in the table are refused. */
import type { PickleMachine } from './machine'
import { Opcode } from './opcode'
import { PickleGlobal } from './values'

export type Instruction = (machine: PickleMachine) => void

const latestProtocol = 5

export const instructions: Readonly<Record<number, Instruction>> = {
  [Opcode.PROTO]: checkProtocol,
  [Opcode.FRAME]: ({ input }) => input.checkFrame(),
  [Opcode.MARK]: (machine) => machine.mark(),
  [Opcode.POP]: (machine) => void machine.pop(),
  [Opcode.POP_MARK]: (machine) => void machine.popMark(),

  [Opcode.EMPTY_DICT]: (machine) => machine.push(new Map()),
  [Opcode.EMPTY_LIST]: (machine) => machine.push([]),
  [Opcode.EMPTY_TUPLE]: (machine) => machine.push([]),
  [Opcode.EMPTY_SET]: (machine) => machine.push([]),
  [Opcode.DICT]: dict,
  [Opcode.LIST]: (machine) => machine.push(machine.popMark()),
  [Opcode.TUPLE]: (machine) => machine.push(machine.popMark()),
  [Opcode.TUPLE1]: tuple(1),
  [Opcode.TUPLE2]: tuple(2),
  [Opcode.TUPLE3]: tuple(3),
  [Opcode.FROZENSET]: (machine) => machine.push(machine.popMark()),
  [Opcode.APPEND]: (machine) => append(machine, [machine.pop()]),
  [Opcode.APPENDS]: (machine) => append(machine, machine.popMark()),
  [Opcode.ADDITEMS]: (machine) => append(machine, machine.popMark()),
  [Opcode.SETITEM]: (machine) => setItems(machine, [machine.pop(), machine.pop()].reverse()),
  [Opcode.SETITEMS]: (machine) => setItems(machine, machine.popMark()),

  [Opcode.BINUNICODE]: (machine) => machine.push(machine.input.text(machine.input.uint32())),
  [Opcode.SHORT_BINUNICODE]: (machine) => machine.push(machine.input.text(machine.input.uint8())),
  [Opcode.BINUNICODE8]: (machine) => machine.push(machine.input.text(machine.input.length64())),
  [Opcode.BINSTRING]: (machine) => machine.push(machine.input.byteString(machine.input.uint32())),
  [Opcode.SHORT_BINSTRING]: (machine) => machine.push(machine.input.byteString(machine.input.uint8())),
  [Opcode.BINBYTES]: (machine) => machine.push(machine.input.blob(machine.input.uint32())),
  [Opcode.SHORT_BINBYTES]: (machine) => machine.push(machine.input.blob(machine.input.uint8())),
  [Opcode.BINBYTES8]: (machine) => machine.push(machine.input.blob(machine.input.length64())),

  [Opcode.BININT]: (machine) => machine.push(machine.input.int32()),
  [Opcode.BININT1]: (machine) => machine.push(machine.input.uint8()),
  [Opcode.BININT2]: (machine) => machine.push(machine.input.uint16()),
  [Opcode.LONG1]: (machine) => machine.push(machine.input.integer(machine.input.uint8())),
  [Opcode.LONG4]: (machine) => machine.push(machine.input.integer(machine.input.uint32())),
  [Opcode.BINFLOAT]: (machine) => machine.push(machine.input.float64()),
  [Opcode.NONE]: (machine) => machine.push(null),
  [Opcode.NEWTRUE]: (machine) => machine.push(true),
  [Opcode.NEWFALSE]: (machine) => machine.push(false),

  [Opcode.GLOBAL]: (machine) => nameGlobal(machine, machine.input.line(), machine.input.line()),
  [Opcode.STACK_GLOBAL]: stackGlobal,
  [Opcode.REDUCE]: call,
  [Opcode.NEWOBJ]: call,
  [Opcode.BUILD]: build,
  [Opcode.BINPERSID]: (machine) => machine.push(machine.meaning.persistent(machine.pop())),
  [Opcode.BINPUT]: (machine) => machine.remember(machine.input.uint8()),
  [Opcode.LONG_BINPUT]: (machine) => machine.remember(machine.input.uint32()),
  [Opcode.MEMOIZE]: (machine) => machine.remember(),
  [Opcode.BINGET]: (machine) => machine.recall(machine.input.uint8()),
  [Opcode.LONG_BINGET]: (machine) => machine.recall(machine.input.uint32()),
}

function checkProtocol({ input }: PickleMachine): void {
  const protocol = input.uint8()
  if (protocol > latestProtocol) input.fail(`protocol ${protocol} is unknown`)
}

function tuple(length: number): Instruction {
  return (machine) => machine.push(Array.from({ length }, () => machine.pop()).reverse())
}

function dict(machine: PickleMachine): void {
  const items = machine.popMark()
  machine.push(new Map())
  setItems(machine, items)
}

/** Appends to the list at the top. Sets are decoded as lists too. */
function append(machine: PickleMachine, items: readonly unknown[]): void {
  const target = machine.top()
  if (!Array.isArray(target)) return machine.input.fail('it appends to a value that is not a list')
  for (const item of items) target.push(item)
}

/** Sets items, a key and a value in turn, of the dict at the top. */
function setItems(machine: PickleMachine, items: readonly unknown[]): void {
  const target = machine.top()
  if (!(target instanceof Map)) return machine.input.fail('it sets items of a value that is not a dict')
  if (items.length % 2) machine.input.fail('a dict has a key without a value')
  for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1])
}

function stackGlobal(machine: PickleMachine): void {
  const [name, module] = [machine.pop(), machine.pop()]
  if (typeof name !== 'string' || typeof module !== 'string') return machine.input.fail('a global has no name')
  nameGlobal(machine, module, name)
}

function nameGlobal(machine: PickleMachine, module: string, name: string): void {
  machine.push(machine.meaning.global(module, name))
}

function call(machine: PickleMachine): void {
  const args = machine.pop()
  if (!Array.isArray(args)) return machine.input.fail('a call has no tuple of arguments')
  const callable = machine.pop()
  if (!(callable instanceof PickleGlobal)) return machine.input.fail('it calls a value that is not a function')
  machine.push(machine.meaning.call(callable, args as unknown[]))
}

function build(machine: PickleMachine): void {
  const state = machine.pop()
  machine.push(machine.meaning.build(machine.pop(), state))
}
