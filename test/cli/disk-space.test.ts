import { describe, expect, it } from 'vitest'
import { describeDiskUse } from '../../src/cli/disk-space'

const use = {
  bytesPerCheckpoint: 1.8e9,
  checkpoints: 3,
  bytesPerModel: 0.6e9,
  mostBytes: 7.2e9,
  existingBytes: 0,
  freeBytes: 100e9,
}

describe('describeDiskUse', () => {
  it('says what a run takes and what is free', () => {
    expect(describeDiskUse('runs/a', use)).toBe(
      'runs/a: 3 checkpoints are kept, 1.80 GB each; the run takes up to 7.80 GB; 100 GB is free.',
    )
    expect(describeDiskUse('runs/a', { ...use, checkpoints: 1, freeBytes: undefined })).toBe(
      'runs/a: 1 checkpoint is kept, 1.80 GB each; the run takes up to 7.80 GB.',
    )
  })

  it('warns if the files do not all fit', () => {
    expect(describeDiskUse('runs/a', { ...use, freeBytes: 5e9 })).toMatch(
      /up to 7\.80 GB, but only 5\.00 GB is free: some checkpoints will not be written\. Free some space, .* smaller "keep"\.$/,
    )
  })

  it('counts the files of an earlier part of the run as room', () => {
    expect(describeDiskUse('runs/a', { ...use, freeBytes: 5e9, existingBytes: 5e9 })).toMatch(/; 5\.00 GB is free\.$/)
  })

  it('refuses a run whose last checkpoint and model do not fit', () => {
    expect(() => describeDiskUse('runs/a', { ...use, freeBytes: 2e9 })).toThrow(
      expect.objectContaining({
        code: 'WRITE_FAILED',
        message: expect.stringMatching(/^runs\/a: .* need 2\.40 GB, but only 2\.00 GB is free\. Free some space/),
      }),
    )
  })
})
