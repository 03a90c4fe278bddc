import { isUtf8 } from 'node:buffer'

/** One unit of a child's output, on its way to clients. */
export interface Frame {
  readonly bytes: Buffer
  /** Opcode on the wire: binary, or text. Text is always valid UTF-8. */
  readonly binary: boolean
}

/** A frame as a framer cuts it. `to` is the client that its header names (gwsocket), 0 for everyone. */
export interface CutFrame extends Frame {
  readonly to: number
}

/** What one read gave. Every frame's bytes lie inside `region`, so one search there speaks for all of them. */
export interface Batch {
  readonly region: Buffer
  readonly frames: CutFrame[]
}

/** Cuts a byte stream into frames. `end` gives what stands unterminated at the end of the stream. */
export interface Framer {
  push(chunk: Buffer): Batch
  end(): Batch
}

export type Cutting =
  | { readonly kind: 'line' }
  | { readonly kind: 'any'; readonly bytes: readonly number[] }
  | { readonly kind: 'chunk' }
  | { readonly kind: 'gwsocket' }

/** What a framer could not pass on as it was. `skipped`: a frame too long or unreadable; `repaired`: text that was not UTF-8. */
export interface FramerTrouble {
  skipped(why: string, head: Buffer): void
  repaired(): void
}

export interface FramerOptions {
  readonly cutting: Cutting
  readonly binary: boolean
  /** The longest frame in bytes; longer ones are skipped to their end and reported. */
  readonly maxFrame: number
}

const EMPTY = Buffer.alloc(0)
const NOTHING: Batch = { region: EMPTY, frames: [] }
const LF = 10
/** Bytes of a skipped frame that are shown to whom it is reported. */
const REPORTED = 200
const CR = 13

export function createFramer(options: FramerOptions, trouble: FramerTrouble): Framer {
  const { cutting } = options
  switch (cutting.kind) {
    case 'chunk':
      return new ChunkFramer(options, trouble)
    case 'gwsocket':
      return new GwsocketFramer(options, trouble)
    case 'line':
      return new DelimiterFramer([LF], true, options, trouble)
    case 'any':
      return new DelimiterFramer(cutting.bytes, false, options, trouble)
  }
}

/** Frames that end at a byte: a newline (which takes a `\r` before it along), or any of several delimiters. */
class DelimiterFramer implements Framer {
  /** The beginning of a frame whose end has not come: pieces, joined once, so that a long line costs no quadratic copying. */
  private partial: Buffer[] = []
  private partialLength = 0
  private skipping = false
  private readonly only: number | undefined
  /** No delimiter is part of a longer character: frames of a valid region are valid. */
  private readonly keepsCharacters: boolean

  constructor(
    private readonly delimiters: readonly number[],
    private readonly dropCr: boolean,
    private readonly options: FramerOptions,
    private readonly trouble: FramerTrouble,
  ) {
    this.only = delimiters.length === 1 ? delimiters[0] : undefined
    this.keepsCharacters = delimiters.every((byte) => byte < 0x80)
  }

  push(chunk: Buffer): Batch {
    const first = this.next(chunk, 0)
    if (first < 0) {
      this.keep(chunk)
      return NOTHING
    }
    let from = 0
    if (this.skipping) {
      this.skipping = false
      from = first + 1
    }
    const region = this.partialLength === 0 ? chunk : Buffer.concat([...this.partial, chunk])
    // The partial holds no delimiter: the search goes on where the chunk begins.
    let end = from > 0 ? this.next(region, from) : first + this.partialLength
    this.clear()
    const frames: CutFrame[] = []
    while (end >= 0) {
      this.cut(region, from, end, frames)
      from = end + 1
      end = this.next(region, from)
    }
    if (from < region.length) this.keep(region.subarray(from))
    return this.batch(region, frames)
  }

  end(): Batch {
    if (this.partialLength === 0) return NOTHING
    const region = Buffer.concat(this.partial)
    this.clear()
    const frames: CutFrame[] = []
    // No newline took a \r along.
    this.cut(region, 0, region.length, frames, false)
    return this.batch(region, frames)
  }

  private next(bytes: Buffer, from: number): number {
    if (this.only !== undefined) return bytes.indexOf(this.only, from)
    for (let i = from; i < bytes.length; i++) if (this.delimiters.includes(bytes[i]!)) return i
    return -1
  }

  private keep(piece: Buffer): void {
    if (this.skipping) return
    this.partial.push(piece)
    this.partialLength += piece.length
    // One byte more than a frame may have, for the \r that a newline takes along.
    if (this.partialLength <= this.options.maxFrame + 1) return
    this.skip(this.partialLength, this.partial[0]!)
    this.skipping = true
    this.clear()
  }

  private clear(): void {
    this.partial = []
    this.partialLength = 0
  }

  private skip(length: number, head: Buffer): void {
    this.trouble.skipped(
      `longer than ${this.options.maxFrame} bytes (${length} and counting)`,
      head.subarray(0, REPORTED),
    )
  }

  private cut(region: Buffer, from: number, end: number, frames: CutFrame[], dropCr = this.dropCr): void {
    const stop = dropCr && end > from && region[end - 1] === CR ? end - 1 : end
    const bytes = region.subarray(from, stop)
    if (bytes.length > this.options.maxFrame) this.skip(bytes.length, bytes)
    else frames.push({ bytes, binary: this.options.binary, to: 0 })
  }

  private batch(region: Buffer, frames: CutFrame[]): Batch {
    if (this.options.binary || (this.keepsCharacters && isUtf8(region))) return { region, frames }
    return { region, frames: frames.map((frame) => asText(frame, this.trouble)) }
  }
}

/** Frames as they are read: what a terminal or a stream of bytes wants. */
class ChunkFramer implements Framer {
  /** The beginning of a character that a read cut in two; text frames must not break it. */
  private tail: Buffer = EMPTY

  constructor(
    private readonly options: FramerOptions,
    private readonly trouble: FramerTrouble,
  ) {}

  push(chunk: Buffer): Batch {
    if (this.options.binary) return this.batch(chunk)
    const region = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk])
    const whole = region.length - unfinished(region)
    this.tail = region.subarray(whole)
    return this.batch(region.subarray(0, whole))
  }

  end(): Batch {
    const rest = this.tail
    this.tail = EMPTY
    return this.batch(rest)
  }

  private batch(region: Buffer): Batch {
    if (region.length === 0) return NOTHING
    return { region, frames: [asText({ bytes: region, binary: this.options.binary, to: 0 }, this.trouble)] }
  }
}

/** How many bytes at the end begin a UTF-8 character without finishing it: 0 to 3. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

const HEADER = 12
const NEWLINE = Buffer.from('\n')
const TEXT = 1
const BINARY = 2

/**
 * gwsocket's strict mode: three u32 (client, type, length), then the payload. gwsocket writes them in network byte order,
 * ScaleSocket 0.2 reads little-endian; the type word tells which one this child speaks, and the stream stays with it.
 */
class GwsocketFramer implements Framer {
  private held: Buffer = EMPTY
  private order: 'big' | 'little' | undefined
  /** Bytes of an overlong payload still to be thrown away. */
  private skipLeft = 0
  /** Payloads arrive in pieces: nothing is joined before this many bytes are there. */
  private need = HEADER
  private pieces: Buffer[] = []
  private length = 0

  constructor(
    private readonly options: FramerOptions,
    private readonly trouble: FramerTrouble,
  ) {}

  push(chunk: Buffer): Batch {
    this.pieces.push(chunk)
    this.length += chunk.length
    if (this.length < this.need && this.skipLeft === 0) return NOTHING
    const region = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces)
    const frames: CutFrame[] = []
    this.need = HEADER
    this.held = region
    while (this.held.length > 0 && this.one(frames));
    this.pieces = this.held.length > 0 ? [this.held] : []
    this.length = this.held.length
    return { region, frames }
  }

  end(): Batch {
    // A frame that is being skipped was reported; a newline may follow the last one.
    const rest = Buffer.concat(this.pieces)
    const fine = rest.length === 0 || this.skipLeft > 0 || rest.equals(NEWLINE)
    if (!fine) this.trouble.skipped('cut off in the middle by the end of the output', EMPTY)
    this.pieces = []
    this.length = 0
    return NOTHING
  }

  /** Takes one frame off `held`; false where more bytes must come first. */
  private one(frames: CutFrame[]): boolean {
    if (this.skipLeft > 0) {
      const gone = Math.min(this.skipLeft, this.held.length)
      this.skipLeft -= gone
      this.held = this.held.subarray(gone)
      return true
    }
    if (this.held.length < HEADER) return false
    if (!this.header(this.held)) {
      // ScaleSocket's programs print a newline behind each frame: skip it where the header makes sense one byte on.
      if (this.held[0] !== LF) return this.giveUp()
      if (this.held.length < HEADER + 1) return this.wait(HEADER + 1)
      if (!this.header(this.held.subarray(1))) return this.giveUp()
      this.held = this.held.subarray(1)
    }
    const [to, type, length] = this.header(this.held)!
    if (length > this.options.maxFrame) {
      this.trouble.skipped(`longer than ${this.options.maxFrame} bytes (${length})`, EMPTY)
      this.skipLeft = length
      this.held = this.held.subarray(HEADER)
      return true
    }
    if (this.held.length < HEADER + length) return this.wait(HEADER + length)
    const bytes = this.held.subarray(HEADER, HEADER + length)
    this.held = this.held.subarray(HEADER + length)
    frames.push(asText({ bytes, binary: type === BINARY, to }, this.trouble))
    return true
  }

  private wait(need: number): false {
    this.need = need
    return false
  }

  /** What is not a header can't be resynchronised: like gwsocket, forget what was read so far. */
  private giveUp(): false {
    this.trouble.skipped('not a gwsocket header (client, type 1 or 2, length)', this.held.subarray(0, HEADER))
    this.held = EMPTY
    return false
  }

  private header(bytes: Buffer): [to: number, type: number, length: number] | undefined {
    const big = bytes.readUInt32BE(4)
    const little = bytes.readUInt32LE(4)
    if (this.order !== 'little' && (big === TEXT || big === BINARY)) {
      this.order = 'big'
      return [bytes.readUInt32BE(0), big, bytes.readUInt32BE(8)]
    }
    if (this.order !== 'big' && (little === TEXT || little === BINARY)) {
      this.order = 'little'
      return [bytes.readUInt32LE(0), little, bytes.readUInt32LE(8)]
    }
    return undefined
  }
}

/** Text must be UTF-8 on the wire, or browsers close with 1007: other bytes become U+FFFD. */
function asText(frame: CutFrame, trouble: FramerTrouble): CutFrame {
  if (frame.binary || isUtf8(frame.bytes)) return frame
  trouble.repaired()
  return { ...frame, bytes: Buffer.from(frame.bytes.toString('utf8')) }
}
