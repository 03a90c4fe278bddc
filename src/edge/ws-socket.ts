import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { MIN_COMPRESSED, type Session, type Socket, TOO_LARGE } from './transport.ts'

/** What a socket asks of its transport. */
interface Surroundings {
  subscribe(topic: string, socket: WsSocket): void
  unsubscribe(topic: string, socket: WsSocket): void
  /** The socket holds back what it writes until the transport uncorks it. */
  corks(socket: WsSocket): void
}

export class WsSocket implements Socket {
  private readonly topics = new Set<string>()
  private silentBeats = 0
  private isCorked = false
  /** Told of each frame that has left, where frames are compressed: they wait for that in a queue whose end no event tells. */
  private passed: (() => void) | undefined

  constructor(
    readonly ws: WebSocket,
    private readonly stream: Duplex,
    private readonly transport: Surroundings,
  ) {
    for (const event of ['message', 'ping', 'pong']) {
      ws.on(event, () => {
        this.silentBeats = 0
      })
    }
  }

  hear(session: Session, maxPayload: number): void {
    this.stream.on('drain', () => session.drained())
    if (this.ws.extensions !== '') this.passed = () => this.ws.readyState === WebSocket.OPEN && session.drained()
    this.ws.on('message', (data: Buffer, binary) => {
      if (this.ws.readyState !== WebSocket.OPEN) return
      if (data.length > maxPayload) this.end(TOO_LARGE, `a message ends at ${maxPayload} bytes`)
      else session.message(data, binary)
    })
  }

  send(bytes: Buffer, binary: boolean): void {
    if (this.ws.readyState !== WebSocket.OPEN) return
    if (!this.isCorked) {
      this.isCorked = true
      this.stream.cork()
      this.transport.corks(this)
    }
    this.ws.send(bytes, { binary, compress: bytes.length >= MIN_COMPRESSED }, this.passed)
  }

  uncork(): void {
    this.isCorked = false
    this.stream.uncork()
  }

  end(code: number, reason: string): void {
    this.ws.close(code, reason)
  }

  subscribe(topic: string): void {
    this.topics.add(topic)
    this.transport.subscribe(topic, this)
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic)
    this.transport.unsubscribe(topic, this)
  }

  backlog(): number {
    return this.ws.bufferedAmount
  }

  leaveAll(): void {
    for (const topic of this.topics) this.transport.unsubscribe(topic, this)
  }

  beat(): void {
    if (++this.silentBeats > 2) this.ws.terminate()
    else this.ws.ping()
  }
}
