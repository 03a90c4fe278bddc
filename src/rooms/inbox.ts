import type { Line } from '../wire/codec.ts'

/** Where an inbox empties itself. False: not all is taken yet, `drained` comes. */
export type Sink = (data: Line) => boolean

/**
 * What waits for a child: one joined write a tick (0.15 µs a message where single writes cost 0.9), and none while the
 * child has not taken the last one. Bounded in bytes; who does not fit is refused, never dropped.
 */
export class Inbox {
  private parts: Line[] = []
  /** Lines of which one may wait: a timer's, a tick. */
  private readonly single = new Set<string>()
  private waiting = 0
  /** Bytes handed over and not taken yet. */
  private handed = 0
  private scheduled = false
  private blocked = true
  private closed = false

  constructor(
    private readonly limit: number,
    private readonly sink: Sink,
  ) {}

  /** Bytes that the child has not taken. */
  get size(): number {
    return this.waiting + this.handed
  }

  /** @returns false where it does not fit: nothing was taken */
  offer(line: Line, bytes: number): boolean {
    if (this.size + bytes > this.limit) return false
    this.put(line, bytes)
    return true
  }

  /** For Playpipe's own lines, which no bound may lose. */
  put(line: Line, bytes = line.length): void {
    if (this.closed) return
    const last = this.parts.length - 1
    if (typeof line === 'string' && typeof this.parts[last] === 'string') this.parts[last] += line
    else this.parts.push(line)
    this.waiting += bytes
    this.schedule()
  }

  /** A line of which one may wait at a time. @returns false where the last one still does */
  putOne(key: string, line: Line): boolean {
    if (this.single.has(key)) return false
    this.single.add(key)
    this.put(line)
    return true
  }

  /** The child has taken everything, or is ready for the first time. */
  drained(): void {
    this.blocked = false
    this.handed = 0
    this.schedule()
  }

  /** Hands over all that waits, ready or not, because the end of the input follows. */
  finish(): void {
    this.blocked = false
    this.flush()
    this.close()
  }

  /** Nobody reads any more. */
  close(): void {
    this.closed = true
    this.parts = []
    this.waiting = 0
    this.handed = 0
  }

  private schedule(): void {
    if (this.scheduled || this.blocked || this.parts.length === 0) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      if (!this.blocked) this.flush()
    })
  }

  private flush(): void {
    const parts = this.parts
    if (parts.length === 0 || this.closed) return
    this.parts = []
    this.single.clear()
    this.handed += this.waiting
    this.waiting = 0
    const data =
      parts.length === 1
        ? parts[0]!
        : Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
    if (this.sink(data)) this.handed = 0
    else this.blocked = true
  }
}
