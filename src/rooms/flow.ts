import type { Metrics } from '../metrics.ts'
import { BEHIND, type Reader } from './reader.ts'

/** For how many milliseconds one slow client may hold a room up before it waits alone. With 50 the others' p99 shows it. */
const CREDIT = 20
/** How fast that comes back: one hundredth of the time in which it has nothing waiting. */
const REFILL = 0.01
/** Backlogs are looked at after so many bytes of output: nobody falls behind with less. */
const LOOK_EVERY = 16 * 1024
/** What Node reads at once. A shorter read has emptied the pipe; after a full one libuv would read on, up to 2 MiB in a tick. */
const FULL_READ = 64 * 1024

/** The child's output, which can be held. */
export interface Gate {
  pause(): void
  resume(): void
}

export interface FlowEvents {
  /** The reader hears the room's topic no more, or again. */
  apart(reader: Reader, alone: boolean): void
}

/**
 * Decides when a room reads its child's output. It waits while more than half of its clients are behind: a program that prints
 * faster than its players can take is slowed by its pipe, as on a terminal. Any other client that is behind may hold the room
 * too, from a small credit; with the credit spent it waits alone.
 */
export class Flow {
  private readonly readers = new Set<Reader>()
  private behind = 0
  private unseen = 0
  private heldSince: number | undefined
  private chargedSince: number | undefined
  private timer: NodeJS.Timeout | undefined
  private closed = false

  constructor(
    private readonly gate: Gate,
    private readonly metrics: Metrics,
    private readonly events: FlowEvents,
  ) {}

  /** Bytes that wait for clients of this room. */
  get backlog(): number {
    let sum = 0
    for (const reader of this.readers) sum += reader.waiting
    return sum
  }

  add(reader: Reader): void {
    reader.credit = CREDIT
    this.readers.add(reader)
    // It may have a long history to take in.
    this.unseen = LOOK_EVERY
  }

  remove(reader: Reader): void {
    this.charge()
    this.readers.delete(reader)
    if (reader.behind) this.behind--
    reader.behind = false
    if (this.heldSince !== undefined) this.decide()
  }

  /** So many bytes were read from the child and sent on. */
  sent(bytes: number): void {
    if (this.closed) return
    this.unseen += bytes
    if (this.unseen >= LOOK_EVERY) {
      this.unseen = 0
      this.look()
      if (this.behind > 0 || this.heldSince !== undefined) this.decide()
    }
    if (bytes >= FULL_READ && this.heldSince === undefined) this.breathe()
  }

  /** A socket has passed something on. */
  drained(reader: Reader): void {
    if (!reader.behind) return
    if (reader.alone) {
      if (!reader.pump()) return
      reader.subscribe()
      this.events.apart(reader, false)
    } else if (reader.backlog > BEHIND) return
    this.mark(reader, false)
    this.decide()
  }

  /** The room is over: what its child still prints is read, and goes nowhere. */
  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.release()
    this.gate.resume()
  }

  private look(): void {
    const now = performance.now()
    for (const reader of this.readers) {
      if (reader.alone) continue
      const backlog = reader.backlog
      if (backlog === 0) {
        if (reader.emptyAt !== undefined)
          reader.credit = Math.min(CREDIT, reader.credit + (now - reader.emptyAt) * REFILL)
        reader.emptyAt = now
      } else reader.emptyAt = undefined
      this.mark(reader, backlog > BEHIND)
    }
  }

  private mark(reader: Reader, behind: boolean): void {
    if (reader.behind === behind) return
    this.charge()
    reader.behind = behind
    this.behind += behind ? 1 : -1
  }

  private decide(): void {
    if (this.closed) return
    this.charge()
    clearTimeout(this.timer)
    if (this.behind * 2 > this.readers.size) return this.hold()
    let least = CREDIT + 1
    for (const reader of this.readers) {
      if (!reader.behind || reader.alone) continue
      if (reader.credit > 0) least = Math.min(least, reader.credit)
      else this.leaveAlone(reader)
    }
    if (least > CREDIT) return this.release()
    this.hold()
    this.chargedSince = performance.now()
    this.timer = setTimeout(() => this.decide(), Math.ceil(least))
  }

  /** Takes the time that the room was held for its slow few from their credit. */
  private charge(): void {
    if (this.chargedSince === undefined) return
    const spent = performance.now() - this.chargedSince
    this.chargedSince = undefined
    for (const reader of this.readers) if (reader.behind && !reader.alone) reader.credit -= spent
  }

  private leaveAlone(reader: Reader): void {
    reader.unsubscribe()
    this.events.apart(reader, true)
  }

  private hold(): void {
    if (this.heldSince !== undefined) return
    this.heldSince = performance.now()
    this.gate.pause()
  }

  private release(): void {
    if (this.heldSince === undefined) return
    this.metrics.pausedSeconds += (performance.now() - this.heldSince) / 1000
    this.heldSince = undefined
    this.gate.resume()
  }

  /** Lets the transport write what was sent before more is read: the backlog of a client never grows by more than two reads unseen. */
  private breathe(): void {
    this.gate.pause()
    setImmediate(() => {
      if (this.heldSince === undefined && !this.closed) this.gate.resume()
    })
  }
}
