import type { Claim } from '../wire/control.ts'
import type { Waiting } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'

/** Whoever sits in a room: a socket, a program, a player on another machine. */
export interface Client {
  /** Counts from 1 over the server's life. */
  readonly id: number
  /** @param waiting what the game said of it, for as long as it waits for this client alone */
  send(frame: Frame, waiting?: Waiting): void
  /** Closes it after what it was already sent. `reason` is at most 123 bytes. */
  close(code: number, reason: string): void
}

/** A client that tells how far behind it is. */
export interface Paced extends Client {
  /** Bytes accepted and not yet passed on. */
  backlog(): number
}

export function isPaced(client: Client): client is Paced {
  return 'backlog' in client
}

/** A client whose transport can send one frame to many at once. */
export interface Subscriber extends Paced {
  subscribe(topic: string): void
  unsubscribe(topic: string): void
}

export function isSubscriber(client: Client): client is Subscriber {
  return 'subscribe' in client
}

/** Who comes in, as the edge knows it. */
export interface Visitor {
  readonly ip: string
  /** `ip:port` */
  readonly remote: string
  /** As it stands in the URL, without the question mark. */
  readonly query: string
  /** A program that the room has started. */
  readonly bot?: boolean
  /** Who it is, by a verified token. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** It understands control frames. */
  readonly controls?: boolean
}

/** A visitor who says that a seat is its own. */
export type Returning = Claim
