import { MIN_COMPRESSED, type Socket } from './transport.ts'
import type { UwsWebSocket } from './uws-library.ts'

/** What a socket asks of its transport. */
interface Turn {
  /** The socket has something that leaves at the end of the turn. */
  waits(socket: UwsSocket): void
  /** A socket has ended, and so many bytes have not left yet. */
  ending(waiting: number): void
  /** How long a socket that has ended may take over what has not left yet, in ms. */
  readonly patience: number
}

export class UwsSocket implements Socket {
  /** A closed WebSocket throws when it is touched. */
  open = true
  /** It ends with this when everything before has left. */
  ending: { readonly code: number; readonly reason: string } | undefined
  /** Cuts it off where it takes nothing any more. */
  private cut: NodeJS.Timeout | undefined
  private unsent: { readonly bytes: Buffer; readonly binary: boolean }[] | undefined

  constructor(
    private readonly ws: UwsWebSocket,
    private readonly transport: Turn,
  ) {}

  send(bytes: Buffer, binary: boolean): void {
    if (!this.open || this.ending) return
    if (this.unsent) this.unsent.push({ bytes, binary })
    else {
      this.unsent = [{ bytes, binary }]
      this.transport.waits(this)
    }
  }

  flush(): void {
    const frames = this.unsent
    if (!frames) return
    this.unsent = undefined
    if (!this.open) return
    this.ws.cork(() => {
      for (const { bytes, binary } of frames) this.ws.send(bytes, binary, bytes.length >= MIN_COMPRESSED)
    })
  }

  /**
   * Ends it behind all that waits. uWebSockets.js' own `close` would throw that away, and its `end` cuts a peer that takes
   * longer than some ten seconds over it. A peer that shows signs of life and takes nothing is cut off in the end.
   */
  end(code: number, reason: string): void {
    if (!this.open || this.ending) return
    this.flush()
    for (const topic of this.ws.getTopics()) this.ws.unsubscribe(topic)
    this.ending = { code, reason }
    const waiting = this.ws.getBufferedAmount()
    this.transport.ending(waiting)
    if (waiting === 0) this.endNow()
    else this.cut = setTimeout(() => this.open && this.ws.close(), this.transport.patience)
  }

  /** Nothing may touch its WebSocket from now on. */
  gone(): void {
    this.open = false
    clearTimeout(this.cut)
  }

  endNow(): void {
    if (this.open && this.ending && this.ws.getBufferedAmount() === 0) this.ws.end(this.ending.code, this.ending.reason)
  }

  subscribe(topic: string): void {
    if (this.open) this.ws.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    if (this.open) this.ws.unsubscribe(topic)
  }

  backlog(): number {
    // Who asks decides by the answer, and hears of no drain where nothing was held back: what is unsent goes first.
    this.flush()
    return this.open ? this.ws.getBufferedAmount() : 0
  }
}
