import { describe, expect, it } from 'vitest'
import { createRoom } from '../../src/concurrency/room'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a room', () => {
  it('lets work in, in order, as others leave', async () => {
    const room = createRoom(10)
    const inside: string[] = []
    const enter = (name: string, amount: number) => room.enter(amount).then((leave) => (inside.push(name), leave))
    const [a] = await Promise.all([enter('a', 4), enter('b', 4)])
    const c = enter('c', 4)
    const d = enter('d', 1)
    await turn()
    // d would fit, and waits for its turn.
    expect(inside).toEqual(['a', 'b'])
    expect(room.taken).toBe(8)
    a()
    a()
    const leaves = await Promise.all([c, d])
    expect(inside).toEqual(['a', 'b', 'c', 'd'])
    expect(room.taken).toBe(9)
    leaves.forEach((leave) => leave())
    expect(room.taken).toBe(4)
  })

  it('always lets two in, whatever they take', async () => {
    const room = createRoom(10)
    const leave = await room.enter(100)
    await room.enter(100)
    let third = false
    void room.enter(1).then(() => (third = true))
    await turn()
    expect(third).toBe(false)
    leave()
    await turn()
    expect(third).toBe(true)
  })

  it('rejects at once when aborted, and lets smaller ones behind in', async () => {
    const room = createRoom(10)
    const controller = new AbortController()
    await Promise.all([room.enter(4), room.enter(4)])
    const large = room.enter(5, controller.signal)
    const small = room.enter(2)
    controller.abort(new Error('enough'))
    await expect(large).rejects.toThrow('enough')
    await small
    expect(room.taken).toBe(10)
  })
})
