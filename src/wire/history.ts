import type { Address } from './envelope.ts'
import type { Frame } from './framer.ts'

export type HistoryRule =
  | { readonly kind: 'none' }
  /** Keep the last `size` frames: all of them, or those that carry `"_cache": true`. */
  | { readonly kind: 'all' | 'tagged'; readonly size: number }

/** A kept frame keeps whom it was for, so that a private line is never replayed to somebody else. */
export interface Kept extends Frame {
  readonly to: Address
  readonly except: readonly (number | string)[]
}

/** The frames that a newcomer is shown: the last `size`, of at most `maxBytes` together; the oldest go first. */
export class History {
  private frames: Kept[] = []
  /** Where the oldest frame stands: what lies before it is cut off now and then, not at every frame. */
  private head = 0
  private bytes = 0

  constructor(
    readonly rule: HistoryRule,
    private readonly maxBytes: number,
  ) {}

  wants(tagged: boolean): boolean {
    return this.rule.kind === 'all' || (this.rule.kind === 'tagged' && tagged)
  }

  keep(frame: Kept): void {
    if (this.rule.kind === 'none') return
    // A copy, because a frame is a view of the read that brought it and would keep all of that alive.
    this.frames.push({ ...frame, bytes: Buffer.from(frame.bytes) })
    this.bytes += frame.bytes.length
    while (this.length > this.rule.size || this.bytes > this.maxBytes) {
      this.bytes -= this.frames[this.head]!.bytes.length
      this.frames[this.head++] = GONE
    }
    if (this.head > 64 && this.head * 2 > this.frames.length) {
      this.frames = this.frames.slice(this.head)
      this.head = 0
    }
  }

  get length(): number {
    return this.frames.length - this.head
  }

  /** Oldest first. */
  *[Symbol.iterator](): Iterator<Kept> {
    for (let i = this.head; i < this.frames.length; i++) yield this.frames[i]!
  }
}

/** Stands where a frame was, so that its bytes are let go at once. */
const GONE: Kept = { bytes: Buffer.alloc(0), binary: false, to: [], except: [] }
