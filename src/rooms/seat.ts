import { ACK_BYTES, ACK_MS, type ServerControl } from '../wire/control.ts'
import type { Frame } from '../wire/framer.ts'
import type { Values } from '../wire/template.ts'
import type { Client, Subscriber } from './client.ts'
import { isSubscriber } from './client.ts'
import { Ledger } from './ledger.ts'
import type { RateLimit } from './rate.ts'

/** A client is behind while its backlog is over so many bytes. */
export const BEHIND = 64 * 1024
/** What a client may leave unacknowledged before it counts as backlog: with seats, this much is always under way. */
const WINDOW = 256 * 1024

/** How much may wait for a seat, in bytes. */
export interface SeatLimits {
  /** While it is connected and waits alone. */
  readonly backlog: number
  /** While it is away. */
  readonly missed: number
}

/** What came of sending a frame: it does not fit into the queue of a client that waits alone. */
export type Overflow = (seat: Seat) => void

/**
 * A client's place in a room, kept while it is away; the number stays the same. Connected, it hears the room's topic. When it
 * waits alone, or is away, it does not, and its frames wait in a queue of its own.
 */
export class Seat implements Client {
  behind = false
  /** No topic reaches it: it is sent each frame. */
  alone = false
  /** For how many more milliseconds it may hold the room up; the flow's. */
  credit = 0
  emptyAt: number | undefined
  /** Where the client understands seats and the server keeps them. */
  controls = false
  token = ''
  ledger: Ledger | undefined
  /** Frames that did not fit while it was away. */
  missed = 0
  /** Ends its absence. */
  grace: NodeJS.Timeout | undefined
  rate: RateLimit | undefined
  private client: Client | undefined
  private readonly topics = new Set<string>()
  /** Frames in the order of their leaving, by `_key` where they have one: a newer frame takes an older one's key away. */
  private queue: Map<string | number, Frame> | undefined
  private queued = 0
  /** Bytes of the queue that date from an absence: they are no sign of a slow client. */
  private brought = 0
  private sequence = 0
  private untold = 0
  private ackTimer: NodeJS.Timeout | undefined

  constructor(
    readonly id: number,
    readonly values: Values,
    private readonly limits: SeatLimits,
    /** The opcode of the room's own frames; control frames use the other one. */
    private readonly binary: boolean,
    private readonly overflow: Overflow,
  ) {}

  get away(): boolean {
    return this.client === undefined
  }

  /** Bytes that its socket has not passed on, or that it should have acknowledged long ago. */
  get backlog(): number {
    return this.socketBacklog + Math.max(0, (this.ledger?.bytes ?? 0) - WINDOW)
  }

  /** Bytes that wait for it here and in its socket. */
  get waiting(): number {
    return this.queued + this.backlog
  }

  isOf(client: Client): boolean {
    return this.client === client
  }

  /** A client takes the seat. It hears no topic before `listen`. @returns how many frames could not be kept for it */
  attach(client: Client): number {
    const { missed } = this
    this.client = client
    this.alone = true
    this.brought = this.queued
    this.missed = 0
    // Behind all that waits, it is told of those that will not come.
    if (missed > 0) this.enqueue(++this.sequence, this.controlFrame({ type: 'gap', missed }))
    return missed
  }

  detach(): Client | undefined {
    const { client } = this
    this.client = undefined
    this.alone = true
    clearTimeout(this.ackTimer)
    this.ackTimer = undefined
    return client
  }

  /** Everything that waited has been sent: from now on the topics reach it. */
  listen(): void {
    this.alone = !isSubscriber(this.client!)
    for (const topic of this.topics) this.subscriber?.subscribe(topic)
  }

  /** What was published so far still arrives, before all that is sent from now on. */
  waitAlone(): void {
    this.alone = true
    for (const topic of this.topics) this.subscriber?.unsubscribe(topic)
  }

  subscribe(topic: string): void {
    this.topics.add(topic)
    if (!this.alone) this.subscriber?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic)
    if (!this.alone) this.subscriber?.unsubscribe(topic)
  }

  send(frame: Frame, key?: string): void {
    if (this.alone && this.isHeld()) this.wait(frame, key)
    else this.hand(frame)
  }

  /** Hands a frame on at once, before all that waits: a newcomer's history. */
  give(frame: Frame): void {
    this.hand(frame)
  }

  /** A frame was published to a topic that reaches it. */
  heard(frame: Frame): void {
    this.ledger?.push(owned(frame))
  }

  control(message: ServerControl): void {
    this.client?.send(this.controlFrame(message))
  }

  /** What the client lacks of what it was handed before is sent again. */
  resend(): void {
    for (const frame of this.ledger ?? []) this.client!.send(frame)
  }

  /** Hands on what waits as far as the socket takes it. @returns whether nothing waits any more */
  pump(): boolean {
    for (const [key, frame] of this.queue ?? []) {
      if (this.backlog > BEHIND) return false
      this.unqueue(key, frame)
      this.hand(frame)
    }
    return this.backlog <= BEHIND
  }

  /** Forgets what waits and what was not acknowledged: the page that comes knows nothing. */
  forget(): void {
    this.queue = undefined
    this.queued = 0
    this.brought = 0
    this.missed = 0
    if (this.ledger) this.ledger = new Ledger()
  }

  /** A message of the client was taken. It is told so after a while. */
  took(bytes: number): void {
    if (!this.ledger) return
    this.ledger.taken++
    this.untold += bytes
    if (this.untold >= ACK_BYTES) this.acknowledge()
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), ACK_MS)
  }

  /** Closes it after all that waits. */
  close(code: number, reason: string): void {
    clearTimeout(this.grace)
    clearTimeout(this.ackTimer)
    const { client } = this
    if (!client) return
    for (const [key, frame] of this.queue ?? []) {
      this.unqueue(key, frame)
      this.hand(frame)
    }
    client.close(code, reason)
  }

  private get subscriber(): Subscriber | undefined {
    return this.client && isSubscriber(this.client) ? this.client : undefined
  }

  private get socketBacklog(): number {
    return this.subscriber?.backlog() ?? 0
  }

  /** Alone for good (a client without topics) is no reason to wait. */
  private isHeld(): boolean {
    return this.client === undefined || isSubscriber(this.client)
  }

  private hand(frame: Frame): void {
    if (this.ledger && frame.binary === this.binary) {
      const kept = owned(frame)
      this.ledger.push(kept)
      this.client!.send(kept)
    } else this.client!.send(frame)
  }

  private wait(frame: Frame, key: string | undefined): void {
    // What fitted is a prefix: once a frame is missed, those behind it are too.
    if (this.missed > 0) {
      this.missed++
      return
    }
    const older = key === undefined ? undefined : this.queue?.get(key)
    const size = this.queued - (older?.bytes.length ?? 0) + frame.bytes.length
    if (size - this.brought > (this.away ? this.limits.missed : this.limits.backlog)) {
      if (this.away) this.missed++
      else this.overflow(this)
      return
    }
    if (older) this.queue!.delete(key!)
    this.enqueue(key ?? ++this.sequence, owned(frame))
    this.queued = size
  }

  private enqueue(key: string | number, frame: Frame): void {
    this.queue ??= new Map()
    this.queue.set(key, frame)
  }

  private unqueue(key: string | number, frame: Frame): void {
    this.queue!.delete(key)
    if (frame.binary !== this.binary) return
    this.queued -= frame.bytes.length
    this.brought = Math.max(0, this.brought - frame.bytes.length)
  }

  private controlFrame(message: ServerControl): Frame {
    return { bytes: Buffer.from(JSON.stringify(message)), binary: !this.binary }
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer)
    this.ackTimer = undefined
    this.untold = 0
    if (this.ledger && this.ledger.told < this.ledger.taken) {
      this.ledger.told = this.ledger.taken
      this.control({ type: 'ack', taken: this.ledger.taken })
    }
  }
}

const kept = new WeakSet<Frame>()

/** A frame is a view of the read that brought it, and would keep all of that alive: what is kept gets bytes of its own, once. */
export function owned(frame: Frame): Frame {
  if (kept.has(frame)) return frame
  const own = { bytes: Buffer.from(frame.bytes), binary: frame.binary }
  kept.add(own)
  return own
}
