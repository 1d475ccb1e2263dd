/** Decodes Python pickles into inert data: an interpreter of the few opcodes that checkpoints use. It executes nothing. */
import { PickleBytes } from './bytes'
import { instructions } from './instructions'
import { PickleMachine, type PickleMeaning } from './machine'
import { Opcode } from './opcode'

/** The source of the bytes, and the file's name for errors. */
export interface PickleInput {
  readonly file: string
  readonly bytes: Uint8Array
  /** Where this pickle starts; a file may contain several in a row. */
  readonly start?: number
}

/** A training checkpoint of the largest CLIP model has about 100,000. Each opcode is one byte, but may take much more memory. */
const mostOpcodes = 5_000_000

/**
 * Runs a pickle to its STOP.
 * @returns the value, and where the pickle ended
 * @throws DreamLIPError `PICKLE_INVALID` with the byte offset, `PICKLE_FORBIDDEN` naming a global outside the allow-list
 */
export function readPickle(
  { file, bytes, start = 0 }: PickleInput,
  meaning: PickleMeaning,
): { value: unknown; end: number } {
  const input = new PickleBytes(file, bytes, start)
  const machine = new PickleMachine(input, meaning)
  for (let count = 0; count < mostOpcodes; count++) {
    const opcode = input.uint8()
    if (opcode === Opcode.STOP) return { value: machine.result(), end: input.position }
    const run = instructions[opcode]
    if (!run) return refuse(input, opcode)
    run(machine)
  }
  return input.fail(`it has more than ${mostOpcodes} opcodes`)
}

function refuse(input: PickleBytes, opcode: number): never {
  const shown = opcode.toString(16).padStart(2, '0')
  return input.fail(`checkpoints do not use opcode 0x${shown}`, input.position - 1)
}
