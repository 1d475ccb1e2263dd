import { expect, it } from 'vitest'
import { joinHalves } from '../../src/tokenizer/join-halves'

it('joins low and high bytes that were packed separately', () => {
  const joined = joinHalves(Uint8Array.of(1, 3, 5, 2, 4, 6))
  expect([...new Uint8Array(joined.buffer)]).toEqual([1, 2, 3, 4, 5, 6])
})
