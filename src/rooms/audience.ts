import type { Address, Waiting } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'
import { owned } from './owned.ts'
import type { Seat } from './seat.ts'

/** Sends one frame to every socket that subscribed to a topic. */
export type Publish = (topic: string, frame: Frame) => void

const MAX_GROUPS = 1024

/** A named set of seats, with a topic of its own. */
class Group {
  readonly seats = new Set<Seat>()
  /** Those of them that no topic reaches: they are sent each frame. */
  readonly apart = new Set<Seat>()
  /** Those that must remember what the topic brought them. */
  readonly recording = new Set<Seat>()

  constructor(readonly topic: string) {}

  add(seat: Seat): void {
    this.seats.add(seat)
    if (seat.ledger) this.recording.add(seat)
    this.place(seat)
    seat.subscribe(this.topic)
  }

  delete(seat: Seat): void {
    seat.unsubscribe(this.topic)
    this.seats.delete(seat)
    this.apart.delete(seat)
    this.recording.delete(seat)
  }

  place(seat: Seat): void {
    if (!this.seats.has(seat)) return
    if (seat.alone) this.apart.add(seat)
    else this.apart.delete(seat)
  }

  /** @returns how many seats it is for */
  send(frame: Frame, waiting: Waiting | undefined, publish: Publish): number {
    if (this.seats.size > this.apart.size) publish(this.topic, frame)
    if (this.recording.size > 0) {
      const kept = owned(frame)
      for (const seat of this.recording) if (!seat.alone) seat.heard(kept)
      this.sendApart(kept, waiting)
    } else this.sendApart(frame, waiting)
    return this.seats.size
  }

  /** To a copy of the set: a bot that takes the place of who is evicted here is shown this frame with the history. */
  private sendApart(frame: Frame, waiting: Waiting | undefined): void {
    if (this.apart.size === 0) return
    for (const seat of [...this.apart]) seat.send(frame, waiting)
  }
}

/** The seats of one room, and the ways to reach them: all at once, a group, or each by itself. */
export class Audience {
  private readonly seats = new Map<number, Seat>()
  private readonly everyone: Group
  private readonly groups = new Map<string, Group>()

  constructor(
    private readonly topic: string,
    private readonly publish: Publish,
  ) {
    this.everyone = new Group(topic)
  }

  get size(): number {
    return this.seats.size
  }

  /** Whether anybody has this address. */
  has(key: number | string): boolean {
    return typeof key === 'number' ? this.seats.has(key) : this.groups.has(key)
  }

  add(seat: Seat): void {
    this.seats.set(seat.id, seat)
    this.everyone.add(seat)
  }

  remove(seat: Seat): void {
    this.seats.delete(seat.id)
    this.everyone.delete(seat)
    for (const name of [...this.groups.keys()]) this.leaveGroup(name, seat)
  }

  /** Whether topics reach a seat has changed. */
  place(seat: Seat): void {
    this.everyone.place(seat)
    for (const group of this.groups.values()) group.place(seat)
  }

  /** Who is not here is skipped. @returns false where there are too many groups already */
  changeGroup(name: string, join: readonly number[], leave: readonly number[]): boolean {
    for (const id of leave) this.leaveGroup(name, this.seats.get(id))
    for (const id of join) {
      const seat = this.seats.get(id)
      if (seat && !this.joinGroup(name, seat)) return false
    }
    return true
  }

  /** @returns how many clients it is for */
  sendAll(frame: Frame, waiting?: Waiting): number {
    return this.everyone.send(frame, waiting, this.publish)
  }

  /** @returns how many clients it is for */
  sendTo(frame: Frame, to: Address, except: readonly (number | string)[], waiting?: Waiting): number {
    if (except.length === 0) {
      if (to === null) return this.sendAll(frame, waiting)
      if (to.length === 1) return this.sendToOne(frame, to[0]!, waiting)
    }
    const seats = this.select(to, except)
    const shared = seats.length > 1 && this.everyone.recording.size > 0 ? owned(frame) : frame
    for (const seat of seats) seat.send(shared, waiting)
    return seats.length
  }

  /** Most addressed frames are for one client or group: no set and no list for those. */
  private sendToOne(frame: Frame, to: number | string, waiting: Waiting | undefined): number {
    if (typeof to === 'string') return this.groups.get(to)?.send(frame, waiting, this.publish) ?? 0
    const seat = this.seats.get(to)
    seat?.send(frame, waiting)
    return seat ? 1 : 0
  }

  /** Those of an address who are here, each once. */
  select(to: Address, except: readonly (number | string)[] = []): Seat[] {
    const seats = to === null ? new Set(this.seats.values()) : this.union(to)
    if (except.length > 0) for (const seat of this.union(except)) seats.delete(seat)
    return [...seats]
  }

  private union(keys: readonly (number | string)[]): Set<Seat> {
    const seats = new Set<Seat>()
    for (const key of keys) {
      if (typeof key === 'string') for (const seat of this.groups.get(key)?.seats ?? []) seats.add(seat)
      else if (this.seats.has(key)) seats.add(this.seats.get(key)!)
    }
    return seats
  }

  private joinGroup(name: string, seat: Seat): boolean {
    let group = this.groups.get(name)
    if (!group) {
      if (this.groups.size >= MAX_GROUPS) return false
      group = new Group(`${this.topic}/${name}`)
      this.groups.set(name, group)
    }
    group.add(seat)
    return true
  }

  private leaveGroup(name: string, seat: Seat | undefined): void {
    const group = this.groups.get(name)
    if (!group || !seat?.id || !group.seats.has(seat)) return
    group.delete(seat)
    if (group.seats.size === 0) this.groups.delete(name)
  }
}
