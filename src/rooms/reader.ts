import type { Frame } from '../wire/framer.ts'
import type { Client, Subscriber } from './client.ts'

/** A client is behind while its backlog is over so many bytes. */
export const BEHIND = 64 * 1024

/**
 * A socket in a room, as the room's flow control sees it. It hears the room's topic; with `alone` it does not, and its frames wait
 * in a queue of its own until it has caught up.
 */
export class Reader implements Client {
  behind = false
  alone = false
  /** For how many more milliseconds it may hold the room up. */
  credit = 0
  /** When its backlog was last seen empty, if it was so the last time. */
  emptyAt: number | undefined
  /** Frames in the order of their leaving, by `_key` where they have one: a newer frame takes an older one's key away. */
  private queue: Map<string | number, Frame> | undefined
  private queued = 0
  private sequence = 0

  /** @param overflow a frame did not fit into the queue; what fitted will still be delivered by `close` */
  constructor(
    private readonly socket: Subscriber,
    private readonly topic: string,
    private readonly limit: number,
    private readonly overflow: (reader: Reader) => void,
  ) {}

  get id(): number {
    return this.socket.id
  }

  /** Bytes that the socket has not passed on. */
  get backlog(): number {
    return this.socket.backlog()
  }

  /** Bytes that wait for it here and in its socket. */
  get waiting(): number {
    return this.queued + this.socket.backlog()
  }

  subscribe(): void {
    this.alone = false
    this.socket.subscribe(this.topic)
  }

  /** What was published so far still arrives, before all that is sent from now on. */
  unsubscribe(): void {
    this.alone = true
    this.socket.unsubscribe(this.topic)
  }

  send(frame: Frame, key?: string): void {
    if (!this.alone) return this.socket.send(frame)
    const older = key === undefined ? undefined : this.queue?.get(key)
    const size = this.queued - (older?.bytes.length ?? 0) + frame.bytes.length
    if (size > this.limit) return this.overflow(this)
    this.queue ??= new Map()
    if (older) this.queue.delete(key!)
    // A copy: a frame is a view of the read that brought it, and would keep all of that alive.
    this.queue.set(key ?? ++this.sequence, { bytes: Buffer.from(frame.bytes), binary: frame.binary })
    this.queued = size
  }

  /** Hands on what waits as far as the socket takes it. @returns whether nothing waits any more */
  pump(): boolean {
    for (const [key, frame] of this.queue ?? []) {
      if (this.socket.backlog() > BEHIND) return false
      this.hand(key, frame)
    }
    return this.socket.backlog() <= BEHIND
  }

  close(code: number, reason: string): void {
    for (const [key, frame] of this.queue ?? []) this.hand(key, frame)
    this.socket.close(code, reason)
  }

  private hand(key: string | number, frame: Frame): void {
    this.queue!.delete(key)
    this.queued -= frame.bytes.length
    this.socket.send(frame)
  }
}
