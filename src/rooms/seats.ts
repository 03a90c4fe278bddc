import { randomBytes } from 'node:crypto'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { nameInGame } from '../names.ts'
import type { RoomConfig } from '../room-config.ts'
import type { RateRule } from '../values.ts'
import type { ClientControl } from '../wire/control.ts'
import type { Kick } from '../wire/envelope.ts'
import type { History } from '../wire/history.ts'
import { Audience, type Publish } from './audience.ts'
import { type Client, isSubscriber, type Returning, type Visitor } from './client.ts'
import { Flow, type Gate } from './flow.ts'
import { Ledger } from './ledger.ts'
import { RateLimit } from './rate.ts'
import { Seat, type SeatTerms } from './seat.ts'

export interface SeatsContext {
  readonly config: RoomConfig
  readonly log: Log
  readonly metrics: Metrics
  readonly topic: string
  readonly publish: Publish
  readonly history: History
}

/** What happens to seats, for the child to be told. */
export interface SeatsEvents {
  joined(seat: Seat, visitor: Visitor): void
  left(seat: Seat): void
  away(seat: Seat): void
  /** @param missed frames that could not be kept @param fresh its page knows nothing of what was before */
  back(seat: Seat, missed: number, fresh: boolean): void
  /** The last seat of a person was given up. */
  emptied(): void
}

/** A player who closes the page's connection leaves; any other code is a connection that broke. A reload says 1001. */
const LEAVES = [1000, 1005]
/** Closed for what may pass: the seat can be taken again. */
const TRY_AGAIN = 1013
const TAKEN_OVER = 4409
/** How many pings are answered under `--ratelimit`. Our client sends one in five seconds. */
const PINGS: RateRule = { rate: 10, burst: 20 }
/** RFC 6455, section 5.5: a close frame's payload is 125 bytes, two of them the code. */
const MAX_REASON = 123

/** The seats of one room: who takes one, is away from it, comes back to it, gives it up. */
export class Seats {
  readonly audience: Audience
  readonly flow: Flow
  private readonly all = new Set<Seat>()
  private readonly tokens = new Map<string, Seat>()
  private readonly terms: SeatTerms
  private bots = 0

  constructor(
    private readonly room: string,
    private readonly context: SeatsContext,
    private readonly events: SeatsEvents,
    gate: Gate,
  ) {
    this.audience = new Audience(context.topic, context.publish)
    this.flow = new Flow(gate, context.metrics, { apart: (seat) => this.placed(seat) })
    const { maxBacklog, maxMissed, binary } = context.config
    this.terms = { maxBacklog, maxMissed, binary, overflow: (slow) => this.evict(slow) }
  }

  /** Seats of people, those included whose clients are away. */
  get people(): number {
    return this.all.size - this.bots
  }

  has(seat: Seat): boolean {
    return this.all.has(seat)
  }

  /** One synchronous step: the history is replayed, the client subscribed, the child told. */
  join(client: Client, visitor: Visitor): Seat {
    const seat = this.create(client, visitor)
    this.all.add(seat)
    if (seat.bot) this.bots++
    seat.attach(client)
    // Also where no other control frame follows: Chromium wants the protocol chosen that it offers, so the client expects one.
    if (visitor.controls) this.tell(seat, false)
    this.replay(seat)
    this.audience.add(seat)
    this.connect(seat, client, true)
    this.announce(seat, visitor)
    this.events.joined(seat, visitor)
    return seat
  }

  /** The number of the seat that is claimed; undefined where it is gone. */
  claimed({ token }: Returning): number | undefined {
    return this.tokens.get(token)?.id
  }

  /** A client takes the seat again that it claims. Its frames since then, or the room anew, and live ones behind them. */
  resume(client: Client, { token, has }: Returning): Seat {
    const seat = this.tokens.get(token)!
    if (!seat.away) this.unseat(seat)?.close(TAKEN_OVER, 'the seat was taken over elsewhere')
    clearTimeout(seat.grace)
    const fresh = has === 'fresh' || !seat.ledger!.acknowledge(has)
    if (fresh) seat.forget()
    const missed = seat.attach(client)
    this.tell(seat, true)
    if (fresh) this.replay(seat)
    else seat.resend()
    this.connect(seat, client, false)
    const and = missed > 0 ? `, and missed ${missed} frames` : ''
    this.context.log.info({ client: seat.id }, `client ${seat.id} is back${and}`)
    this.events.back(seat, missed, fresh)
    return seat
  }

  /** A client's socket is closed. One that was replaced or refused before says nothing of its seat any more. */
  closed(seat: Seat, client: Client, code: number): void {
    if (!this.all.has(seat) || !seat.isOf(client)) return
    if (!seat.ledger || LEAVES.includes(code)) this.leave(seat, String(code))
    else this.goAway(seat, String(code))
  }

  /** A client's socket has passed on some of its backlog. */
  drained(seat: Seat): void {
    if (this.all.has(seat)) seat.drained()
    this.flow.drained(seat)
  }

  /** A frame in the opcode that the room's own don't use. The client sends them by itself: none is one message too many. */
  controlled(seat: Seat, control: ClientControl | undefined): void {
    if (control?.type === 'ping') {
      if (seat.pingRate?.take() !== false) seat.answer(control.n)
    } else if (control?.type === 'ack' && seat.ledger?.acknowledge(control.taken)) this.flow.drained(seat)
    else if (!control) this.refuse(seat, 1008, 'not a control frame')
  }

  /** Closes a client for what it did, or did not. Where it may try again, its seat is kept for it. */
  refuse(seat: Seat, code: number, reason: string): void {
    this.context.metrics.count('refused', String(code))
    this.context.log.info({ client: seat.id }, `client ${seat.id} is closed with ${code}: ${reason}`)
    if (code === TRY_AGAIN && seat.ledger) return this.goAway(seat, String(code))?.close(code, reason)
    this.leave(seat, String(code))
    seat.close(code, reason)
  }

  kick({ who, code, reason }: Kick): void {
    for (const seat of this.audience.select(who)) {
      this.context.metrics.kicks++
      this.leave(seat, `kicked: ${reason}`)
      seat.close(code, clip(reason))
    }
  }

  /** The room is over. */
  close(code: number, reason: string): void {
    this.flow.close()
    const seats = [...this.all]
    this.all.clear()
    this.tokens.clear()
    for (const seat of seats) {
      seat.vacated?.()
      seat.close(code, clip(reason))
    }
  }

  private announce({ id, bot }: Seat, { remote, query }: Visitor): void {
    const { log, metrics } = this.context
    if (bot) return log.info({ client: id }, `client ${id} joined, a bot`)
    metrics.connected(this.room)
    log.info({ client: id }, `client ${id} joined from ${remote}`)
    log.debug({ client: id }, `client ${id} came with the query '${query}'`)
  }

  private create(client: Client, visitor: Visitor): Seat {
    const { resume, rateLimit, toChild, fromChild } = this.context.config
    const values = {
      id: client.id,
      room: nameInGame(this.room),
      remote: visitor.remote,
      query: visitor.query,
      bot: visitor.bot === true,
      claims: visitor.claims,
    }
    const seat = new Seat(client.id, values, this.terms)
    seat.rate = rateLimit && new RateLimit(rateLimit)
    seat.pingRate = rateLimit && new RateLimit(PINGS)
    // gwsocket's own frames come in both opcodes: none is left for control frames.
    const gwsocket = toChild === 'gwsocket' || fromChild === 'gwsocket'
    seat.controls = visitor.controls === true && !gwsocket
    if (resume > 0 && seat.controls) {
      seat.token = randomBytes(16).toString('base64url')
      seat.ledger = new Ledger()
      this.tokens.set(seat.token, seat)
    }
    return seat
  }

  private tell(seat: Seat, resumed: boolean): void {
    const { id, token, ledger, controls } = seat
    const room = nameInGame(this.room)
    const grace = ledger ? this.context.config.resume / 1000 : 0
    const taken = ledger?.taken ?? 0
    seat.control({ type: 'seat', id, room, token, grace, taken, resumed, ...(!controls && { controls }) })
  }

  private replay(seat: Seat): void {
    for (const kept of this.context.history) {
      if ((kept.to === null || kept.to.includes(seat.id)) && !kept.except.includes(seat.id)) seat.give(kept)
    }
  }

  /** From now on the seat hears what is sent, as soon as nothing older waits for it. */
  private connect(seat: Seat, client: Client, first: boolean): void {
    if (isSubscriber(client)) this.flow.add(seat, first)
    if (first || seat.pump()) seat.listen()
    else this.flow.catchUp(seat)
    this.audience.place(seat)
  }

  private evict(seat: Seat): void {
    this.context.metrics.evictions++
    this.refuse(seat, TRY_AGAIN, 'the connection does not keep up with the game')
  }

  private placed(seat: Seat): void {
    this.audience.place(seat)
    const what = seat.alone ? 'is slow: it waits alone from now on' : 'has caught up'
    this.context.log.debug({ client: seat.id }, `client ${seat.id} ${what}`)
  }

  /** A seat is given up. */
  private leave(seat: Seat, why: string): void {
    if (!this.all.delete(seat)) return
    seat.vacated?.()
    clearTimeout(seat.grace)
    this.tokens.delete(seat.token)
    this.audience.remove(seat)
    this.flow.remove(seat)
    if (seat.bot) this.bots--
    else this.context.metrics.disconnected(this.room)
    this.context.log.info({ client: seat.id }, `client ${seat.id} left (${why})`)
    this.events.left(seat)
    if (this.people === 0 && !seat.bot) this.events.emptied()
  }

  /** A seat's client is gone, or told to go; the seat is kept for a while. */
  private goAway(seat: Seat, why: string): Client | undefined {
    const client = this.unseat(seat)
    seat.grace = setTimeout(() => this.leave(seat, 'did not come back'), this.context.config.resume)
    this.context.log.info({ client: seat.id }, `client ${seat.id} is away (${why})`)
    this.events.away(seat)
    return client
  }

  private unseat(seat: Seat): Client | undefined {
    const client = seat.detach()
    this.flow.remove(seat)
    this.audience.place(seat)
    return client
  }
}

/** Cuts a reason to what a close frame holds, at a whole character. */
function clip(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= MAX_REASON) return reason
  let end = MAX_REASON
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
