/** Random numbers and orders, determined by a few numbers: seed, epoch, rank, sample. */
import { createRandom, type Random } from '../../../random'

/** A seed that depends on all of the numbers: two of MurmurHash3's 32-bit mixes, 53 bits in all. */
export function mixSeeds(...numbers: readonly number[]): number {
  const mix = (start: number) =>
    numbers.reduce((state, number) => {
      let z = Math.imul(state ^ (number | 0) ^ Math.floor(number / 2 ** 32), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return (z ^ (z >>> 16)) + 0x9e3779b9
    }, start)
  return (mix(0x12345678) >>> 0) * 2 ** 21 + (mix(0x6789abcd) >>> 11)
}

/** Fisher and Yates's shuffle of 0 … length - 1. */
export function randomOrder(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

export function randomOf(...numbers: readonly number[]): Random {
  return createRandom(mixSeeds(...numbers))
}
