/** What rooms are tested with: a child, sockets and a world that are none. Needs vitest's fake timers. */
import { pino } from 'pino'
import { vi } from 'vitest'
import type { Child, ChildEvents } from '../src/child/child.ts'
import { resolveConfig } from '../src/config.ts'
import { Metrics } from '../src/metrics.ts'
import type { RawOptions } from '../src/options.ts'
import type { Client, Subscriber, Visitor } from '../src/rooms/client.ts'
import { Room } from '../src/rooms/room.ts'
import type { Seat } from '../src/rooms/seat.ts'
import type { Line } from '../src/wire/codec.ts'
import type { Frame } from '../src/wire/framer.ts'
import { History } from '../src/wire/history.ts'

export const VISITOR: Visitor = { ip: '192.0.2.1', remote: '192.0.2.1:5000', query: 'name=Ann' }
export const KiB = 1024

/** What happened in the world around a room, in order. */
export type Trace = string[]

/** The seats that clients took. */
export const seats = new WeakMap<Client, Seat>()

/** The client's socket is closed. */
export function leave(room: Room, client: Client, code: string): void {
  room.closed(seats.get(client)!, client, Number(code) || 1006)
}

export class FakeChild implements Child {
  readonly name = 'game (1)'
  readonly written: string[] = []
  /** Whether `write` says that all is taken. */
  taking = true
  reading = true
  events!: ChildEvents
  /** Nothing of it is left. */
  vanish!: () => void
  private readonly gone: Promise<void>

  constructor(private readonly trace: Trace) {
    this.gone = new Promise((resolve) => {
      this.vanish = resolve
    })
  }

  write(data: Line): boolean {
    this.written.push(data.toString())
    this.trace.push(`write ${data.toString().trimEnd()}`)
    return this.taking
  }

  pause(): void {
    this.reading = false
  }

  resume(): void {
    this.reading = true
  }

  farewell(): Promise<void> {
    this.trace.push('farewell')
    return this.gone
  }

  kill(): void {
    this.trace.push('kill')
  }

  print(...lines: (string | object)[]): void {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
    this.events.output(Buffer.from(text))
  }

  /** What it was written, line by line. */
  get heard(): string[] {
    return this.written.join('').split('\n').slice(0, -1)
  }
}

export class FakeSocket implements Subscriber {
  readonly frames: string[] = []
  readonly topics = new Set<string>()
  closed: string | undefined
  waiting = 0

  constructor(
    readonly id: number,
    private readonly trace: Trace,
  ) {}

  send(frame: Frame): void {
    if (this.closed !== undefined) throw new Error(`client ${this.id} was closed and is sent ${frame.bytes}`)
    this.frames.push(frame.bytes.toString())
    this.trace.push(`send ${this.id} ${frame.bytes}`)
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) throw new Error(`client ${this.id} is closed twice`)
    this.closed = `${code} ${reason}`
    this.topics.clear()
    this.trace.push(`close ${this.id} ${code}`)
  }

  subscribe(topic: string): void {
    this.topics.add(topic)
    this.trace.push(`subscribe ${this.id}`)
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic)
    this.trace.push(`unsubscribe ${this.id}`)
  }

  backlog(): number {
    return this.waiting
  }
}

/** A client that no topic reaches: a bot, or a player on another machine. */
export class FakeBot implements Client {
  readonly frames: string[] = []
  closed: string | undefined

  constructor(readonly id: number) {}

  send(frame: Frame): void {
    this.frames.push(frame.bytes.toString())
  }

  close(code: number, reason: string): void {
    this.closed = `${code} ${reason}`
  }
}

/** What a room is put into: a log that is kept, and sockets that topics reach. */
export function createWorld() {
  const trace: Trace = []
  const logged: { level: number; msg: string; room?: string }[] = []
  const sockets: FakeSocket[] = []
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const publish = (topic: string, frame: Frame) => {
    for (const socket of sockets) if (socket.topics.has(topic)) socket.send(frame)
  }
  const socket = (id: number): FakeSocket => {
    const one = new FakeSocket(id, trace)
    sockets.push(one)
    return one
  }
  const complaints = () => logged.filter(({ level }) => level >= 40).map(({ msg }) => msg)
  return { trace, logged, log, publish, socket, complaints, metrics: new Metrics() }
}

/** One room whose child is ready. */
export function createRoom(options: RawOptions = { json: 'true' }) {
  const world = createWorld()
  const config = resolveConfig(options, ['game']).room!
  const child = new FakeChild(world.trace)
  const bots: FakeChild[] = []
  let ends = 0
  let lastId = 0
  const room = new Room('lobby', VISITOR, {
    config,
    log: world.log,
    metrics: world.metrics,
    topic: 'room 1',
    publish: world.publish,
    history: new History(config.history, config.maxCache),
    maxPayload: 1024,
    nextId: () => ++lastId,
    start: (_visitor, events) => {
      child.events = events
      return child
    },
    startBot: (events) => {
      const bot = new FakeChild([])
      bot.events = events
      bots.push(bot)
      events.drained()
      return bot
    },
    opening: undefined,
    changed: () => {},
    joined: () => {},
    left: () => {},
    ended: () => {
      ends++
      world.trace.push('ended')
    },
  })
  child.events.drained()
  const join = (): FakeSocket => {
    const client = world.socket(++lastId)
    seats.set(client, room.join(client, VISITOR))
    return client
  }
  const say = (client: Client, message: string | object, binary = false) =>
    room.message(
      seats.get(client)!,
      Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
      binary,
    )
  return { ...world, child, bots, room, join, say, ends: () => ends }
}

/** Lets what was put off to the next turn of the event loop happen. */
export const turn = () => vi.advanceTimersByTime(0)
