import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { mayHoldEnvelope } from '../src/wire/envelope.ts'
import { type Batch, type Cutting, createFramer, type Framer } from '../src/wire/framer.ts'
import { asUtf8, cutAt, gwFrame, type Words } from './reference.ts'

const LINE: Cutting = { kind: 'line' }
const CHUNK: Cutting = { kind: 'chunk' }
const GWSOCKET: Cutting = { kind: 'gwsocket' }
const any = (...chars: string[]): Cutting => ({ kind: 'any', bytes: chars.map((char) => char.charCodeAt(0)) })

interface Options {
  readonly cutting: Cutting
  readonly binary?: boolean
  readonly maxFrame?: number
}

interface Seen {
  readonly frames: { text: string; bytes: string; binary: boolean; to: number }[]
  readonly batches: Batch[]
  readonly skipped: { why: string; head: string }[]
  repaired: number
}

/** Feeds a framer and keeps what it gives. `end: false` leaves the stream open. */
function feed(options: Options, chunks: readonly (Buffer | string)[], { end = true } = {}): Seen {
  const seen: Seen = { frames: [], batches: [], skipped: [], repaired: 0 }
  const framer: Framer = createFramer(
    { binary: false, maxFrame: 1_000_000, ...options },
    {
      skipped: (why, head) => seen.skipped.push({ why, head: head.toString('latin1') }),
      repaired: () => seen.repaired++,
    },
  )
  const take = (batch: Batch) => {
    seen.batches.push(batch)
    for (const { bytes, binary, to } of batch.frames) {
      seen.frames.push({ text: bytes.toString(), bytes: bytes.toString('latin1'), binary, to })
    }
  }
  for (const chunk of chunks) take(framer.push(Buffer.from(chunk)))
  if (end) take(framer.end())
  return seen
}

const texts = (seen: Seen) => seen.frames.map(({ text }) => text)

/** Every way to cut a stream once, each byte alone, and, where there are few, every way to cut it twice. */
function* splits(stream: Buffer): Generator<Buffer[]> {
  yield [stream]
  yield [...stream].map((byte) => Buffer.from([byte]))
  for (let a = 0; a <= stream.length; a++) {
    yield [stream.subarray(0, a), stream.subarray(a)]
    if (stream.length > 40) continue
    for (let b = a; b <= stream.length; b++) yield [stream.subarray(0, a), stream.subarray(a, b), stream.subarray(b)]
  }
}

function cutEverywhere(options: Options, stream: Buffer | string, expected: string[], skipped = 0): void {
  for (const chunks of splits(Buffer.from(stream))) {
    const seen = feed(options, chunks)
    const how = chunks.map((chunk) => chunk.toString('hex')).join('|')
    expect(texts(seen), how).toEqual(expected)
    expect(seen.skipped.length, how).toBe(skipped)
  }
}

/** Cuts a stream at these places, in any order, some of them beyond its end. */
function cutAtPlaces(stream: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b)
  return [...sorted, stream.length].map((place, i) => stream.subarray(sorted[i - 1] ?? 0, place))
}

const places = fc.array(fc.nat(200), { maxLength: 8 })
/** Bytes that mean something to a framer, an envelope or a decoder, and a few that mean nothing. */
const telling = [...Buffer.from('\n\n\r\0,;a"_\\u{é€😀'), 0xff, 0xc0, 0xe0, 0xf4, 0x80]
const bytes = fc
  .oneof(
    fc.array(fc.constantFrom(...telling), { maxLength: 60 }),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }),
  )
  .map((list) => Buffer.from(list))

describe('lines', () => {
  test.each<[string, string, string[]]>([
    ['a newline ends a frame', 'a\nbc\n', ['a', 'bc']],
    ['a carriage return before a newline goes with it', 'a\r\nb\r\n', ['a', 'b']],
    ['only one carriage return goes', 'a\r\r\n', ['a\r']],
    ['a carriage return elsewhere stays', 'a\rb\n\rc\n', ['a\rb', '\rc']],
    ['an empty line is an empty frame', '\n\na\n\r\n', ['', '', 'a', '']],
    ['an unterminated last line is a frame', 'a\nb', ['a', 'b']],
    ['nothing after the last newline is no frame', 'a\n', ['a']],
    ['no output is no frame', '', []],
    ['NUL, tabs and delimiters of other modes stay', 'a\0b\t,;\n', ['a\0b\t,;']],
    ['characters of several bytes stay whole', 'é\n€😀\n', ['é', '€😀']],
    ['a carriage return that no newline followed stays', 'a\nb\r', ['a', 'b\r']],
  ])('%s, wherever the stream is cut', (_name, stream, expected) => {
    cutEverywhere({ cutting: LINE }, stream, expected)
  })

  it('gives a frame as soon as its newline is there', () => {
    expect(texts(feed({ cutting: LINE }, ['a', 'b\nc'], { end: false }))).toEqual(['ab'])
  })

  it('ends with nothing where the last line was ended', () => {
    const framer = createFramer({ cutting: LINE, binary: false, maxFrame: 9 }, { skipped() {}, repaired() {} })
    expect(framer.push(Buffer.from('a')).frames).toEqual([])
    expect(framer.push(Buffer.from('\n')).frames).toHaveLength(1)
    expect(framer.end().frames).toEqual([])
  })

  it('keeps pace with a long line that comes in many pieces', () => {
    const chunks = Array.from({ length: 4_000 }, () => Buffer.alloc(1_000, 'x'))
    const seen = feed({ cutting: LINE, maxFrame: 10_000_000 }, [...chunks, '\n'])
    expect(seen.frames.map(({ bytes }) => bytes.length)).toEqual([4_000_000])
  })

  it('marks frames as the mode wants and addresses nobody', () => {
    expect(feed({ cutting: LINE }, ['a\n']).frames).toMatchObject([{ binary: false, to: 0 }])
    expect(feed({ cutting: LINE, binary: true }, ['a\n']).frames).toMatchObject([{ binary: true, to: 0 }])
  })
})

describe('any of several delimiters', () => {
  test.each<[string, Cutting, string, string[]]>([
    ['one character ends frames instead of a newline', any(','), 'a,b\nc,', ['a', 'b\nc']],
    ['each of several ends a frame', any(',', ';'), 'a,b;c', ['a', 'b', 'c']],
    ['two in a row are an empty frame between', any(',', ';'), ',;a', ['', '', 'a']],
    ['a carriage return before a delimiter stays', any(';'), 'a\r;b\r\n;', ['a\r', 'b\r\n']],
    ['a newline among others takes no carriage return along', any('\n', ';'), 'a\r\nb;', ['a\r', 'b']],
    ['NUL ends a frame', any('\0'), 'a\nb\0c\0', ['a\nb', 'c']],
    ['an unterminated last frame counts', any('\0'), 'a\0b', ['a', 'b']],
  ])('%s, wherever the stream is cut', (_name, cutting, stream, expected) => {
    cutEverywhere({ cutting }, stream, expected)
  })

  it('cuts binary output at a delimiter and leaves the bytes alone', () => {
    const seen = feed({ cutting: any('\0'), binary: true }, [Buffer.from([0xff, 0xc3, 0, 0x80, 13, 0])])
    expect(seen.frames.map((frame) => frame.bytes)).toEqual(['\xff\xc3', '\x80\r'])
    expect(seen.repaired).toBe(0)
  })

  it('gives text that is UTF-8 even where a delimiter is a byte of a longer character', () => {
    for (const chunks of splits(Buffer.from('aèbèc'))) {
      const { batches } = feed({ cutting: { kind: 'any', bytes: [0xc3] } }, chunks)
      for (const frame of batches.flatMap(({ frames }) => frames)) expect(isUtf8(frame.bytes)).toBe(true)
    }
  })
})

describe('the longest frame', () => {
  const max = 5
  test.each<[string, Cutting, string, string[], number]>([
    ['as long as allowed passes', LINE, 'abcde\nf\n', ['abcde', 'f'], 0],
    ['as long as allowed passes with a carriage return', LINE, 'abcde\r\nf\n', ['abcde', 'f'], 0],
    ['one byte more is skipped', LINE, 'abcdef\ng\n', ['g'], 1],
    ['one byte more is skipped with a carriage return', LINE, 'abcdef\r\ng\n', ['g'], 1],
    ['a carriage return that stays counts', LINE, 'abcd\r\r\nabcde\r\r\ng\n', ['abcd\r', 'g'], 1],
    ['each of two is skipped', LINE, 'abcdefghij\nabcdef\ng\n', ['g'], 2],
    ['a frame before and after it arrive', LINE, 'a\nbbbbbbbbbbbbbbbb\nc\n', ['a', 'c'], 1],
    ['an unterminated last one as long as allowed passes', LINE, 'a\nabcde', ['a', 'abcde'], 0],
    ['an unterminated last one beyond is skipped', LINE, 'a\nabcdef', ['a'], 1],
    ['an unterminated last one far beyond is skipped', LINE, 'a\nabcdefghijklmnop', ['a'], 1],
    ['the limit counts bytes, not characters', LINE, '€é\n€€\n', ['€é'], 1],
    ['other delimiters: as long as allowed passes', any(';'), 'abcde;f', ['abcde', 'f'], 0],
    ['other delimiters: one byte more is skipped', any(';'), 'abcdef;g', ['g'], 1],
    ['other delimiters: a carriage return counts', any(';'), 'abcde\r;g', ['g'], 1],
  ])('%s', (_name, cutting, stream, expected, skipped) => {
    cutEverywhere({ cutting, maxFrame: max }, stream, expected, skipped)
  })

  it('is told of once, with its beginning, while the stream goes on', () => {
    const seen = feed({ cutting: LINE, maxFrame: max }, ['ok\nabc', ...Array(50).fill('defghijkl'), '\nnext\n'])
    expect(texts(seen)).toEqual(['ok', 'next'])
    expect(seen.skipped).toHaveLength(1)
    expect(seen.skipped[0]!.head).toMatch(/^abc/)
    expect(seen.skipped[0]!.why).toContain('5 bytes')
  })

  it('is told of before its end comes, for it may never come', () => {
    expect(feed({ cutting: LINE, maxFrame: max }, ['abcdefgh'], { end: false }).skipped).toHaveLength(1)
  })

  it('shows a short beginning of a frame that is long', () => {
    const { skipped } = feed({ cutting: LINE, maxFrame: 500 }, [`${'x'.repeat(100_000)}\n`])
    expect(skipped[0]!.head.length).toBeLessThanOrEqual(200)
  })
})

describe('text that is not UTF-8', () => {
  const invalid = Buffer.from([0x61, 0xff, 0x62, 10, 0x63, 10])

  it('is repaired frame by frame, wherever the stream is cut', () => {
    for (const chunks of splits(invalid)) {
      const seen = feed({ cutting: LINE }, chunks)
      expect(texts(seen)).toEqual(['a\ufffdb', 'c'])
      expect(seen.repaired).toBe(1)
    }
  })

  it('passes untouched in binary mode, wherever the stream is cut', () => {
    for (const chunks of splits(invalid)) {
      const seen = feed({ cutting: LINE, binary: true }, chunks)
      expect(seen.frames.map((frame) => frame.bytes)).toEqual(['a\xffb', 'c'])
      expect(seen.repaired).toBe(0)
    }
  })

  it('includes a character that its line cut off', () => {
    const seen = feed({ cutting: LINE }, [Buffer.from([0xe2, 0x82, 10, 0xac, 10])])
    expect(texts(seen)).toEqual(['\ufffd', '\ufffd'])
    expect(seen.repaired).toBe(2)
  })

  it('includes encoded surrogates and overlong forms', () => {
    const seen = feed({ cutting: LINE }, [Buffer.from([0xed, 0xa0, 0x80, 10, 0xc0, 0xaf, 10])])
    expect(texts(seen)).toEqual(['\ufffd\ufffd\ufffd', '\ufffd\ufffd'])
  })

  it('a byte order mark is UTF-8 and stays', () => {
    expect(texts(feed({ cutting: LINE }, ['\ufeffa\n']))).toEqual(['\ufeffa'])
  })
})

describe('chunks', () => {
  it('are frames as they are read', () => {
    expect(texts(feed({ cutting: CHUNK }, ['a\nb', '', 'c\r\n', '\0']))).toEqual(['a\nb', 'c\r\n', '\0'])
  })

  it('hold back the beginning of a character until its rest comes', () => {
    const stream = Buffer.from('aé€😀z')
    for (const chunks of splits(stream)) {
      const seen = feed({ cutting: CHUNK }, chunks)
      expect(texts(seen).join('')).toBe('aé€😀z')
      expect(texts(seen)).not.toContain('')
      expect(seen.repaired).toBe(0)
    }
  })

  it('give a whole character at once', () => {
    expect(texts(feed({ cutting: CHUNK }, ['aé', '€', '😀'], { end: false }))).toEqual(['aé', '€', '😀'])
  })

  it('repair a character whose rest never comes', () => {
    const seen = feed({ cutting: CHUNK }, [Buffer.from([0x61, 0xe2, 0x82])])
    expect(texts(seen)).toEqual(['a', '\ufffd'])
    expect(seen.repaired).toBe(1)
  })

  it('pass untouched in binary mode', () => {
    const seen = feed({ cutting: CHUNK, binary: true }, [Buffer.from([0xff, 0xe2]), Buffer.from([0x82]), ''])
    expect(seen.frames).toMatchObject([
      { bytes: '\xff\xe2', binary: true },
      { bytes: '\x82', binary: true },
    ])
  })

  test('however they are cut, the text is the same', () => {
    fc.assert(
      fc.property(bytes, places, (stream, where) => {
        const seen = feed({ cutting: CHUNK }, cutAtPlaces(stream, where))
        expect(texts(seen).join('')).toBe(asUtf8(stream))
        expect(texts(seen)).not.toContain('')
        if (isUtf8(stream)) expect(seen.repaired).toBe(0)
      }),
      { numRuns: 1_000 },
    )
  })

  test('in binary mode, no byte is changed, lost or added', () => {
    fc.assert(
      fc.property(bytes, places, (stream, where) => {
        const chunks = cutAtPlaces(stream, where)
        const seen = feed({ cutting: CHUNK, binary: true }, chunks)
        expect(seen.frames.map((frame) => frame.bytes)).toEqual(
          chunks.filter(({ length }) => length > 0).map((chunk) => chunk.toString('latin1')),
        )
      }),
    )
  })
})

describe('gwsocket frames', () => {
  const hello: Words = { to: 3, type: 1, payload: Buffer.from('hello') }
  const everyone: Words = { to: 0, type: 1, payload: Buffer.from('all') }
  const raw: Words = { to: 7, type: 2, payload: Buffer.from([0xff, 0, 10]) }
  const NEWLINE = Buffer.from('\n')

  describe.each(['big', 'little'] as const)('%s-endian', (order) => {
    const encode = (...frames: Words[]) => Buffer.concat(frames.map((frame) => gwFrame(frame, order)))

    it('arrive with their address and type, wherever the stream is cut', () => {
      for (const chunks of splits(encode(hello, raw, everyone))) {
        const seen = feed({ cutting: GWSOCKET }, chunks)
        expect(seen.frames).toMatchObject([
          { text: 'hello', binary: false, to: 3 },
          { bytes: '\xff\0\n', binary: true, to: 7 },
          { text: 'all', binary: false, to: 0 },
        ])
        expect(seen.skipped).toEqual([])
        expect(seen.repaired).toBe(0)
      }
    })

    it('may be empty', () => {
      cutEverywhere({ cutting: GWSOCKET }, encode({ ...hello, payload: Buffer.alloc(0) }, hello), ['', 'hello'])
    })

    it('may be followed by a newline, which is skipped', () => {
      const stream = Buffer.concat([encode(hello), NEWLINE, encode(everyone), NEWLINE, encode(hello)])
      cutEverywhere({ cutting: GWSOCKET }, stream, ['hello', 'all', 'hello'])
    })

    it('a newline after the last one is no trouble', () => {
      cutEverywhere({ cutting: GWSOCKET }, Buffer.concat([encode(hello), NEWLINE]), ['hello'])
    })

    it('a frame after a newline arrives without waiting for more', () => {
      const seen = feed({ cutting: GWSOCKET }, [encode(hello), NEWLINE, encode(everyone)], { end: false })
      expect(texts(seen)).toEqual(['hello', 'all'])
    })

    it('a client whose number begins with the newline byte is no newline', () => {
      const ten = { ...hello, to: 0x0a }
      const high = { ...hello, to: 0x0a000000 }
      for (const chunks of splits(encode(ten, high, ten))) {
        expect(feed({ cutting: GWSOCKET }, chunks).frames.map(({ to }) => to)).toEqual([0x0a, 0x0a000000, 0x0a])
      }
    })

    it('two newlines are no header', () => {
      const seen = feed({ cutting: GWSOCKET }, [Buffer.concat([encode(hello), NEWLINE, NEWLINE, encode(hello)])])
      expect(texts(seen)).toEqual(['hello'])
      expect(seen.skipped).toHaveLength(1)
    })

    it('any other byte after one is no newline', () => {
      const seen = feed({ cutting: GWSOCKET }, [Buffer.concat([encode(hello), Buffer.from('x'), encode(hello)])])
      expect(texts(seen)).toEqual(['hello'])
      expect(seen.skipped).toHaveLength(1)
    })

    it('a frame as long as allowed passes, one byte more is skipped', () => {
      const long = { ...hello, payload: Buffer.from('hello!') }
      cutEverywhere({ cutting: GWSOCKET, maxFrame: 5 }, encode(long, hello, long, hello), ['hello', 'hello'], 2)
    })

    it('the newline after a skipped one is skipped too', () => {
      const long = { ...hello, payload: Buffer.from('longer than five') }
      const stream = Buffer.concat([encode(long), NEWLINE, encode(hello)])
      cutEverywhere({ cutting: GWSOCKET, maxFrame: 5 }, stream, ['hello'], 1)
    })

    it('one that is skipped is told of once, wherever its payload is cut', () => {
      const long = { ...hello, payload: Buffer.from('longer than five') }
      cutEverywhere({ cutting: GWSOCKET, maxFrame: 5 }, encode(hello, long), ['hello'], 1)
    })

    it('one that is overlong is told of as soon as its header is there', () => {
      const header = encode({ ...hello, payload: Buffer.alloc(100) }).subarray(0, 12)
      expect(feed({ cutting: GWSOCKET, maxFrame: 5 }, [header], { end: false }).skipped).toHaveLength(1)
    })

    it('one that the end of the output cut off is told of', () => {
      const stream = encode(hello)
      for (let cut = 1; cut < stream.length; cut++) {
        const seen = feed({ cutting: GWSOCKET }, [stream.subarray(0, cut)])
        expect(texts(seen)).toEqual([])
        expect(seen.skipped).toHaveLength(1)
      }
    })

    it('text that is not UTF-8 is repaired', () => {
      const seen = feed({ cutting: GWSOCKET }, [encode({ ...hello, payload: Buffer.from([0x61, 0xff]) }, raw)])
      expect(texts(seen)[0]).toBe('a\ufffd')
      expect(seen.repaired).toBe(1)
    })

    it('a large payload in many pieces arrives whole', () => {
      const payload = Buffer.alloc(500_000, 'payload ')
      const stream = encode({ ...hello, payload }, everyone)
      const chunks = Array.from({ length: Math.ceil(stream.length / 777) }, (_, i) =>
        stream.subarray(i * 777, (i + 1) * 777),
      )
      expect(texts(feed({ cutting: GWSOCKET }, chunks))).toEqual([payload.toString(), 'all'])
    })
  })

  it('stay with the byte order of the first one', () => {
    for (const [first, then] of [
      ['big', 'little'],
      ['little', 'big'],
    ] as const) {
      const seen = feed({ cutting: GWSOCKET }, [gwFrame(hello, first), gwFrame(everyone, then), gwFrame(raw, first)])
      expect(seen.frames.map(({ to }) => to)).toEqual([3, 7])
      expect(seen.skipped).toHaveLength(1)
    }
  })

  test.each<[string, Buffer]>([
    ['text', Buffer.from('hello, this is a plain line\n')],
    ['a type of 0', gwFrame({ ...hello, type: 0 })],
    ['a type of 3', gwFrame({ ...hello, type: 3 })],
    ['an open frame, which a child does not send', gwFrame({ ...hello, type: 16 })],
    ['zeros', Buffer.alloc(40)],
    ['ones', Buffer.alloc(40, 0xff)],
    ['newlines', Buffer.alloc(13, 10)],
  ])('%s is no header: what was read is told of and forgotten, and the next read counts', (_name, garbage) => {
    const seen = feed({ cutting: GWSOCKET }, [garbage, gwFrame(hello), gwFrame(everyone)])
    expect(texts(seen)).toEqual(['hello', 'all'])
    expect(seen.skipped).toHaveLength(1)
    expect(seen.skipped[0]!.head).toBe(garbage.toString('latin1', 0, 12))
  })

  test('however the stream is cut, no frame is changed, lost or added', () => {
    const frame = fc.record({
      to: fc.oneof(fc.nat(12), fc.constantFrom(0x0a, 0x0a000000, 2 ** 32 - 1, 0x01000000)),
      type: fc.constantFrom(1, 2),
      payload: fc.oneof(bytes, fc.constant(Buffer.alloc(70, 10))),
      newline: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.constantFrom('big', 'little'),
        fc.constantFrom(3, 60, 1_000),
        fc.array(fc.nat(500), { maxLength: 12 }),
        (frames, order, maxFrame, where) => {
          const pieces = frames.map((one) => [gwFrame(one, order), Buffer.from(one.newline ? '\n' : '')])
          const seen = feed({ cutting: GWSOCKET, maxFrame }, cutAtPlaces(Buffer.concat(pieces.flat()), where), {
            end: false,
          })
          const expected = frames
            .filter(({ payload }) => payload.length <= maxFrame)
            .map(({ to, type, payload }) => ({
              to,
              binary: type === 2,
              bytes: type === 2 ? payload.toString('latin1') : Buffer.from(asUtf8(payload)).toString('latin1'),
            }))
          expect(seen.frames.map(({ to, binary, bytes }) => ({ to, binary, bytes }))).toEqual(expected)
          expect(seen.skipped).toHaveLength(frames.length - expected.length)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('whatever comes', () => {
  const asciiDelimiters = fc.uniqueArray(fc.constantFrom(...Buffer.from('\n\r\0,;a"')), { minLength: 1, maxLength: 4 })
  const cuttings = fc.oneof(
    fc.constantFrom(LINE, CHUNK, GWSOCKET),
    asciiDelimiters.map((list): Cutting => ({ kind: 'any', bytes: list })),
  )
  const limits = fc.constantFrom(1, 2, 3, 8, 1_000)

  test('a slow reader of lines or delimiters cuts the same frames, wherever the stream is cut', () => {
    const stream = bytes.map((list) => (list.at(-1) === 13 ? Buffer.concat([list, Buffer.from('z')]) : list))
    fc.assert(
      fc.property(
        stream,
        places,
        fc.option(asciiDelimiters, { nil: undefined }),
        limits,
        fc.boolean(),
        (stream, where, list, maxFrame, binary) => {
          const cutting: Cutting = list === undefined ? LINE : { kind: 'any', bytes: list }
          const expected = cutAt(stream, list ?? [10], list === undefined, maxFrame)
          const seen = feed({ cutting, maxFrame, binary }, cutAtPlaces(stream, where))
          const wanted = binary
            ? expected.frames
            : expected.frames.map((frame) => Buffer.from(asUtf8(Buffer.from(frame, 'latin1'))).toString('latin1'))
          expect(seen.frames.map((frame) => frame.bytes)).toEqual(wanted)
          expect(seen.skipped).toHaveLength(expected.skipped)
          expect(seen.repaired).toBe(wanted.filter((frame, i) => frame !== expected.frames[i]).length)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('nothing throws, and text is UTF-8', () => {
    fc.assert(
      fc.property(bytes, places, cuttings, limits, fc.boolean(), (stream, where, cutting, maxFrame, binary) => {
        const seen = feed({ cutting, maxFrame, binary }, cutAtPlaces(stream, where))
        for (const { frames } of seen.batches)
          for (const frame of frames) expect(frame.binary || isUtf8(frame.bytes)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('what a search of the region does not find is in none of its frames', () => {
    fc.assert(
      fc.property(bytes, places, cuttings, (stream, where, cutting) => {
        for (const { region, frames } of feed({ cutting }, cutAtPlaces(stream, where)).batches) {
          if (mayHoldEnvelope(region, undefined)) continue
          for (const frame of frames) expect(mayHoldEnvelope(frame.bytes, undefined)).toBe(false)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('the chunk itself is left as it was', () => {
    fc.assert(
      fc.property(bytes, cuttings, (stream, cutting) => {
        const framer = createFramer({ cutting, binary: false, maxFrame: 4 }, { skipped() {}, repaired() {} })
        const before = stream.toString('hex')
        framer.push(stream)
        framer.end()
        expect(stream.toString('hex')).toBe(before)
      }),
    )
  })
})
