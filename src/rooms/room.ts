import type { Child, ChildEvents, Exit } from '../child/child.ts'
import type { RoomConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { createEncoder, type Encoder, Refusal } from '../wire/codec.ts'
import { type Envelope, isControl, mayHoldEnvelope, readEnvelope } from '../wire/envelope.ts'
import { type Batch, type CutFrame, createFramer, type Framer } from '../wire/framer.ts'
import type { History } from '../wire/history.ts'
import type { Values } from '../wire/template.ts'
import { Audience, type Publish } from './audience.ts'
import { type Client, isSubscriber, type Subscriber, type Visitor } from './client.ts'
import { Flow } from './flow.ts'
import { Inbox } from './inbox.ts'
import { RateLimit } from './rate.ts'
import { Reader } from './reader.ts'

/** What a room needs of the world. */
export interface RoomContext {
  readonly config: RoomConfig
  readonly log: Log
  readonly metrics: Metrics
  /** Of this room alone, also among rooms of the same name that come later. */
  readonly topic: string
  readonly publish: Publish
  readonly history: History
  start(visitor: Visitor, events: ChildEvents): Child
  /** The room has ended: from now on a newcomer gets a new one. Called before its clients are closed. */
  ended(room: Room): void
}

/** What a room keeps of a client. */
interface Seat {
  readonly client: Client
  /** Where it is a socket. */
  readonly reader: Reader | undefined
  readonly values: Values
  readonly rate: RateLimit | undefined
}

/** A program that answers nothing for so long may be holding its output back. */
const SILENCE = 10_000
/** RFC 6455, section 5.5: a close frame's payload is 125 bytes, two of them the code. */
const MAX_REASON = 123

/**
 * One URL path, its child and its clients. It alone owns them, and has two paths:
 * in: admit → stamp → child's inbox; out: frame → envelope → meta or control → history → recipients → clients.
 */
export class Room {
  /** What the game says about the room: `{"_meta":true,…}`. */
  meta: Record<string, unknown> | null = null
  private readonly audience: Audience
  private readonly seats = new Map<number, Seat>()
  private readonly flow: Flow
  private readonly inbox: Inbox
  private readonly framer: Framer
  private encoder: Encoder
  private readonly child: Child
  private readonly reported = new Set<string>()
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
    const { config } = context
    this.tracing = context.log.isLevelEnabled('trace')
    this.debugging = context.log.isLevelEnabled('debug')
    this.audience = new Audience(context.topic, context.publish)
    this.flow = new Flow({ pause: () => this.child.pause(), resume: () => this.child.resume() }, context.metrics, {
      apart: (reader, alone) => this.apart(reader, alone),
    })
    this.inbox = new Inbox(config.maxInbox, (data) => this.child.write(data))
    this.framer = createFramer(
      { cutting: config.cutting, binary: config.binary, maxFrame: config.maxLine },
      { skipped: (why, head) => this.skipped(why, head), repaired: () => this.repaired() },
    )
    this.setIdField(config.idField?.name)
    this.encoder = this.createEncoder()
    this.child = context.start(first, {
      output: (chunk) => this.output(chunk),
      drained: () => this.inbox.drained(),
      deaf: () => this.deaf(),
      said: (stream, line) => context.log.info(`${stream}: ${line}`),
      ended: (exit) => this.childEnded(exit),
    })
    context.log.info(`started ${this.child.name}`)
  }

  /** Bytes that wait for clients. */
  get backlog(): number {
    return this.flow.backlog
  }

  /** Bytes that wait for the child. */
  get inboxSize(): number {
    return this.inbox.size
  }

  get connections(): number {
    return this.audience.size
  }

  /** One synchronous step: the history is replayed, the client subscribed, the Join line queued. */
  join(client: Client, visitor: Visitor): void {
    clearTimeout(this.lingering)
    const values = { id: client.id, room: this.name, remote: visitor.remote, query: visitor.query }
    const reader = isSubscriber(client) ? this.createReader(client) : undefined
    const { join, rateLimit } = this.context.config
    this.seats.set(client.id, { client: reader ?? client, reader, values, rate: rateLimit && new RateLimit(rateLimit) })
    for (const kept of this.context.history) {
      if ((kept.to === null || kept.to.includes(client.id)) && !kept.except.includes(client.id)) client.send(kept)
    }
    reader?.subscribe()
    if (reader) this.flow.add(reader)
    this.audience.add(reader ?? client, reader === undefined)
    this.context.metrics.connected(this.name)
    this.context.log.info({ client: client.id }, `client ${client.id} joined from ${visitor.remote}`)
    this.context.log.debug({ client: client.id }, `client ${client.id} came with the query '${visitor.query}'`)
    for (const line of this.encoder.joined(client.id, visitor.ip, join?.(values))) this.inbox.put(line)
  }

  /** A message of a client. @param bytes valid during the call only */
  message(client: Client, bytes: Buffer, binary: boolean): void {
    const seat = this.seats.get(client.id)
    if (!seat) return
    this.context.metrics.messagesIn++
    this.context.metrics.bytesIn += bytes.length
    if (this.tracing) this.context.log.trace({ client: client.id }, `> client ${client.id}: ${show(bytes)}`)
    if (seat.rate && !seat.rate.take()) return this.refuse(client.id, 4429, 'too many messages')
    const line = this.encoder.message(client.id, bytes, binary)
    if (line instanceof Refusal) this.refuse(client.id, line.code, line.reason)
    else if (!this.inbox.offer(line, bytes.length))
      this.refuse(client.id, 1013, 'the game does not keep up with what is sent to it')
    else if (!this.heard) this.silence ??= setTimeout(() => this.silent(), SILENCE).unref()
  }

  /** A client's socket has passed on some of its backlog. */
  drained(client: Client): void {
    const reader = this.seats.get(client.id)?.reader
    if (reader) this.flow.drained(reader)
  }

  /** A client's socket is closed, or the game wants it out. Its seat is given up. */
  leave({ id }: Pick<Client, 'id'>, why: string): void {
    const seat = this.seats.get(id)
    if (!seat) return
    this.seats.delete(id)
    this.audience.remove(id)
    if (seat.reader) this.flow.remove(seat.reader)
    this.context.metrics.disconnected(this.name)
    this.context.log.info({ client: id }, `client ${id} left (${why})`)
    for (const line of this.encoder.left(id, this.context.config.leave?.(seat.values))) this.inbox.put(line)
    if (this.audience.size === 0) this.emptied()
  }

  /** Closes everyone with this code, then ends the child. */
  end(code: number, reason: string): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.lingering)
    clearTimeout(this.silence)
    this.flow.close()
    this.context.ended(this)
    this.context.log[code === 1011 ? 'error' : 'info'](`ended with ${code}${reason && `: ${reason}`}`)
    const seats = [...this.seats.values()]
    this.seats.clear()
    for (const { client } of seats) client.close(code, clip(reason))
    this.inbox.finish()
    this.departure = this.child.farewell()
  }

  /** Resolves when no member of the child's process group is left. */
  gone(): Promise<void> {
    return this.departure
  }

  kill(): void {
    this.child.kill()
  }

  private output(chunk: Buffer): void {
    this.heard = true
    if (this.over) return
    this.deliver(this.framer.push(chunk))
    this.flow.sent(chunk.length)
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
    if (this.context.config.fromChild === 'json' && !looksLikeJson(frame.bytes)) this.notJson(frame)
    const to = frame.to === 0 ? null : [frame.to]
    if (this.context.history.wants(false)) this.context.history.keep({ ...frame, to, except: [] })
    this.count(frame, to === null ? this.audience.sendAll(frame) : this.audience.sendTo(frame, to, []))
  }

  private route(frame: CutFrame): void {
    const text = frame.bytes.toString('utf8')
    const envelope = readEnvelope(text, this.idField)
    if (!envelope) {
      this.notJson(frame)
      return this.pass(frame)
    }
    if (envelope.faults.length > 0) this.disobeyed(text, envelope.faults)
    if (envelope.addressed && this.context.config.idField?.guessed) this.dropIdField()
    if (isControl(envelope)) return this.control(envelope)
    const { to, except, key } = envelope
    if (this.context.history.wants(envelope.cache)) this.context.history.keep({ ...frame, to, except })
    this.count(frame, this.audience.sendTo(frame, to, except, key))
    if (this.debugging && to !== null) this.reportAbsent(to)
  }

  private control({ meta, kick, end }: Envelope): void {
    if (meta) this.setMeta(meta)
    for (const client of this.audience.select(kick?.who ?? [])) {
      this.context.metrics.kicks++
      this.leave(client, `kicked: ${kick!.reason}`)
      client.close(kick!.code, clip(kick!.reason))
    }
    if (end !== undefined) this.end(1000, end)
  }

  private reportAbsent(to: readonly (number | string)[]): void {
    const absent = to.filter((key) => !this.audience.has(key))
    if (absent.length > 0) this.context.log.debug(`nobody here is ${absent.join(', ')}`)
  }

  private setMeta(meta: Record<string, unknown>): void {
    try {
      JSON.stringify(meta)
      this.meta = meta
    } catch (error) {
      // What is nested so deep can be parsed and not written: it would break the list of all rooms.
      this.disobeyed('{"_meta":true,…}', [`metadata that can't be written: ${(error as Error).message}`])
    }
  }

  private count(frame: CutFrame, recipients: number): void {
    this.context.metrics.messagesOut += recipients
    this.context.metrics.bytesOut += recipients * frame.bytes.length
  }

  private refuse(id: number, code: number, reason: string): void {
    const client = this.seats.get(id)?.client
    this.context.metrics.count('refused', String(code))
    this.context.log.info({ client: id }, `client ${id} is closed with ${code}: ${reason}`)
    this.leave({ id }, String(code))
    client?.close(code, reason)
  }

  private createReader(client: Subscriber): Reader {
    return new Reader(client, this.context.topic, this.context.config.maxBacklog, (reader) => {
      this.context.metrics.evictions++
      this.refuse(reader.id, 1013, 'the connection does not keep up with the game')
    })
  }

  private apart(reader: Reader, alone: boolean): void {
    this.audience.setApart(reader, alone)
    const what = alone ? 'is slow: it waits alone from now on' : 'has caught up'
    this.context.log.debug({ client: reader.id }, `client ${reader.id} ${what}`)
  }

  private emptied(): void {
    if (this.over) return
    if (this.context.config.linger === 0) this.end(1000, 'empty')
    else this.lingering = setTimeout(() => this.end(1000, 'empty'), this.context.config.linger)
  }

  private childEnded(exit: Exit): void {
    this.context.metrics.count('exits', exitLabel(exit))
    if (this.over) return
    this.deliver(this.framer.end())
    const fine = exit.kind === 'status' && exit.status === 0
    this.inbox.close()
    this.end(fine ? 1000 : 1011, fine ? 'the game ended' : describe(exit))
  }

  private deaf(): void {
    this.inbox.close()
    if (!this.over) this.once('deaf', 'info', 'the game has closed its input: what clients send is dropped')
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

  private skipped(why: string, head: Buffer): void {
    this.context.metrics.count('skipped', 'unreadable')
    this.context.log.error(`skipped a frame that is ${why}: ${head.toString('utf8', 0, 80)}`)
  }

  private repaired(): void {
    this.context.metrics.repaired++
    this.once(
      'utf8',
      'warn',
      'the game prints bytes that are not UTF-8: they become U+FFFD; --binary passes bytes as they are',
    )
  }

  private notJson(frame: CutFrame): void {
    this.once(
      'json',
      'warn',
      `a line that is not a JSON object goes to everyone as it is: ${frame.bytes.toString('utf8', 0, 120)}`,
    )
  }

  private disobeyed(text: string, faults: readonly string[]): void {
    this.context.metrics.ignored += faults.length
    this.once('control', 'warn', `${faults.join('; ')}; in ${text.slice(0, 200)}`)
  }

  private silent(): void {
    if (this.heard || this.over) return
    this.once(
      'silent',
      'warn',
      'the game got messages and printed nothing yet: does it flush its output? `stdbuf -oL` helps C programs',
    )
  }

  private once(key: string, level: 'info' | 'warn', message: string): void {
    if (this.reported.has(key)) return
    this.reported.add(key)
    this.context.log[level](message)
  }
}

function show(bytes: Buffer): string {
  return bytes.toString('utf8', 0, 200)
}

function looksLikeJson(bytes: Buffer): boolean {
  return bytes[0] === 0x7b && bytes[bytes.length - 1] === 0x7d
}

function describe(exit: Exit): string {
  if (exit.kind === 'failed') return exit.why
  return exit.kind === 'signal' ? `the game crashed: ${exit.signal}` : `the game crashed: exit status ${exit.status}`
}

function exitLabel(exit: Exit): string {
  if (exit.kind === 'failed') return 'failed'
  return exit.kind === 'signal' ? exit.signal : String(exit.status)
}

/** Cuts a reason to what a close frame holds, at a whole character. */
function clip(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= MAX_REASON) return reason
  let end = MAX_REASON
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
