import { describe, expect, it } from 'vitest'
import { Queue } from '../src/rooms/queue.ts'
import type { Priority, Waiting } from '../src/wire/envelope.ts'
import type { Frame } from '../src/wire/framer.ts'

const frame = (text: string, binary = false): Frame => ({ bytes: Buffer.from(text), binary })
const as = (priority: Priority, key?: string): Waiting => ({ key, priority })

function drain(queue: Queue): string[] {
  const left: string[] = []
  for (let next = queue.take(); next; next = queue.take()) left.push(next.bytes.toString())
  return left
}

describe('a queue', () => {
  it('gives frames in the order of their priority, then of their coming', () => {
    const queue = new Queue()
    queue.put(frame('l1'), as('low'))
    queue.put(frame('n1'), undefined)
    queue.put(frame('h1'), as('high'))
    queue.put(frame('n2'), as('normal'))
    queue.put(frame('h2'), as('high'))
    expect(drain(queue)).toEqual(['h1', 'h2', 'n1', 'n2', 'l1'])
    expect(queue.take()).toBeUndefined()
  })

  it('holds the newest frame of a key only, with its priority, and counts it once', () => {
    const queue = new Queue()
    queue.put(frame('low'), as('low', 'pos'))
    queue.put(frame('between'), undefined)
    expect(queue.growth(frame('higher'), as('high', 'pos'))).toBe(3)
    queue.put(frame('higher'), as('high', 'pos'))
    expect(queue.bytes).toBe(13)
    expect(drain(queue)).toEqual(['higher', 'between'])
    expect(queue.bytes).toBe(0)
  })

  it('counts what it gives in either opcode: gwsocket frames come in both', () => {
    const queue = new Queue()
    queue.put(frame('text'), undefined)
    queue.put(frame('bytes', true), undefined)
    expect(queue.bytes).toBe(9)
    expect(drain(queue)).toEqual(['text', 'bytes'])
    expect(queue.bytes).toBe(0)
  })

  it('keeps a key apart from the numbers of frames without one', () => {
    const queue = new Queue()
    queue.put(frame('a'), undefined)
    queue.put(frame('b'), as('normal', '1'))
    queue.put(frame('c'), as('normal', ''))
    expect(drain(queue)).toEqual(['a', 'b', 'c'])
  })

  it('a mark stands behind all that waits and before all that comes', () => {
    const queue = new Queue()
    queue.put(frame('low'), as('low', 'k'))
    queue.put(frame('high'), as('high'))
    queue.putMark(frame('mark', true))
    expect(queue.bytes).toBe(11)
    queue.put(frame('urgent'), as('high'))
    queue.put(frame('low, newer'), as('low', 'k'))
    expect(drain(queue)).toEqual(['high', 'mark', 'urgent', 'low, newer'])
    expect(queue.bytes).toBe(0)
  })
})
