import { pathName } from '../names.ts'
import { isListed, isSameOrigin, type OriginRule } from '../origins.ts'

/** Who asks for what. */
export interface Visit {
  readonly path: string
  readonly ip: string
  /** The Origin header; browsers send it always, and no page can forge it. */
  readonly origin: string | undefined
  /** What was asked, with its port if it has one of its own. */
  readonly host: string
  /** Over TLS. */
  readonly secure: boolean
}

/** What the server allows. */
export interface Policy {
  /** Pages that may connect; undefined: all. */
  readonly origins: readonly OriginRule[] | undefined
  /** Pages of the host that was asked for may connect, and no others but `origins`. */
  readonly sameOrigin: boolean
  /** Rooms at `/ROOM` have a program to run. */
  readonly lone: boolean
  /** Those with rooms at `/GAME/ROOM`. */
  readonly games: { has(name: string): boolean }
  /** The only rooms there are. */
  readonly rooms: ReadonlySet<string> | undefined
  /** 0: no limit. */
  readonly maxRooms: number
  /** In one room; 0: no limit. */
  readonly maxConns: number
  /** From one address; 0: no limit. */
  readonly maxIp: number
  readonly oneshot: boolean
}

/** What there is at this moment. */
export interface Occupancy {
  readonly rooms: number
  /** Clients in a room; undefined where there is no such room. */
  clients(room: string): number | undefined
  connections(ip: string): number
  /** Under `--oneshot`: the one client has been let in. */
  readonly served: boolean
}

export type Verdict =
  | { readonly kind: 'admit'; readonly room: string }
  /** Answered over HTTP. `reason` is a label for the metrics. */
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 404; readonly body: string; readonly reason: string }
  | TurnAway

/** Accepted and closed at once: a browser can't see the HTTP status of a failed upgrade. */
interface TurnAway {
  readonly kind: 'turn away'
  readonly room: string
  readonly code: number
  readonly reason: string
}

/** Whether a visitor may come in. Pure: nothing starts and no seat is taken. */
export function admit(visit: Visit, policy: Policy, now: Occupancy): Verdict {
  if (!mayConnect(visit, policy)) return FOREIGN
  const place = roomAt(visit.path, policy)
  if ('kind' in place) return place
  const { room } = place
  if (policy.oneshot && now.served)
    return { kind: 'turn away', room, code: 4503, reason: 'this server serves one client' }
  const clients = now.clients(room)
  if (policy.maxRooms > 0 && now.rooms >= policy.maxRooms && clients === undefined) {
    return { kind: 'turn away', room, code: 4503, reason: 'there is no place for another room' }
  }
  if (policy.maxConns > 0 && (clients ?? 0) >= policy.maxConns) {
    return { kind: 'turn away', room, code: 4503, reason: 'the room is full' }
  }
  return crowding(visit.ip, policy, now, room) ?? { kind: 'admit', room }
}

/** Whether a visitor may say by a ticket where to; undefined: yes. */
export function admitByTicket(
  visit: Visit,
  policy: Policy,
  now: Occupancy,
): Exclude<Verdict, { kind: 'admit' }> | undefined {
  return mayConnect(visit, policy) ? crowding(visit.ip, policy, now) : FOREIGN
}

/** Whether an address has too many connections, wherever they lead. */
function crowding(ip: string, policy: Policy, now: Occupancy, room = ''): TurnAway | undefined {
  if (policy.maxIp === 0 || now.connections(ip) < policy.maxIp) return undefined
  return { kind: 'turn away', room, code: 4429, reason: 'too many connections from this address' }
}

const FOREIGN = { kind: 'refuse', status: 403, body: 'Origin not allowed', reason: 'origin' } as const
const NOT_FOUND: Verdict = { kind: 'refuse', status: 404, body: 'Not found', reason: 'path' }
const INVALID_ROOM: Verdict = { kind: 'refuse', status: 400, body: 'Invalid room', reason: 'room' }

/** What sends no Origin is no browser, and could send any: it passes. */
function mayConnect({ origin, host, secure }: Visit, { origins, sameOrigin }: Policy): boolean {
  if (origin === undefined || (origins === undefined && !sameOrigin)) return true
  return (sameOrigin && isSameOrigin(origin, host, secure)) || (origins !== undefined && isListed(origins, origin))
}

/** Whether a page of this Origin is the server's own, or named: a rule that lets in everybody's pages trusts none of them. */
export function isTrusted({ origin, host, secure }: Visit, { origins = [] }: Policy): boolean {
  const named = origins.filter(({ kind }) => kind === 'some')
  return origin !== undefined && (isSameOrigin(origin, host, secure) || isListed(named, origin))
}

/** Which room a path means. */
function roomAt(path: string, { lone, games, rooms }: Policy): { readonly room: string } | Verdict {
  const [first = '', ...behind] = path.slice(1).split('/')
  const game = games.has(pathName(first) ?? '') ? `${pathName(first)}/` : ''
  const [segment = '', ...rest] = game ? behind : [first, ...behind]
  if (segment === '' || !(game || lone)) return NOT_FOUND
  const name = pathName(segment)
  if (name === undefined || (rooms && !rooms.has(game + name))) return INVALID_ROOM
  if (rest.length > 1 || (rest[0] ?? '') !== '') return NOT_FOUND
  return { room: game + name }
}
