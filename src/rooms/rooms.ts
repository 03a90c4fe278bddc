import type { Child, ChildEvents } from '../child/child.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { RoomConfig } from '../room-config.ts'
import { History } from '../wire/history.ts'
import type { Publish } from './audience.ts'
import type { Visitor } from './client.ts'
import { Room } from './room.ts'

/** Histories kept of ended rooms (`--cachepersist`); the least recently used goes first. */
const MAX_HISTORIES = 1024

export interface RoomsContext {
  /** How a room of this name is run. */
  configOf(room: string): RoomConfig
  readonly log: Log
  readonly metrics: Metrics
  readonly publish: Publish
  /** The longest message of a client, in bytes. */
  readonly maxPayload: number
  start(room: string, visitor: Visitor, events: ChildEvents): Child
  startBot(room: string, events: ChildEvents): Child
  /** A room has ended, and newcomers get a new one. */
  ended(room: string, code: number, reason: string): void
  /** Somebody came or went, or the game has said something about the room. */
  changed(room: string): void
  /** Somebody has taken a seat in a room. @param claims of a verified token, if there was one */
  joined(room: string, claims: Readonly<Record<string, unknown>> | undefined): void
  /** A seat in a room was given up; not told where the whole room has ended. */
  left(room: string, claims: Readonly<Record<string, unknown>> | undefined): void
  /** What the child of a room reads first, if it reads JSON lines. */
  opening(room: string): Record<string, unknown> | undefined
}

/** The rooms of one server, by name. A room in farewell is none of them, and still looked after until it is gone. */
export class Rooms {
  private readonly open = new Map<string, Room>()
  private readonly leaving = new Set<Room>()
  private readonly histories = new Map<string, History>()
  private made = 0
  private lastId = 0

  constructor(private readonly context: RoomsContext) {
    const sum = (of: (room: Room) => number) => () =>
      [...this.open.values()].reduce((total, room) => total + of(room), 0)
    context.metrics.waiting = { backlog: sum((room) => room.backlog), inbox: sum((room) => room.inboxSize) }
  }

  get size(): number {
    return this.open.size
  }

  get(name: string): Room | undefined {
    return this.open.get(name)
  }

  values(): IterableIterator<Room> {
    return this.open.values()
  }

  /** The number of the next client: 1, 2, 3 over the server's life. */
  nextId(): number {
    return ++this.lastId
  }

  /** The room of this name; the first visitor starts its child. */
  enter(name: string, visitor: Visitor): Room {
    const room = this.open.get(name) ?? this.create(name, visitor)
    return room
  }

  /** Ends every room. Resolves when no child and nothing that a child started in its process group is left. */
  async stopAll(code: number, reason: string): Promise<void> {
    for (const room of [...this.open.values()]) room.end(code, reason)
    await Promise.all([...this.leaving].map((room) => room.gone()))
  }

  /** SIGKILL to every child, at once: the server itself is dying. */
  killAll(): void {
    for (const room of [...this.open.values(), ...this.leaving]) room.kill()
  }

  private create(name: string, visitor: Visitor): Room {
    const { log, metrics, publish, maxPayload, start, startBot } = this.context
    const config = this.context.configOf(name)
    const room = new Room(name, visitor, {
      config,
      metrics,
      publish,
      maxPayload,
      log: log.child({ room: name }),
      topic: `room ${++this.made}`,
      history: this.takeHistory(name, config),
      start: (first, events) => start(name, first, events),
      startBot: (events) => startBot(name, events),
      nextId: () => this.nextId(),
      opening: this.context.opening(name),
      changed: () => this.context.changed(name),
      joined: (claims) => this.context.joined(name, claims),
      left: (claims) => this.context.left(name, claims),
      ended: (_room, code, reason) => this.ended(room, code, reason),
    })
    this.open.set(name, room)
    return room
  }

  private ended(room: Room, code: number, reason: string): void {
    this.open.delete(room.name)
    this.leaving.add(room)
    this.context.metrics.forget(room.name)
    // After `end` has returned, when there is a departure to wait for.
    queueMicrotask(() => room.gone().then(() => this.leaving.delete(room)))
    this.context.ended(room.name, code, reason)
  }

  /** The history of the last room of this name is moved on: what the old child still prints is not seen by it. */
  private takeHistory(name: string, config: RoomConfig): History {
    if (!config.keepHistory || config.history.kind === 'none') return new History(config.history, config.maxCache)
    const history = this.histories.get(name) ?? new History(config.history, config.maxCache)
    this.histories.delete(name)
    this.histories.set(name, history)
    for (const oldest of this.histories.keys()) {
      if (this.histories.size <= MAX_HISTORIES) break
      if (!this.open.has(oldest)) this.histories.delete(oldest)
    }
    return history
  }
}
