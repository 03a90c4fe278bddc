import type { Identified } from '../lobby/identity.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Proxies } from '../proxies.ts'
import type { Returning, Subscriber, Visitor } from '../rooms/client.ts'
import type { Room } from '../rooms/room.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Seat } from '../rooms/seat.ts'
import { PROTOCOL, readOffer } from '../wire/control.ts'
import type { Frame } from '../wire/framer.ts'
import { admit, admitByTicket, isTrusted, type Occupancy, type Policy, type Verdict, type Visit } from './admission.ts'
import { type Door, UNAUTHORIZED } from './door.ts'
import { askerOf } from './forwarded.ts'
import { type Answer, type Hello, remoteName, type Session, type Socket } from './transport.ts'

type Welcome = Exclude<Verdict, { kind: 'refuse' }>

const FORBIDDEN = 4403
const NO_GAME = 4404
const SEAT_GONE = 4410
/** What everyone hears when the server ends. */
export const GOING_AWAY = { code: 1001, reason: 'the server is going away' } as const
/** So much of what a stranger sent is shown in the log. */
const MAX_QUOTE = 200

/** Who stands before the hall. */
interface Guest {
  readonly visit: Visit
  /** Absent where the ticket alone says which room. */
  readonly verdict: Welcome | undefined
  readonly visitor: Visitor
  readonly token: string | undefined
  /** The token is that of the cookie. */
  readonly byCookie: boolean
  readonly claim: Returning | undefined
}

/** What decides who comes in. */
export interface HallPolicy extends Policy {
  /** Whether a room is a game of the lobby: its players have tickets. */
  ticketed(room: string): boolean
  readonly proxies: Proxies
  readonly tls: unknown
}

/** Where sockets become clients of rooms. */
export class Hall {
  /** Under `--oneshot`: the one client has been let in. */
  private served = false
  private closed = false
  /** Connections by address, for `--maxip`. */
  private readonly addresses = new Map<string, number>()

  constructor(
    private readonly policy: HallPolicy,
    private readonly rooms: Rooms,
    private readonly metrics: Metrics,
    private readonly log: Log,
    /** Absent where nobody has to say who it is, and nobody can. */
    private readonly door: Door | undefined,
  ) {}

  upgrade(hello: Hello): Answer {
    const offer = readOffer(hello.headers['sec-websocket-protocol'])
    const { ip, port, host, secure } = askerOf(hello, this.policy.tls !== undefined, this.policy.proxies)
    const visit = { path: hello.path, ip, host, secure, origin: hello.headers.origin }
    const knocked = this.door?.knock(hello, offer, isTrusted(visit, this.policy))
    const { query, ...said } = knocked ?? { token: undefined, byCookie: false, query: hello.query }
    const visitor = { ip, remote: remoteName(ip, port), query, controls: offer.controls }
    // A ticket says which room it is for.
    const byTicket = this.door !== undefined && /^\/ws\/?$/.test(hello.path)
    const verdict = byTicket ? admitByTicket(visit, this.policy, this.now()) : admit(visit, this.policy, this.now())
    if (verdict?.kind === 'refuse') {
      // A page can't see why its socket did not open: who runs the server must.
      this.metrics.count('refused', verdict.reason)
      const { origin } = hello.headers
      const foreign = verdict.reason === 'origin'
      const why = foreign ? `a page of ${quote(origin)} may not connect` : `${verdict.body}: ${quote(hello.path)}`
      this.log.warn(`${visitor.remote} is refused with ${verdict.status}: ${why}`)
      return verdict
    }
    const open = (socket: Socket) => this.open({ visit, verdict, visitor, ...said, claim: offer.claim }, socket)
    return { kind: 'accept', protocol: offer.controls ? PROTOCOL : '', open }
  }

  /** Nobody comes in any more: a handshake may still be under way when the server goes. */
  close(): void {
    this.closed = true
  }

  private now(): Occupancy {
    const { rooms, served, addresses } = this
    return {
      rooms: rooms.size,
      clients: (room) => rooms.get(room)?.connections,
      connections: (ip) => addresses.get(ip) ?? 0,
      served,
    }
  }

  private open(guest: Guest, socket: Socket): Session | undefined {
    const { door } = this
    const { verdict, visitor, token, claim } = guest
    if (this.closed) return this.turnAway(socket, visitor, { room: verdict?.room ?? '', ...GOING_AWAY })
    // A seat's own secret says enough, and no limit counts who comes back.
    if (claim) return this.session(this.resume(verdict?.room, claim, visitor, socket), visitor.ip)
    if (verdict?.kind === 'turn away') return this.turnAway(socket, visitor, verdict)
    if (door && (token !== undefined || door.context.required || !verdict)) return this.guard(door, guest, socket)
    if (this.policy.ticketed(verdict!.room))
      return this.turnAway(socket, visitor, {
        room: verdict!.room,
        code: UNAUTHORIZED,
        reason: 'this game wants a ticket',
      })
    return this.session(this.enter(verdict!, visitor, socket), visitor.ip)
  }

  /** Asks who it is, before anything else. */
  private guard(door: Door, guest: Guest, socket: Socket): Session {
    const { verdict, visitor, token, byCookie } = guest
    const free = verdict && !door.context.required && !this.policy.ticketed(verdict.room)
    // No page can take a cookie away that is good no longer, or that another server on this host has set.
    const nobody = () => this.session(this.enterLate(verdict!.room, guest.visit, visitor, socket), visitor.ip)
    this.count(visitor.ip, 1)
    return door.guard(socket, token, {
      known: (who) => this.admitKnown(guest, who, socket),
      nobody: byCookie && free ? nobody : undefined,
      gone: () => this.left(visitor.ip),
    })
  }

  /** Who is known comes in, unless the token is for another room. */
  private admitKnown({ visit, verdict, visitor }: Guest, who: Identified, socket: Socket): Session | undefined {
    const room = who.room ?? verdict?.room ?? ''
    const away = (code: number, reason: string) => this.turnAway(socket, visitor, { room, code, reason })
    if (verdict && room !== verdict.room) return away(FORBIDDEN, 'the ticket is for another room')
    if (who.room === undefined && !verdict) return away(FORBIDDEN, 'this is no ticket: it names no room')
    if (who.room !== undefined && !this.policy.ticketed(room)) return away(NO_GAME, 'there is no such game any more')
    if (who.room === undefined && this.policy.ticketed(room)) return away(FORBIDDEN, 'this game wants a ticket')
    const claims = { ...who.claims, ...who.player }
    const taken = this.enterLate(room, visit, { ...visitor, claims }, socket)
    if (taken) this.watch(taken, who)
    return this.session(taken, visitor.ip)
  }

  private session(taken: Taken | undefined, ip: string): Session | undefined {
    if (!taken) return undefined
    this.count(ip, 1)
    return new SeatedSession(taken, ip, this)
  }

  /** A connection from this address has ended. */
  left(ip: string): void {
    this.count(ip, -1)
  }

  /** A seat is given up, and its socket closed, when the log-in ends that it was taken with: also while its client is away. */
  private watch({ room, seat }: Taken, who: Identified): void {
    seat.vacated = this.door!.watch(who, (why) => room.refuse(seat, UNAUTHORIZED, why))
  }

  /** Much may have happened since the handshake. */
  private enterLate(room: string, visit: Visit, visitor: Visitor, socket: Socket): Taken | undefined {
    const path = `/${room.split('/').map(encodeURIComponent).join('/')}`
    const now = admit({ ...visit, path }, this.policy, this.now())
    if (now.kind === 'refuse') return this.turnAway(socket, visitor, { room, code: NO_GAME, reason: now.body })
    return this.enter(now, visitor, socket)
  }

  private enter(verdict: Welcome, visitor: Visitor, socket: Socket): Taken | undefined {
    if (verdict.kind === 'turn away') return this.turnAway(socket, visitor, verdict)
    if (this.closed) return this.turnAway(socket, visitor, { ...verdict, ...GOING_AWAY })
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

  /** @param name undefined where the seat alone knows its room */
  private resume(name: string | undefined, claim: Returning, visitor: Visitor, socket: Socket): Taken | undefined {
    const rooms = name === undefined ? [...this.rooms.values()] : [this.rooms.get(name)]
    const room = rooms.find((one) => one?.seatOf(claim) !== undefined)
    const id = room?.seatOf(claim)
    if (!room || id === undefined) {
      return this.turnAway(socket, visitor, { room: name ?? '', code: SEAT_GONE, reason: 'the seat is gone' })
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

function quote(text = ''): string {
  return JSON.stringify(text.slice(0, MAX_QUOTE))
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
