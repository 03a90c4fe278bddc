import type { End, Identified, Identity } from '../lobby/identity.ts'
import type { Offer } from '../wire/control.ts'
import { cookieOf } from './api/credentials.ts'
import type { Hello, Session, Socket } from './transport.ts'

/** How long a socket may take to say who it is, in ms. */
const PATIENCE = 5000
/** The most messages that it may send while its token is looked at: an empty one takes some memory, too. */
const MAX_EARLY = 1000
export const UNAUTHORIZED = 4401
const FORBIDDEN_MESSAGE = 1008

export interface DoorContext {
  readonly identity: Identity
  /** Nobody comes in without a token. */
  readonly required: boolean
  /** The most that a client may send before it is let in, in bytes. */
  readonly maxPayload: number
  /** A token could be neither taken nor refused. */
  failed(error: Error): void
}

/** A handshake with its token taken out. */
export interface Knock {
  readonly token: string | undefined
  /** The token is that of the cookie. */
  readonly byCookie: boolean
  /** Without the token: nothing else sees it. */
  readonly query: string
}

/** What comes of a socket at the door; undefined where it was turned away. */
export interface Ways {
  known(who: Identified): Session | undefined
  /** Where a token that is not good is as good as none. */
  readonly nobody: (() => Session | undefined) | undefined
  /** It stands at the door no more: it comes in, or has ended. */
  gone(): void
}

/** Asks who a socket is before it comes into a room. */
export class Door {
  constructor(readonly context: DoorContext) {}

  /**
   * Where a token may stand: the query, `Authorization`, the list of subprotocols, a cookie. The first one counts.
   * @param trusted it comes from a page whose visitors' cookies may be used: any page can open a socket with them
   */
  knock(hello: Hello, offer: Offer, trusted: boolean): Knock {
    const { headers } = hello
    const { token, query } = cutToken(hello.query)
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const said = token ?? bearer ?? offer.bearer
    const cookie = trusted && said === undefined ? cookieOf(headers.cookie) : undefined
    return { token: said ?? cookie, byCookie: cookie !== undefined, query }
  }

  guard(socket: Socket, token: string | undefined, ways: Ways): Session {
    return new Threshold(socket, token, ways, this.context)
  }

  /** Tells when the log-in has ended that somebody came in with. @returns what ends the watch */
  watch(who: Identified, ended: (why: string) => void): () => void {
    return this.context.identity.watch(who, (why: End) => ended(why === 'expired' ? 'the log-in has ended' : why))
  }
}

function cutToken(query: string): Pick<Knock, 'token' | 'query'> {
  const parts = query.split('&')
  const isToken = (part: string) => /^(token|ticket)=/.test(part)
  const found = parts.find(isToken)
  if (found === undefined) return { token: undefined, query }
  return { token: found.slice(found.indexOf('=') + 1), query: parts.filter((part) => !isToken(part)).join('&') }
}

/** A socket that has not said who it is yet, or whose token is being looked at. It has no seat, and starts nothing. */
class Threshold implements Session {
  private inner: Session | undefined
  private over = false
  private left = false
  private checking = false
  /** What came while its token was looked at. */
  private early: { readonly bytes: Buffer; readonly binary: boolean }[] = []
  private waiting = 0
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly socket: Socket,
    token: string | undefined,
    private readonly ways: Ways,
    private readonly context: DoorContext,
  ) {
    this.timer = setTimeout(() => this.refuse('no token came in time', true), PATIENCE)
    if (token !== undefined) void this.check(token, false)
  }

  message(bytes: Buffer, binary: boolean): void {
    if (this.inner) return this.inner.message(bytes, binary)
    if (this.over) return
    if (this.checking) return this.keep(bytes, binary)
    const token = authorization(bytes)
    if (token === undefined) return this.refuse('say who you are first', true)
    void this.check(token, true)
  }

  drained(): void {
    this.inner?.drained()
  }

  closed(code: number): void {
    this.over = true
    clearTimeout(this.timer)
    this.leave()
    this.inner?.closed(code)
  }

  private keep(bytes: Buffer, binary: boolean): void {
    this.waiting += bytes.length
    if (this.waiting > this.context.maxPayload || this.early.length >= MAX_EARLY)
      return this.end(FORBIDDEN_MESSAGE, 'too much before it was let in')
    this.early.push({ bytes: Buffer.from(bytes), binary })
  }

  private async check(token: string, answers: boolean): Promise<void> {
    this.checking = true
    const found = await this.context.identity.verify(token).catch((error: Error) => {
      this.context.failed(error)
      return { refused: 'unavailable' } as const
    })
    clearTimeout(this.timer)
    if (this.over) return
    const { nobody } = this.ways
    if ('refused' in found && (found.refused === 'unavailable' || !nobody))
      return this.refuse(`the token is not good: ${found.refused}`, answers)
    if (answers) this.answer(null)
    this.leave()
    this.inner = 'refused' in found ? nobody?.() : this.ways.known(found)
    this.over = this.inner === undefined
    for (const { bytes, binary } of this.early.splice(0)) this.inner?.message(bytes, binary)
  }

  private leave(): void {
    if (!this.left) this.ways.gone()
    this.left = true
  }

  private refuse(why: string, answers: boolean): void {
    if (answers) this.answer(why)
    this.end(UNAUTHORIZED, why)
  }

  private end(code: number, why: string): void {
    clearTimeout(this.timer)
    this.over = true
    this.socket.end(code, why)
  }

  private answer(error: string | null): void {
    this.socket.send(Buffer.from(JSON.stringify({ ok: error === null, error })), false)
  }
}

/** The token of `{"type":"authorize","data":{"token":…}}`; undefined for every other message. */
function authorization(bytes: Buffer): string | undefined {
  try {
    const message = JSON.parse(bytes.toString('utf8'))
    const token = message?.type === 'authorize' ? message.data?.token : undefined
    return typeof token === 'string' ? token : undefined
  } catch {
    return undefined // not JSON
  }
}
