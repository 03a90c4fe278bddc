import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { History, type HistoryRule, type Kept } from '../src/wire/history.ts'

const frame = (text: string, rest: Partial<Kept> = {}): Kept => ({
  bytes: Buffer.from(text),
  binary: false,
  to: null,
  except: [],
  ...rest,
})

const all = (size: number): HistoryRule => ({ kind: 'all', size })
const texts = (history: History) => [...history].map(({ bytes }) => bytes.toString())

function kept(rule: HistoryRule, maxBytes: number, list: readonly string[]): History {
  const history = new History(rule, maxBytes)
  for (const text of list) history.keep(frame(text))
  return history
}

describe('what is wanted', () => {
  test.each<[HistoryRule, boolean, boolean]>([
    [{ kind: 'none' }, false, false],
    [{ kind: 'all', size: 3 }, true, true],
    [{ kind: 'tagged', size: 3 }, false, true],
  ])('%j: a plain frame %s, a tagged one %s', (rule, plain, tagged) => {
    const history = new History(rule, 100)
    expect(history.wants(false)).toBe(plain)
    expect(history.wants(true)).toBe(tagged)
  })

  it('is nothing at all where there is no rule', () => {
    expect(texts(kept({ kind: 'none' }, 100, ['a', 'b']))).toEqual([])
  })
})

describe('the last N frames', () => {
  test.each<[number, string[], string[]]>([
    [3, [], []],
    [3, ['a', 'b'], ['a', 'b']],
    [3, ['a', 'b', 'c'], ['a', 'b', 'c']],
    [3, ['a', 'b', 'c', 'd', 'e'], ['c', 'd', 'e']],
    [1, ['a', 'b'], ['b']],
    [2, ['a', '', ''], ['', '']],
  ])('of %d, given %j, are %j, oldest first', (size, given, expected) => {
    const history = kept(all(size), 1_000, given)
    expect(texts(history)).toEqual(expected)
    expect(history.length).toBe(expected.length)
  })

  it('can be read again and again, and go on in between', () => {
    const history = kept(all(2), 100, ['a', 'b'])
    expect(texts(history)).toEqual(['a', 'b'])
    expect(texts(history)).toEqual(['a', 'b'])
    history.keep(frame('c'))
    expect(texts(history)).toEqual(['b', 'c'])
  })

  it('may be the largest number there is', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => String(i))
    const history = kept(all(65_536), 16 * 1024 ** 2, many)
    expect(history.length).toBe(65_536)
    expect(texts(history)).toEqual(many.slice(-65_536))
  })
})

describe('the most bytes', () => {
  test.each<[number, string[], string[]]>([
    [6, ['abc', 'def'], ['abc', 'def']],
    [5, ['abc', 'def'], ['def']],
    [6, ['abc', 'def', 'g'], ['def', 'g']],
    [6, ['a', 'b', 'c', 'ddddd'], ['c', 'ddddd']],
    [6, ['a', 'b', 'dddddd'], ['dddddd']],
    [6, ['a', 'b', 'ddddddd'], []],
    [6, ['ddddddd', 'a'], ['a']],
    [4, ['€', 'é'], ['é']],
    [3, ['', '', 'abc', ''], ['', '', 'abc', '']],
  ])('of %d, given %j, leave %j: the oldest go first', (maxBytes, given, expected) => {
    expect(texts(kept(all(100), maxBytes, given))).toEqual(expected)
  })

  test('at every moment the last ones that fit are kept', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 150, maxLength: 250 })
    const limits = fc.constantFrom(10, 60, 100_000)
    fc.assert(
      fc.property(lengths, fc.constantFrom(1, 3, 70), limits, (lengths, size, maxBytes) => {
        const history = new History(all(size), maxBytes)
        let expected: string[] = []
        for (const [i, length] of lengths.entries()) {
          const text = String.fromCharCode(97 + (i % 26)).repeat(length)
          history.keep(frame(text))
          expected = [...expected, text].slice(-size)
          while (expected.join('').length > maxBytes) expected.shift()
          expect(texts(history).join('|')).toBe(expected.join('|'))
          expect(history.length).toBe(expected.length)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a kept frame', () => {
  it('is a copy, which does not keep the read that brought it', () => {
    const read = Buffer.from('...frame...')
    const history = new History(all(1), 100)
    history.keep(frame('', { bytes: read.subarray(3, 8) }))
    read.fill(0)
    expect(texts(history)).toEqual(['frame'])
  })

  it('keeps its address and its kind', () => {
    const history = new History(all(3), 100)
    history.keep(frame('a', { to: [3, 'team:red'], except: [4], binary: true }))
    history.keep(frame('b'))
    expect([...history]).toMatchObject([
      { to: [3, 'team:red'], except: [4], binary: true },
      { to: null, except: [], binary: false },
    ])
  })

  it('keeps them also when many have gone before it', () => {
    const history = new History(all(100), 1_000_000)
    for (let i = 0; i < 1_000; i++) history.keep(frame(String(i), { to: [i], except: [i + 1] }))
    expect([...history].map(({ bytes, to, except }) => [bytes.toString(), to, except])).toEqual(
      Array.from({ length: 100 }, (_, i) => [String(900 + i), [900 + i], [901 + i]]),
    )
  })
})
