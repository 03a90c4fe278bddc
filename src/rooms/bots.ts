import type { Child, ChildEvents, Exit } from '../child/child.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { oneLine } from '../wire/codec.ts'
import { createFramer, type Frame } from '../wire/framer.ts'
import type { Client, Paced, Visitor } from './client.ts'
import { Inbox } from './inbox.ts'
import { exitLabel } from './reports.ts'
import type { Seat } from './seat.ts'

/** After how many milliseconds a bot that failed is started again. One that fails once more is given up. */
const RESTARTS = [1000, 2000, 4000]
/** Who has run for so long has recovered from its failures. */
const HEALTHY = 60_000
const TOO_LARGE = 1009

export interface BotsContext {
  readonly log: Log
  readonly metrics: Metrics
  /** `--binary`: bytes both ways, no lines. */
  readonly binary: boolean
  /** The longest line that a bot may print, in bytes. */
  readonly maxPayload: number
  /** @throws where descriptors ran out */
  startBot(events: ChildEvents): Child
  nextId(): number
}

/** What bots do in their room; to it they are clients like any other. */
export interface BotsRoom {
  join(client: Client, visitor: Visitor): Seat
  message(seat: Seat, bytes: Buffer, binary: boolean): void
  refuse(seat: Seat, code: number, reason: string): void
  closed(seat: Seat, client: Client, code: number): void
}

const VISITOR: Visitor = { ip: '', remote: '', query: '', bot: true }

/** The bots of one room: programs in seats of their own. */
export class Bots {
  private readonly places: Place[] = []
  /** Every bot's child, and what ends when nothing of it is left. */
  private readonly children = new Map<Child, Promise<void> | undefined>()

  constructor(
    private readonly context: BotsContext,
    private readonly room: BotsRoom,
  ) {}

  /** Lets bots come or go until there are so many; who came last goes first. */
  keep(count: number): void {
    while (this.places.length > count) this.places.pop()!.close()
    while (this.places.length < count) {
      const place = new Place(this.context, this.room, this)
      this.places.push(place)
      place.fill()
    }
  }

  /** Nobody is started any more. Resolves when no bot and nothing that a bot started in its process group is left. */
  async stop(): Promise<void> {
    this.keep(0)
    await Promise.all(this.children.values())
  }

  kill(): void {
    for (const child of this.children.keys()) child.kill()
  }

  start(events: ChildEvents): Child {
    const child = this.context.startBot(events)
    this.children.set(child, undefined)
    return child
  }

  end(child: Child): void {
    this.children.set(
      child,
      child.farewell().then(() => void this.children.delete(child)),
    )
  }
}

/** What starts the bots' programs, and ends them. */
type Programs = Pick<Bots, 'start' | 'end'>

/** Where one bot sits, and is started again when it fails. */
class Place {
  private bot: Bot | undefined
  private seat: Seat | undefined
  private failures = 0
  private startedAt = 0
  private timer: NodeJS.Timeout | undefined
  private closed = false

  constructor(
    private readonly context: BotsContext,
    private readonly room: BotsRoom,
    private readonly programs: Programs,
  ) {}

  fill(): void {
    this.startedAt = performance.now()
    let bot: Bot
    try {
      bot = new Bot(this.context, this.programs, {
        message: (bytes) => this.seat && this.room.message(this.seat, bytes, this.context.binary),
        tooLarge: () => this.seat && this.room.refuse(this.seat, TOO_LARGE, 'the message is too large'),
        drained: () => this.seat?.pump(),
        left: (why) => this.left(bot, why),
      })
    } catch (error) {
      return this.failed(`could not start: ${(error as Error).message}`)
    }
    this.bot = bot
    this.seat = this.room.join(bot, VISITOR)
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.bot?.close(1000, 'not wanted any more')
  }

  private left(bot: Bot, why: string): void {
    const { seat } = this
    this.bot = undefined
    this.seat = undefined
    if (seat) this.room.closed(seat, bot, 1000)
    if (!this.closed) this.failed(why)
  }

  private failed(why: string): void {
    if (performance.now() - this.startedAt > HEALTHY) this.failures = 0
    this.context.metrics.botFailures++
    const delay = RESTARTS[this.failures++]
    if (delay === undefined) return this.context.log.error(`a bot is given up: ${why}`)
    this.context.log.warn(`a bot is gone: ${why}; it is started again in ${delay / 1000} s`)
    this.timer = setTimeout(() => this.fill(), delay)
  }
}

interface BotEvents {
  /** @param bytes valid during the call only */
  message(bytes: Buffer): void
  tooLarge(): void
  /** It has taken what it was sent. */
  drained(): void
  /** Once: it ended, or was closed. */
  left(why: string): void
}

/** A program as a client: what its seat would get are its lines, what it prints are its messages. */
class Bot implements Paced {
  readonly id: number
  private readonly child: Child
  private readonly inbox: Inbox
  private gone = false

  constructor(
    private readonly context: BotsContext,
    private readonly programs: Programs,
    private readonly events: BotEvents,
  ) {
    const { binary, maxPayload, log } = context
    const framer = createFramer(
      { cutting: binary ? { kind: 'chunk' } : { kind: 'line' }, binary, maxFrame: maxPayload },
      { skipped: () => this.gone || events.tooLarge(), repaired: () => {} },
    )
    // The seat's own queue is what bounds it: see `backlog`.
    this.inbox = new Inbox(Number.POSITIVE_INFINITY, (data) => this.child.write(data))
    const say = ({ frames }: { frames: readonly Frame[] }) => {
      for (const { bytes } of frames) if (!this.gone) events.message(bytes)
    }
    this.child = programs.start({
      output: (chunk) => say(framer.push(chunk)),
      drained: () => {
        this.inbox.drained()
        events.drained()
      },
      deaf: () => this.inbox.close(),
      said: (stream, line) => log.info(`${this.child.name} ${stream}: ${line}`),
      ended: (exit) => {
        say(framer.end())
        this.ended(exit)
      },
    })
    this.id = context.nextId()
  }

  send({ bytes, binary }: Frame): void {
    this.inbox.put(this.context.binary || binary ? bytes : `${oneLine(bytes.toString('utf8'))}\n`)
  }

  backlog(): number {
    return this.inbox.size
  }

  close(code: number, reason: string): void {
    if (this.gone) return
    this.inbox.finish()
    this.leave(`closed with ${code}: ${reason}`)
  }

  private ended(exit: Exit): void {
    if (!this.gone) this.leave(exit.kind === 'failed' ? exit.why : `it ended with ${exitLabel(exit)}`)
  }

  private leave(why: string): void {
    this.gone = true
    this.programs.end(this.child)
    this.events.left(why)
  }
}
