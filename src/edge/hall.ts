import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Returning, Subscriber, Visitor } from '../rooms/client.ts'
import type { Room } from '../rooms/room.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Seat } from '../rooms/seat.ts'
import { PROTOCOL, readOffer } from '../wire/control.ts'
import type { Frame } from '../wire/framer.ts'
import { admit, type Policy, type Verdict } from './admission.ts'
import { type Answer, type Hello, remoteName, type Session, type Socket } from './transport.ts'

type Welcome = Exclude<Verdict, { kind: 'refuse' }>

const SEAT_GONE = 4410

/** Where sockets become clients of rooms. */
export class Hall {
  /** Under `--oneshot`: the one client has been let in. */
  private served = false
  /** Connections by address, for `--maxip`. */
  private readonly addresses = new Map<string, number>()

  constructor(
    private readonly policy: Policy,
    private readonly rooms: Rooms,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  upgrade(hello: Hello): Answer {
    const { controls, claim } = readOffer(hello.headers['sec-websocket-protocol'])
    const verdict = this.judge(hello)
    if (verdict.kind === 'refuse') {
      this.metrics.count('refused', verdict.reason)
      return verdict
    }
    const visitor = { ip: hello.ip, remote: remoteName(hello.ip, hello.port), query: hello.query, controls }
    const open = (socket: Socket) => this.open(verdict, visitor, claim, socket)
    return { kind: 'accept', protocol: controls ? PROTOCOL : '', open }
  }

  private judge(hello: Hello): Verdict {
    const { rooms, served, addresses } = this
    return admit(hello, this.policy, {
      rooms: rooms.size,
      clients: (room) => rooms.get(room)?.connections,
      connections: (ip) => addresses.get(ip) ?? 0,
      served,
    })
  }

  private open(verdict: Welcome, visitor: Visitor, claim: Returning | undefined, socket: Socket): Session | undefined {
    // Who comes back has been counted already, and is refused by no limit.
    const taken = claim ? this.resume(verdict.room, claim, visitor, socket) : this.enter(verdict, visitor, socket)
    if (!taken) return undefined
    this.count(visitor.ip, 1)
    return new SeatedSession(taken, visitor.ip, this)
  }

  /** A connection from this address has ended. */
  left(ip: string): void {
    this.count(ip, -1)
  }

  private enter(verdict: Welcome, visitor: Visitor, socket: Socket): Taken | undefined {
    if (verdict.kind === 'turn away') return this.turnAway(socket, visitor, verdict)
    let room: Room
    try {
      room = this.rooms.enter(verdict.room, visitor)
    } catch (error) {
      this.log.error({ room: verdict.room }, `could not start: ${(error as Error).message}`)
      return this.turnAway(socket, visitor, { ...verdict, code: 1011, reason: 'the game could not be started' })
    }
    this.served = true
    const client = new SocketClient(this.rooms.nextId(), socket)
    return { room, client, seat: room.join(client, visitor) }
  }

  private resume(name: string, claim: Returning, visitor: Visitor, socket: Socket): Taken | undefined {
    const room = this.rooms.get(name)
    const id = room?.seatOf(claim)
    if (!room || id === undefined) {
      return this.turnAway(socket, visitor, { room: name, code: SEAT_GONE, reason: 'the seat is gone' })
    }
    const client = new SocketClient(id, socket)
    return { room, client, seat: room.resume(client, claim) }
  }

  private count(ip: string, change: 1 | -1): void {
    const connections = (this.addresses.get(ip) ?? 0) + change
    if (connections === 0) this.addresses.delete(ip)
    else this.addresses.set(ip, connections)
  }

  private turnAway(
    socket: Socket,
    { remote }: Visitor,
    { room, code, reason }: { room: string; code: number; reason: string },
  ): undefined {
    this.metrics.count('refused', String(code))
    this.log.warn({ room }, `${remote} is refused with ${code}: ${reason}`)
    socket.end(code, reason)
  }
}

interface Taken {
  readonly room: Room
  readonly seat: Seat
  readonly client: SocketClient
}

/** What happens on a socket, for its seat. One object: closures for each would be 300 bytes a client. */
class SeatedSession implements Session {
  private readonly room: Room
  private readonly seat: Seat
  private readonly client: SocketClient

  constructor(
    { room, seat, client }: Taken,
    private readonly ip: string,
    private readonly hall: Hall,
  ) {
    this.room = room
    this.seat = seat
    this.client = client
  }

  message(bytes: Buffer, binary: boolean): void {
    this.room.message(this.seat, bytes, binary)
  }

  drained(): void {
    this.room.drained(this.seat)
  }

  closed(code: number): void {
    this.hall.left(this.ip)
    this.room.closed(this.seat, this.client, code)
  }
}

/** A socket as a room knows it. */
class SocketClient implements Subscriber {
  constructor(
    readonly id: number,
    private readonly socket: Socket,
  ) {}

  send(frame: Frame): void {
    this.socket.send(frame.bytes, frame.binary)
  }

  close(code: number, reason: string): void {
    this.socket.end(code, reason)
  }

  subscribe(topic: string): void {
    this.socket.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.socket.unsubscribe(topic)
  }

  backlog(): number {
    return this.socket.backlog()
  }
}
