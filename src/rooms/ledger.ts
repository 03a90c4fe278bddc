import type { Frame } from '../wire/framer.ts'

/**
 * What a seat was handed and has not acknowledged yet: it is sent again when the seat comes back. Frames that went to many
 * share their bytes, so a frame costs each seat a pointer.
 */
export class Ledger {
  /** Frames handed over since the seat began, gaps among them. */
  handed = 0
  /** Bytes of the frames that are not acknowledged. */
  bytes = 0
  /** Messages of the client that were taken, and at how many it was last told so. */
  taken = 0
  told = 0
  private frames: Frame[] = []

  push(frame: Frame): void {
    this.frames.push(frame)
    this.handed++
    this.bytes += frame.bytes.length
  }

  /** The client has so many frames. @returns false where it can't have */
  acknowledge(count: number): boolean {
    const first = this.handed - this.frames.length
    if (!Number.isInteger(count) || count > this.handed || count < first) return false
    const gone = this.frames.splice(0, count - first)
    for (const { bytes } of gone) this.bytes -= bytes.length
    return true
  }

  /** What it lacks, oldest first. */
  [Symbol.iterator](): Iterator<Frame> {
    return this.frames.values()
  }
}
