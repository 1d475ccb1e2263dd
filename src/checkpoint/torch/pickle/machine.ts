/** The state of a pickle that is being read: the bytes, the stack with its marks, the memo, and the meaning of names and calls. */
import type { PickleBytes } from './bytes'
import type { PickleGlobal } from './values'

/** Interprets the names, calls and references of a pickle. */
export interface PickleMeaning {
  /** A class or function on the allow-list; throws for every other. */
  global(module: string, name: string): PickleGlobal
  /** The inert value that replaces the call `callable(...args)`. */
  call(callable: PickleGlobal, args: readonly unknown[]): unknown
  /** The value after its state was set (`__setstate__`). */
  build(value: unknown, state: unknown): unknown
  /** The storage that a persistent id stands for. */
  persistent(id: unknown): unknown
}

export class PickleMachine {
  private readonly memo = new Map<number, unknown>()
  /** The items below each open mark. */
  private readonly marked: unknown[][] = []
  /** The items above the last mark. */
  private stack: unknown[] = []

  constructor(
    readonly input: PickleBytes,
    readonly meaning: PickleMeaning,
  ) {}

  push(value: unknown): void {
    this.stack.push(value)
  }

  pop(): unknown {
    return this.stack.length > 0 ? this.stack.pop() : this.input.fail('the stack is empty')
  }

  top(): unknown {
    return this.stack.length > 0 ? this.stack.at(-1) : this.input.fail('the stack is empty')
  }

  mark(): void {
    this.marked.push(this.stack)
    this.stack = []
  }

  /** Takes the items above the last mark, and the mark. */
  popMark(): unknown[] {
    const items = this.stack
    this.stack = this.marked.pop() ?? this.input.fail('there is no mark')
    return items
  }

  /** Stores the top item in the memo. */
  remember(id = this.memo.size): void {
    this.memo.set(id, this.top())
  }

  /** Pushes an item of the memo. */
  recall(id: number): void {
    this.push(this.memo.has(id) ? this.memo.get(id) : this.input.fail(`memo ${id} was never set`))
  }

  /** The value of the whole pickle. */
  result(): unknown {
    return this.marked.length > 0 ? this.input.fail('it stops inside a mark') : this.pop()
  }
}
