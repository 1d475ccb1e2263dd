import { describe, expect, it } from 'vitest'
import type { Graph } from '../../src/compile/graph'
import { canWriteOver } from '../../src/compile/in-place'

/** A graph of lines such as `next = Add(weight, step)`. */
function graph(...lines: string[]): Graph {
  const nodes = lines.map((line) => {
    const [, output, op, inputs] = /^(\S+) = (\w+)\((.*)\)$/.exec(line)!
    return { op: op!, domain: '', inputs: inputs!.split(', '), outputs: [output!], attributes: {} }
  })
  return { nodes, inputs: [], outputs: [], constants: [] }
}

describe('writing a result over an input', () => {
  it('is safe if the input is read by the result’s own operation', () => {
    expect(canWriteOver(graph('next = Add(weight, step)'), ['weight'], 'next')).toBe(true)
  })

  it('is safe if everything that reads the input leads to the result', () => {
    const made = graph('y = MatMul(x, weight)', 'loss = Sum(y)', 'step = Mul(loss, weight)', 'next = Sub(weight, step)')
    expect(canWriteOver(made, ['weight'], 'next')).toBe(true)
  })

  it('is refused if something else reads the input, which may run later', () => {
    const made = graph('next = Sub(weight, step)', 'length = Norm(weight)')
    expect(canWriteOver(made, ['weight'], 'next')).toBe(false)
  })

  it('is refused if something else reads a view of the input', () => {
    const made = graph('view = Reshape(weight, shape)', 'next = Sub(view, step)', 'length = Norm(view)')
    expect(canWriteOver(made, ['weight'], 'next')).toBe(false)
  })

  it('is refused if something else reads another part of the memory', () => {
    const made = graph('next = Sub(weight, step)', 'length = Norm(rows)')
    expect(canWriteOver(made, ['weight', 'rows'], 'next')).toBe(false)
  })

  it('is refused for a result that no operation makes', () => {
    expect(canWriteOver(graph('other = Neg(weight)'), ['weight'], 'next')).toBe(false)
  })
})
