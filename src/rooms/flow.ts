import type { Metrics } from '../metrics.ts'
import { BEHIND, type Seat } from './seat.ts'

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
  /** Topics reach this seat no more, or again. */
  apart(seat: Seat): void
}

/**
 * Decides when a room reads its child's output. It waits while more than half of its clients are behind: a program that prints
 * faster than its players can take is slowed by its pipe, as on a terminal. Any other client that is behind may hold the room
 * too, from a small credit; with the credit spent it waits alone.
 */
export class Flow {
  private readonly seats = new Set<Seat>()
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
    for (const seat of this.seats) sum += seat.waiting
    return sum
  }

  /** A client has taken its seat. @param first and not come back to it: it brings no credit of its own */
  add(seat: Seat, first: boolean): void {
    if (first) seat.credit = CREDIT
    seat.emptyAt = undefined
    this.seats.add(seat)
    // It may have a long history to take in.
    this.unseen = LOOK_EVERY
  }

  remove(seat: Seat): void {
    this.charge()
    this.seats.delete(seat)
    if (seat.behind) this.behind--
    seat.behind = false
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

  /** Older frames wait for a seat that was taken again: it is behind until they have left. */
  catchUp(seat: Seat): void {
    this.mark(seat, true)
    this.decide()
  }

  /** A socket has passed something on, or its client has acknowledged something. */
  drained(seat: Seat): void {
    if (!seat.behind || !this.seats.has(seat)) return
    if (seat.alone) {
      if (!seat.pump()) return
      seat.listen()
      this.events.apart(seat)
    } else if (seat.backlog > BEHIND) return
    this.mark(seat, false)
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
    for (const seat of this.seats) {
      if (seat.alone) continue
      const backlog = seat.backlog
      if (backlog === 0) {
        if (seat.emptyAt !== undefined) seat.credit = Math.min(CREDIT, seat.credit + (now - seat.emptyAt) * REFILL)
        seat.emptyAt = now
      } else seat.emptyAt = undefined
      this.mark(seat, backlog > BEHIND)
    }
  }

  private mark(seat: Seat, behind: boolean): void {
    if (seat.behind === behind) return
    this.charge()
    seat.behind = behind
    this.behind += behind ? 1 : -1
  }

  private decide(): void {
    if (this.closed) return
    this.charge()
    clearTimeout(this.timer)
    if (this.behind * 2 > this.seats.size) return this.hold()
    let least = CREDIT + 1
    for (const seat of this.seats) {
      if (!seat.behind || seat.alone) continue
      if (seat.credit > 0) least = Math.min(least, seat.credit)
      else this.leaveAlone(seat)
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
    for (const seat of this.seats) if (seat.behind && !seat.alone) seat.credit -= spent
  }

  private leaveAlone(seat: Seat): void {
    seat.waitAlone()
    this.events.apart(seat)
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
