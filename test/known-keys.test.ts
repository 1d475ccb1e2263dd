import { describe, expect, it } from 'vitest'
import { checkKeys, nearestName, unknownKeys } from '../src/known-keys'

const known = {
  batchSize: 0,
  steps: 0,
  epochs: 0,
  out: 0,
  columns: { image: 0, raw: 0 },
  headers: 0,
  schedule: { kind: 0, learningRate: 0, warmup: 0, cooldown: 0 },
  optimizer: { betas: 0, epsilon: 0, weightDecay: 0, clipNorm: 0, emaDecay: 0 },
} as const

describe('nearestName', () => {
  const names = [...Object.keys(known), ...Object.keys(known.schedule), ...Object.keys(known.optimizer)]
  it.each([
    ['lr', 'learningRate'],
    ['wd', 'weightDecay'],
    ['bs', 'batchSize'],
    ['batch_size', 'batchSize'],
    ['batchsize', 'batchSize'],
    ['BATCH-SIZE', 'batchSize'],
    ['batch', 'batchSize'],
    ['eps', 'epsilon'],
    ['epoch', 'epochs'],
    ['num_epochs', 'epochs'],
    ['max_steps', 'steps'],
    ['warmup_steps', 'warmup'],
    ['shedule', 'schedule'],
    ['sechdule', 'schedule'],
    ['learningrat', 'learningRate'],
    ['colums', 'columns'],
    ['outdir', 'out'],
    ['ema', 'emaDecay'],
  ])('knows that %s means %s', (given, meant) => expect(nearestName(given, names)).toBe(meant))

  it.each(['zzz', '', 'x', 'temperature', '__proto__', '🙂'])('has no guess for %j', (given) =>
    expect(nearestName(given, names)).toBeUndefined(),
  )
})

describe('unknownKeys', () => {
  it('accepts known keys, free objects, and unknown keys that are undefined', () => {
    const value = { batchSize: 1, schedule: { kind: 'cosine' }, headers: { anything: 'goes' }, typo: undefined }
    expect(unknownKeys(value, known)).toEqual([])
  })

  it('names every unknown key at any depth', () => {
    expect(unknownKeys({ epoch: 1, schedule: { lr: 1 }, optimizer: { betas: [0, 0], wd: 1 } }, known)).toEqual([
      'epoch: unknown; did you mean epochs?',
      'schedule.lr: unknown; did you mean schedule.learningRate?',
      'optimizer.wd: unknown; did you mean optimizer.weightDecay?',
    ])
  })

  it('finds the right place of a key that stands in another object', () => {
    expect(unknownKeys({ lr: 1, schedule: { batchSize: 1 } }, known)).toEqual([
      'lr: unknown; did you mean schedule.learningRate?',
      'schedule.batchSize: unknown; did you mean batchSize?',
    ])
  })

  it('lists the known keys where none is near', () => {
    expect(unknownKeys({ columns: { zzz: 1 } }, known)).toEqual(['columns.zzz: unknown; known: image, raw.'])
  })

  it('shortens long keys, and finds no guess for them quickly', () => {
    const [problem] = unknownKeys({ ['x'.repeat(1e6)]: 1 }, known)
    expect(problem).toMatch(/^x+… \(999920 characters left out\) …x+: unknown; known: batchSize/)
  })

  it('does not take names of Object.prototype for known', () => {
    expect(unknownKeys(JSON.parse('{"constructor":1,"__proto__":1}') as object, known)).toHaveLength(2)
  })
})

describe('checkKeys', () => {
  it('returns the options, or throws the first problem under the name of the object', () => {
    const options = { kind: 'cosine' }
    expect(checkKeys('schedule', options, known.schedule)).toBe(options)
    const wrong = { ...options, learning_rate: 1 }
    expect(() => checkKeys('schedule', wrong, known.schedule)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: 'schedule.learning_rate: unknown; did you mean schedule.learningRate?',
      }),
    )
  })
})
