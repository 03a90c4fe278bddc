import type { ServerResponse } from 'node:http'
import type { GameView } from '../../lobby/game.ts'
import type { Games } from '../../lobby/games.ts'

/** Streams in all, and from one address. */
const MAX_STREAMS = 2000
const MAX_FROM_ONE = 40
/** Bytes that may wait for one reader behind the list; beyond, it is cut off, and gets the whole list when it comes back. */
const MAX_WAITING = 512 * 1024
/** uWebSockets.js cuts what is silent for ten seconds, and proxies what is silent for a minute. In ms. */
const BEAT = 4000
/** A browser that was cut off comes back after so long, in ms. */
const RETRY = 2000

/** Who follows. */
interface Stream {
  readonly ip: string
  /** Bytes of the list that it begins with, while they are on their way. */
  list: number
}

/** Server-sent events: the list of games, then each change of it, as the same bytes for everyone. */
export class EventStreams {
  private readonly streams = new Map<ServerResponse, Stream>()
  private readonly heart: NodeJS.Timeout
  private readonly changed = (game: GameView) => this.send(eventOf('game', game))

  constructor(private readonly games: Games) {
    games.on('changed', this.changed)
    this.heart = setInterval(() => this.send(':\n\n'), BEAT).unref()
  }

  /** Why a further stream is not for this address; undefined where it is. */
  refuses(ip: string): 'too many' | 'busy' | undefined {
    if (this.streams.size >= MAX_STREAMS) return 'busy'
    const own = [...this.streams.values()].filter((other) => other.ip === ip).length
    return own >= MAX_FROM_ONE ? 'too many' : undefined
  }

  open(response: ServerResponse, ip: string): void {
    const stream: Stream = { ip, list: 0 }
    this.streams.set(response, stream)
    response.once('close', () => this.streams.delete(response))
    response.on('error', () => response.destroy())
    response.setHeader('Content-Type', 'text/event-stream')
    // nginx would collect them.
    response.setHeader('X-Accel-Buffering', 'no')
    response.write(`retry: ${RETRY}\n${eventOf('games', { games: this.games.list() })}`, () => {
      stream.list = 0
    })
    stream.list = response.writableLength
  }

  close(): void {
    clearInterval(this.heart)
    this.games.off('changed', this.changed)
    for (const response of this.streams.keys()) response.end()
  }

  private send(text: string): void {
    for (const [response, { list }] of this.streams) {
      if (response.writableLength - list > MAX_WAITING) response.destroy()
      else if (!response.writableEnded) response.write(text)
    }
  }
}

function eventOf(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
