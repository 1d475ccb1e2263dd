/** Seeded random numbers: the same seed gives the same numbers on every machine. */
import { checkSeed } from './check-arguments'

/** A stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Normal, with mean 0 and standard deviation 1. */
  normal(): number
}

/**
 * xoshiro128** (Blackman and Vigna, 2018), its state filled from the seed by splitmix32.
 * @param seed any safe integer
 * @throws DreamLIPError `INVALID_ARGUMENT`
 */
export function createRandom(seed: number): Random {
  checkSeed('seed', seed)
  const next32 = splitmix32(seed)
  let [a, b, c, d] = [next32(), next32(), next32(), next32()]
  let spare: number | undefined

  function uniform(): number {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result / 2 ** 32
  }

  /** Marsaglia's polar method. Engines may differ in the last bit of its logarithm. */
  function normal(): number {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square)
        spare = y * factor
        return x * factor
      }
    }
  }

  return { uniform, normal }
}

/** Draws `count` different numbers below `choices`, in random order. */
export function drawDistinct(choices: number, count: number, random: Random): number[] {
  const order = Array.from({ length: choices }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random.uniform() * (choices - i))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order.slice(0, count)
}

function splitmix32(seed: number): () => number {
  // Both halves of a seed beyond 32 bits count.
  let state = mix(seed | 0) ^ Math.floor(seed / 2 ** 32)
  return () => {
    state = (state + 0x9e3779b9) | 0
    return mix(state)
  }
}

/** MurmurHash3's finaliser: spreads every bit of the input over the output. */
function mix(value: number): number {
  let z = value
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return z ^ (z >>> 16)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
