import { describe, expect, it } from 'vitest'
import { bar, clock } from '../src/bar'

describe('bar', () => {
  it.each([
    [0, '░░░░'],
    [0.5, '██░░'],
    [1, '████'],
    [1.5, '████'],
  ])('fills a share of %d', (share, text) => {
    expect(bar(share, 4)).toBe(text)
  })
})

describe('clock', () => {
  it.each([
    [0, '0:00'],
    [4.2, '0:05'],
    [65, '1:05'],
    [3605, '1:00:05'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(clock(seconds)).toBe(text)
  })
})
