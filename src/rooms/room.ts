import type { Child, ChildEvents, Exit } from '../child/child.ts'
import { createEncoder, type Encoder, type Line, Refusal } from '../wire/codec.ts'
import { readControl } from '../wire/control.ts'
import { type Envelope, mayBeAddressed, mayHoldEnvelope, readEnvelope } from '../wire/envelope.ts'
import { type Batch, type CutFrame, createFramer, type Framer } from '../wire/framer.ts'
import { Bots, type BotsContext, type BotsRoom } from './bots.ts'
import type { Client, Returning, Visitor } from './client.ts'
import { Inbox } from './inbox.ts'
import { describeExit, exitLabel, Reports } from './reports.ts'
import type { Seat } from './seat.ts'
import { Seats, type SeatsContext, type SeatsEvents } from './seats.ts'
import { Timers } from './timers.ts'

/** What a room needs of the world. */
export interface RoomContext extends SeatsContext, Omit<BotsContext, 'binary'> {
  start(visitor: Visitor, events: ChildEvents): Child
  /** The room has ended: from now on a newcomer gets a new one. Called before its clients are closed. */
  ended(room: Room, code: number, reason: string): void
  /** Somebody came or went, or the game has said something about the room. */
  changed(): void
  /** Somebody has taken a seat, who came with these claims. */
  joined(claims: Readonly<Record<string, unknown>> | undefined): void
  /** Somebody has given up a seat, who came with these claims. */
  left(claims: Readonly<Record<string, unknown>> | undefined): void
  /** What the child reads first. */
  readonly opening: Record<string, unknown> | undefined
}

/** A program that answers nothing for so long may be holding its output back. */
const SILENCE = 10_000
/** A program that crashes closes its input too, and its exit is known before so long: that is the cause, and told. */
const DEAFNESS = 1000
/** Why a room ends that everyone has left. */
export const EMPTY = 'empty'
/**
 * One URL path, its child and its clients. It alone owns them, and has two paths:
 * in: admit → stamp → child's inbox; out: frame → envelope → meta or control → history → recipients → clients.
 */
export class Room {
  /** What the game says about the room: `{"_meta":true,…}`. */
  meta: Record<string, unknown> | null = null
  private readonly seats: Seats
  private readonly inbox: Inbox
  private readonly timers: Timers
  private readonly bots: Bots
  /** How many bots the game asked for; before that `--fill` decides. */
  private wanted: number | undefined
  private readonly framer: Framer
  private readonly reports: Reports
  private readonly child: Child
  private encoder: Encoder
  private idField: string | undefined
  private idNeedle: Buffer | undefined
  private lingering: NodeJS.Timeout | undefined
  private silence: NodeJS.Timeout | undefined
  private heard = false
  private over = false
  /** With -vv every line is logged. */
  private readonly tracing: boolean
  private readonly debugging: boolean
  private departure: Promise<void> = Promise.resolve()

  constructor(
    readonly name: string,
    first: Visitor,
    private readonly context: RoomContext,
  ) {
    const { config, log, metrics } = context
    this.tracing = log.isLevelEnabled('trace')
    this.debugging = log.isLevelEnabled('debug')
    this.reports = new Reports(log, metrics)
    const gate = { pause: () => this.child.pause(), resume: () => this.child.resume() }
    this.seats = new Seats(name, context, this.tellings(), gate)
    this.inbox = new Inbox(config.maxInbox, (data) => this.child.write(data))
    this.bots = new Bots({ ...context, binary: config.binary }, this.botsRoom())
    this.timers = new Timers((name, line) => this.inbox.putOne(`timer ${name}`, this.encoder.system(line)))
    this.framer = createFramer(
      { cutting: config.cutting, binary: config.binary, maxFrame: config.maxLine },
      this.reports,
    )
    this.setIdField(config.idField?.name)
    this.encoder = this.createEncoder()
    this.child = context.start(first, {
      output: (chunk) => this.output(chunk),
      drained: () => this.inbox.drained(),
      deaf: () => this.deaf(),
      said: (stream, line) => log.info(`${stream}: ${line}`),
      ended: (exit) => this.childEnded(exit),
    })
    log.info(`started ${this.child.name}`)
    if (context.opening) this.tellChild(context.opening)
    if (config.tick > 0)
      this.timers.tick(config.tick, (n, ms) =>
        this.inbox.putOne('tick', this.encoder.system(`{"t":"Tick","n":${n},"ms":${ms},"_sys":true}`)),
      )
  }

  /** Bytes that wait for clients. */
  get backlog(): number {
    return this.seats.flow.backlog
  }

  /** Bytes that wait for the child. */
  get inboxSize(): number {
    return this.inbox.size
  }

  /** Seats of people, those included whose clients are away. */
  get connections(): number {
    return this.seats.people
  }

  join(client: Client, visitor: Visitor): Seat {
    clearTimeout(this.lingering)
    const seat = this.seats.join(client, visitor)
    this.keepBots()
    return seat
  }

  /** The number of the seat that is claimed; undefined where it is gone. */
  seatOf(claim: Returning): number | undefined {
    return this.seats.claimed(claim)
  }

  /** A client takes a seat again, which `seatOf` has found. */
  resume(client: Client, claim: Returning): Seat {
    return this.seats.resume(client, claim)
  }

  /** A message of a client. @param bytes valid during the call only */
  message(seat: Seat, bytes: Buffer, binary: boolean): void {
    if (!this.seats.has(seat)) return
    if (seat.controls && binary !== this.context.config.binary) {
      return this.seats.controlled(seat, readControl(bytes.toString('utf8')))
    }
    this.context.metrics.messagesIn++
    this.context.metrics.bytesIn += bytes.length
    if (this.tracing) this.context.log.trace({ client: seat.id }, `> client ${seat.id}: ${show(bytes)}`)
    if (seat.rate && !seat.rate.take()) return this.seats.refuse(seat, 4429, 'too many messages')
    const line = this.encoder.message(seat.id, bytes, binary)
    if (line instanceof Refusal) return this.seats.refuse(seat, line.code, line.reason)
    if (!this.inbox.offer(line, bytes.length))
      return this.seats.refuse(seat, 1013, 'the game does not keep up with what is sent to it')
    seat.took(bytes.length)
    if (!this.heard) this.silence ??= setTimeout(() => !this.heard && this.reports.silent(), SILENCE).unref()
  }

  /** Closes a client for a reason that is not the room's. */
  refuse(seat: Seat, code: number, reason: string): void {
    if (this.seats.has(seat)) this.seats.refuse(seat, code, reason)
  }

  /** A client's socket has passed on some of its backlog. */
  drained(seat: Seat): void {
    this.seats.drained(seat)
  }

  /** A client's socket is closed. */
  closed(seat: Seat, client: Client, code: number): void {
    this.seats.closed(seat, client, code)
  }

  /** Closes everyone with this code, then ends the child. */
  end(code: number, reason: string): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.lingering)
    clearTimeout(this.silence)
    this.timers.clear()
    const bots = this.bots.stop()
    this.context.ended(this, code, reason)
    this.context.log[code === 1011 ? 'error' : 'info'](`ended with ${code}${reason && `: ${reason}`}`)
    this.seats.close(code, reason)
    this.inbox.finish()
    this.departure = Promise.all([this.child.farewell(), bots]).then(() => {})
  }

  /** Resolves when no member of the child's process group is left. */
  gone(): Promise<void> {
    return this.departure
  }

  kill(): void {
    this.child.kill()
    this.bots.kill()
  }

  private output(chunk: Buffer): void {
    this.heard = true
    if (this.over) return
    this.deliver(this.framer.push(chunk))
    this.seats.flow.sent(chunk.length)
  }

  private deliver({ region, frames }: Batch): void {
    // One search for each read: where no key of an envelope can be, no frame of it is looked at again.
    const routed = this.context.config.fromChild === 'json' && mayHoldEnvelope(region, this.idNeedle)
    for (const frame of frames) {
      if (this.over) return
      this.context.metrics.framesOut++
      if (this.tracing) this.context.log.trace(`< ${show(frame.bytes)}`)
      if (routed && mayHoldEnvelope(frame.bytes, this.idNeedle)) this.route(frame)
      else this.pass(frame)
    }
  }

  /** A frame without an envelope; gwsocket's header may name one client. */
  private pass(frame: CutFrame): void {
    if (this.context.config.fromChild === 'json' && !looksLikeJson(frame.bytes)) this.reports.notJson(frame.bytes)
    const to = frame.to === 0 ? null : [frame.to]
    if (this.context.history.wants(false)) this.context.history.keep({ ...frame, to, except: [] })
    this.count(frame, to === null ? this.seats.audience.sendAll(frame) : this.seats.audience.sendTo(frame, to, []))
  }

  private route(frame: CutFrame): void {
    const text = frame.bytes.toString('utf8')
    const envelope = readEnvelope(text, this.idField)
    if (!envelope) {
      if (mayBeAddressed(text, this.idField)) return this.reports.withheld(text)
      this.reports.notJson(frame.bytes)
      return this.pass(frame)
    }
    if (envelope.addressed && this.context.config.idField?.guessed) this.dropIdField()
    const faults = envelope.control ? [...envelope.faults, ...this.obey(envelope)] : envelope.faults
    if (faults.length > 0) this.reports.disobeyed(text, faults)
    if (envelope.control) return
    const { to, except, waiting } = envelope
    if (this.context.history.wants(envelope.cache)) this.context.history.keep({ ...frame, to, except })
    this.count(frame, this.seats.audience.sendTo(frame, to, except, waiting))
    if (this.debugging && to !== null) this.reportAbsent(to)
  }

  /** @returns what could not be done */
  private obey({ meta, group, timer, bots, kick, end }: Envelope): string[] {
    const faults: string[] = []
    if (meta) this.setMeta(meta)
    if (group && !this.seats.audience.changeGroup(group.name, group.join, group.leave))
      faults.push(`_group ${group.name}: there are too many`)
    const refused = timer && this.timers.set(timer)
    if (refused) faults.push(refused)
    if (bots !== undefined) faults.push(...this.wantBots(bots))
    if (kick) this.seats.kick(kick)
    if (end !== undefined) this.end(1000, end)
    return faults
  }

  /** @returns why not */
  private wantBots(count: number): string[] {
    const { bots } = this.context.config
    if (!bots) return ['_bots needs a program to run: --bot']
    if (count > bots.max) return [`_bots ${count}: more than --maxbots ${bots.max}`]
    this.wanted = count
    this.keepBots()
    return []
  }

  /** Bots come as people leave, and leave as people come. */
  private keepBots(): void {
    const { bots } = this.context.config
    const { people } = this.seats
    if (!bots || this.over || people === 0) return
    this.bots.keep(this.wanted ?? Math.min(bots.max, Math.max(0, bots.fill - people)))
  }

  /** To the room a bot is a client. */
  private botsRoom(): BotsRoom {
    return {
      join: (client, visitor) => this.seats.join(client, visitor),
      message: (seat, bytes, binary) => this.message(seat, bytes, binary),
      refuse: (seat, code, reason) => this.seats.refuse(seat, code, reason),
      closed: (seat, client, code) => this.seats.closed(seat, client, code),
    }
  }

  private setMeta(meta: Record<string, unknown>): void {
    try {
      JSON.stringify(meta)
      this.meta = meta
      this.context.changed()
    } catch (error) {
      // What is nested so deep can be parsed and not written: it would break the list of all rooms.
      this.reports.disobeyed('{"_meta":true,…}', [`_meta can't be written: ${(error as Error).message}`])
    }
  }

  private reportAbsent(to: readonly (number | string)[]): void {
    const absent = to.filter((key) => !this.seats.audience.has(key))
    if (absent.length > 0) this.context.log.debug(`nobody here is ${absent.join(', ')}`)
  }

  private count(frame: CutFrame, recipients: number): void {
    this.context.metrics.messagesOut += recipients
    this.context.metrics.bytesOut += recipients * frame.bytes.length
  }

  /** A line of Playpipe's own, which no client can forge. */
  private tellChild(line: Record<string, unknown>): void {
    if (this.context.config.toChild === 'json')
      this.inbox.put(this.encoder.system(JSON.stringify({ ...line, _sys: true })))
  }

  /** What the child reads of its players' coming and going. */
  private tellings(): SeatsEvents {
    const { join, botJoin, leave } = this.context.config
    const put = (lines: Line[]) => {
      for (const line of lines) this.inbox.put(line)
    }
    return {
      joined: (seat, { ip }) => {
        put(this.encoder.joined(seat.id, ip, (seat.bot ? botJoin : join)?.(seat.values)))
        this.context.changed()
        this.context.joined(seat.values.claims)
      },
      left: (seat) => {
        this.context.changed()
        this.context.left(seat.values.claims)
        put(this.encoder.left(seat.id, leave?.(seat.values)))
        if (!seat.bot) this.keepBots()
      },
      away: ({ id }) => this.tellChild({ t: 'Away', _from: id }),
      back: ({ id }, missed, fresh) =>
        this.tellChild({ t: 'Back', _from: id, ...(missed > 0 && { missed }), ...(fresh && { fresh }) }),
      emptied: () => this.emptied(),
    }
  }

  private emptied(): void {
    if (this.over) return
    if (this.context.config.linger === 0) this.end(1000, EMPTY)
    else this.lingering = setTimeout(() => this.end(1000, EMPTY), this.context.config.linger)
  }

  private childEnded(exit: Exit): void {
    this.context.metrics.count('exits', exitLabel(exit))
    if (this.over) return
    this.deliver(this.framer.end())
    this.inbox.close()
    const fine = exit.kind === 'status' && exit.status === 0
    this.end(fine ? 1000 : 1011, fine ? 'the game ended' : describeExit(exit))
  }

  private deaf(): void {
    this.inbox.close()
    setTimeout(() => this.over || this.reports.deaf(), DEAFNESS).unref()
  }

  private setIdField(name: string | undefined): void {
    this.idField = name
    this.idNeedle = name === undefined ? undefined : Buffer.from(JSON.stringify(name))
  }

  private dropIdField(): void {
    if (this.idField === undefined) return
    this.setIdField(undefined)
    this.encoder = this.createEncoder()
    this.context.log.info('the game addresses by _to: id is its own from now on')
  }

  private createEncoder(): Encoder {
    const { toChild, binary } = this.context.config
    return createEncoder({ framing: toChild, binary, idField: this.idField })
  }
}

function show(bytes: Buffer): string {
  return bytes.toString('utf8', 0, 200)
}

function looksLikeJson(bytes: Buffer): boolean {
  return bytes[0] === 0x7b && bytes[bytes.length - 1] === 0x7d
}
