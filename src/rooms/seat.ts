import { ACK_BYTES, ACK_MS, type ServerControl } from '../wire/control.ts'
import type { Waiting } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'
import type { Values } from '../wire/template.ts'
import { type Client, isPaced, isSubscriber, type Subscriber } from './client.ts'
import { Ledger } from './ledger.ts'
import { owned } from './owned.ts'
import { Queue } from './queue.ts'
import type { RateLimit } from './rate.ts'

/** A client is behind while its backlog is over so many bytes. */
export const BEHIND = 64 * 1024
/** What a client may leave unacknowledged before it counts as backlog: with seats, this much is always under way. */
const WINDOW = 256 * 1024

/** What holds for every seat of a room. */
export interface SeatTerms {
  /** How much may wait while the client is connected and waits alone, in bytes. */
  readonly maxBacklog: number
  /** The same while it is away. */
  readonly maxMissed: number
  /** The opcode of the room's own frames; control frames use the other one. */
  readonly binary: boolean
  /** A frame does not fit into the queue of a client that waits alone. */
  overflow(seat: Seat): void
}

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
  /** Of the pings that are answered. */
  pingRate: RateLimit | undefined
  /** Called when it has been given up, whatever for. */
  vacated: (() => void) | undefined
  /** The last ping that came while its socket held too much for another answer. */
  private unanswered: number | undefined
  private client: Client | undefined
  /** Few, and most seats have one: a Set would cost each of them 150 bytes. */
  private topics: readonly string[] = []
  private queue: Queue | undefined
  /** Bytes of the queue that date from an absence: they are no sign of a slow client. */
  private brought = 0
  private untold = 0
  private ackTimer: NodeJS.Timeout | undefined

  constructor(
    readonly id: number,
    readonly values: Values,
    private readonly terms: SeatTerms,
  ) {}

  /** A program of the room's own sits here. */
  get bot(): boolean {
    return this.values.bot
  }

  get away(): boolean {
    return this.client === undefined
  }

  /** Bytes that its client has not passed on, or that it should have acknowledged long ago. */
  get backlog(): number {
    return this.clientBacklog + Math.max(0, (this.ledger?.bytes ?? 0) - WINDOW)
  }

  /** Bytes that wait for it here and in its socket. */
  get waiting(): number {
    return (this.queue?.bytes ?? 0) + this.backlog
  }

  isOf(client: Client): boolean {
    return this.client === client
  }

  /** A client takes the seat. It hears no topic before `listen`. @returns how many frames could not be kept for it */
  attach(client: Client): number {
    const { missed } = this
    this.client = client
    this.alone = true
    this.missed = 0
    // Behind all that waits, it is told of those that will not come.
    if (missed > 0) this.queue!.putMark(this.controlFrame({ type: 'gap', missed }))
    this.brought = Math.min(this.queue?.bytes ?? 0, this.terms.maxMissed)
    return missed
  }

  detach(): Client | undefined {
    const { client } = this
    this.client = undefined
    this.alone = true
    this.brought = 0
    this.unanswered = undefined
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
    if (!this.topics.includes(topic)) this.topics = this.topics.concat(topic)
    if (!this.alone) this.subscriber?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.topics = this.topics.filter((other) => other !== topic)
    if (!this.alone) this.subscriber?.unsubscribe(topic)
  }

  send(frame: Frame, waiting?: Waiting): void {
    if (this.alone && this.isHeld()) this.wait(frame, waiting)
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

  /** Answers a ping: where the client is behind, later. The pongs of one that does not read would pile up. */
  answer(n: number): void {
    this.unanswered = n
    this.drained()
  }

  /** Its socket has passed something on. */
  drained(): void {
    if (this.unanswered === undefined || this.clientBacklog > BEHIND) return
    this.control({ type: 'pong', n: this.unanswered })
    this.unanswered = undefined
  }

  /** What the client lacks of what it was handed before is sent again. */
  resend(): void {
    for (const frame of this.ledger ?? []) this.client!.send(frame)
  }

  /** Hands on what waits as far as the socket takes it. @returns whether nothing waits any more */
  pump(): boolean {
    while (this.backlog <= BEHIND) {
      const frame = this.next()
      if (!frame) return true
      this.hand(frame)
    }
    return false
  }

  /** Forgets what waits and what was not acknowledged: the page that comes knows nothing. */
  forget(): void {
    this.queue = undefined
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
    for (let frame = this.next(); frame; frame = this.next()) this.hand(frame)
    client.close(code, reason)
  }

  private get subscriber(): Subscriber | undefined {
    return this.client && isSubscriber(this.client) ? this.client : undefined
  }

  private get clientBacklog(): number {
    return this.client && isPaced(this.client) ? this.client.backlog() : 0
  }

  /** Whether its next frame must wait. Alone for good (a client without topics) is no reason. */
  private isHeld(): boolean {
    if (this.client === undefined || isSubscriber(this.client)) return true
    return this.queue?.isEmpty === false || this.backlog > BEHIND
  }

  private hand(frame: Frame): void {
    const kept = this.ledger ? owned(frame) : frame
    this.ledger?.push(kept)
    this.client!.send(kept)
  }

  private wait(frame: Frame, waiting: Waiting | undefined): void {
    // What fitted is a prefix: once a frame is missed, those behind it are too.
    if (this.missed > 0) {
      this.missed++
      return
    }
    this.queue ??= new Queue()
    const size = this.queue.bytes + this.queue.growth(frame, waiting)
    if (size - this.brought <= (this.away ? this.terms.maxMissed : this.terms.maxBacklog)) {
      this.queue.put(owned(frame), waiting)
    } else if (this.away) this.missed++
    else {
      this.terms.overflow(this)
      // Where its seat is kept, this is the first frame of its absence.
      if (this.away) this.wait(frame, waiting)
    }
  }

  /** The next frame that waits, which does so no more. */
  private next(): Frame | undefined {
    const before = this.queue?.bytes ?? 0
    const frame = this.queue?.take()
    if (frame) this.brought = Math.max(0, this.brought - (before - this.queue!.bytes))
    return frame
  }

  private controlFrame(message: ServerControl): Frame {
    return { bytes: Buffer.from(JSON.stringify(message)), binary: !this.terms.binary }
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
