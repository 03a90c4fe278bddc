import { ACK_BYTES, ACK_MS, BEARER, PROTOCOL, type ServerControl, writeClaim } from '../wire/control.ts'

/** What the connection is doing. `waiting`: it broke and will be tried again; `closed`: it will not. */
export type State = 'connecting' | 'open' | 'waiting' | 'closed'

export interface Status {
  readonly state: State
  /** Of the close that led here. */
  readonly code?: number
  readonly reason?: string
  /** Milliseconds until the next try, with `waiting`. */
  readonly retryIn?: number
}

export interface Seat {
  readonly id: number
  /** It is the seat from before. */
  readonly resumed: boolean
  /** This page knows nothing of it: the game is told that its state is wanted anew. */
  readonly fresh: boolean
}

export interface JoinOptions {
  /** Becomes `?name=`, which the game's join message can show as `#PARAM_NAME`. */
  readonly name?: string
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>
  /** Says who the player is: a token or ticket of the server's lobby, or of whom it trusts. */
  readonly token?: string
  /** The server, as in `wss://play.example.org`; the page's own by default. */
  readonly url?: string
  /** Most that waits unacknowledged, in characters of JSON (1 Mi). */
  readonly maxQueue?: number
  /** Messages are given as they came: text, or an ArrayBuffer. */
  readonly raw?: boolean
  /** Where a reload finds its seat again: the tab's sessionStorage by default, null for nowhere. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  /**
   * Milliseconds between two pings (5000); without an answer to one, the next finds the connection dead. When the browser says that it is
   * offline, the answer may take a second.
   */
  readonly pingEvery?: number
  /** For Node 20, which has none of its own. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => WebSocket
}

export interface Events {
  /** A frame of the game: parsed where it is JSON, else text as it came; an ArrayBuffer under `--binary`. */
  // biome-ignore lint/suspicious/noExplicitAny: a game's messages have the game's own shape
  message: (message: any) => void
  status: (status: Status) => void
  seat: (seat: Seat) => void
  /** So many frames were lost for good. */
  gap: (missed: number) => void
  /** A message that was not taken by `send`, since too much waits already. */
  dropped: (message: unknown) => void
}

export interface Room {
  /** The player's number; 0 before the first seat, and on servers that tell none. */
  readonly id: number
  readonly state: State
  /** The last round trip in milliseconds; NaN before the first. */
  readonly rtt: number
  on<E extends keyof Events>(event: E, listener: Events[E]): Room
  /** Sends an object as JSON, a string or bytes as they are now. Without a connection it waits. @returns false where it was dropped */
  send(message: unknown): boolean
  /** Tries again at once, also after a close that was final. */
  retry(): void
  /** Leaves for good: the seat is given up. */
  leave(): void
}

const MAX_QUEUE = 1024 * 1024
const FIRST_WAIT = 250
const LONGEST_WAIT = 15_000
/** A connection that ends earlier counts as a failed try: full rooms and games that crash close it when it is open. */
const LASTING_MS = 5000
const PING_MS = 5000
/** How long an answer may take where the browser says that it is offline. */
const PROBE_MS = 1000
/** Of a connection that is dead to us: without a code, or with 1000, the server would give the seat up when it hears of it at last. */
const TIMEOUT = 4408
const SEAT_GONE = 4410

/** Ended, forbidden, kicked, replaced: another try would end the same way. */
function isFinal(code: number): boolean {
  return [1000, 1007, 1008, 1009, 4401, 4403, 4404, 4409].includes(code) || (code >= 4000 && code < 4100)
}

/** Joins a room, and stays in it through broken connections and reloads, until `leave()` or a close that is final. */
export function join(room: string, options: JoinOptions = {}): Room {
  return new Connection(room, options)
}

class Connection implements Room {
  id = 0
  state: State = 'connecting'
  rtt = Number.NaN
  private readonly listeners = new Map<keyof Events, Set<unknown>>()
  private readonly target: string
  private readonly key: string
  private readonly storage: JoinOptions['storage']
  private socket: WebSocket | undefined
  private token: string
  /** The page was loaded anew: it has a token and nothing else. */
  private fresh: boolean
  /** Control frames pass on this connection. */
  private controls = false
  /** The room speaks bytes (`--binary`): control frames are text there, and bytes elsewhere. The first frame shows it. */
  private binary: boolean | undefined
  /** The server has told the seat, or tells none. */
  private seated = false
  /** Tries in a row that brought no connection that lasted. */
  private tries = 0
  private openedAt = Number.NaN
  /** Frames that came in this seat, gaps among them, those that the server was told of, and the characters since. */
  private has = 0
  private told = 0
  private unsaid = 0
  /** Messages that the server may not have: the first is the seat's number `taken`, and from `next` on they are unsent. */
  private queue: (string | Uint8Array<ArrayBuffer>)[] = []
  private queued = 0
  private taken = 0
  private next = 0
  private pinged = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private ackTimer: ReturnType<typeof setTimeout> | undefined
  private pingTimer: ReturnType<typeof setInterval> | undefined
  private probeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    room: string,
    private readonly options: JoinOptions,
  ) {
    const base = (options.url ?? location.origin).replace(/^http/, 'ws').replace(/\/$/, '')
    const query = new URLSearchParams({ ...(options.name !== undefined && { name: options.name }), ...options.query })
    this.target = `${base}/${encodeURIComponent(room)}${query.size > 0 ? `?${query}` : ''}`
    this.key = `playpipe ${base}/${room}`
    this.storage = options.storage === undefined ? tabStorage() : options.storage
    this.token = this.storage?.getItem(this.key) ?? ''
    this.fresh = this.token !== ''
    this.storage?.removeItem(this.key)
    globalThis.addEventListener?.('online', this.online)
    globalThis.addEventListener?.('offline', this.offline)
    globalThis.addEventListener?.('pagehide', this.remember)
    globalThis.document?.addEventListener('visibilitychange', this.remember)
    // Listeners are set before the first event. By then the player may have left, or retried.
    queueMicrotask(() => this.state === 'connecting' && !this.socket && this.connect())
  }

  on<E extends keyof Events>(event: E, listener: Events[E]): Room {
    const set = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, set.add(listener))
    return this
  }

  send(message: unknown): boolean {
    const data = written(message)
    if (this.state === 'closed' || this.queued + data.length > (this.options.maxQueue ?? MAX_QUEUE)) {
      this.emit('dropped', message)
      return false
    }
    this.queue.push(data)
    this.queued += data.length
    this.flush()
    return true
  }

  retry(): void {
    if (this.socket) return
    this.tries = 0
    this.connect()
  }

  leave(): void {
    globalThis.removeEventListener?.('online', this.online)
    globalThis.removeEventListener?.('offline', this.offline)
    globalThis.removeEventListener?.('pagehide', this.remember)
    globalThis.document?.removeEventListener('visibilitychange', this.remember)
    this.token = ''
    this.socket?.close(1000)
    this.drop()
    this.become({ state: 'closed', code: 1000, reason: '' })
  }

  private emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as (...args: unknown[]) => void)(...args)
  }

  private become(status: Status): void {
    this.state = status.state
    this.emit('status', status)
  }

  private connect(): void {
    clearTimeout(this.retryTimer)
    this.become({ state: 'connecting' })
    // A listener may have left the room.
    if (this.state !== 'connecting' || this.socket) return
    const protocols = [PROTOCOL]
    if (this.token) protocols.push(writeClaim({ token: this.token, has: this.fresh ? 'fresh' : this.has }))
    if (this.options.token) protocols.push(BEARER + this.options.token)
    const socket = new (this.options.WebSocket ?? WebSocket)(this.target, protocols)
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      if (socket === this.socket) this.opened(socket)
    }
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.received(data)
    }
    socket.onclose = ({ code, reason }) => {
      if (socket === this.socket) this.closed(code, reason)
    }
    // The close event follows and says it all.
    socket.onerror = () => undefined
  }

  private opened(socket: WebSocket): void {
    this.openedAt = performance.now()
    this.pinged = 0
    this.binary = undefined
    this.become({ state: 'open' })
    if (socket !== this.socket) return
    this.controls = socket.protocol === PROTOCOL
    if (this.controls) {
      this.pingTimer = setInterval(this.ping, this.options.pingEvery ?? PING_MS)
    } else {
      // ScaleSocket, and others that know no seats.
      this.seated = true
      this.flush()
    }
  }

  private received(data: string | ArrayBuffer): void {
    const isText = typeof data === 'string'
    if (this.controls) {
      this.binary ??= isText
      if (isText === this.binary) return this.controlled(JSON.parse(isText ? data : new TextDecoder().decode(data)))
    }
    this.count(isText ? data.length : data.byteLength)
    this.emit('message', isText && !this.options.raw ? parsed(data) : data)
  }

  /** One more frame came in this seat, of so many characters. */
  private count(length: number): void {
    this.has++
    if (!this.token) return
    this.unsaid += length
    if (this.unsaid >= ACK_BYTES) this.acknowledge()
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), ACK_MS)
  }

  private controlled(message: ServerControl): void {
    if (message.type === 'seat') this.sit(message)
    else if (message.type === 'ack') this.forget(message.taken)
    else if (message.type === 'gap') {
      this.count(0)
      this.emit('gap', message.missed)
    } else {
      this.pinged = 0
      this.rtt = performance.now() - message.n
    }
  }

  private sit({ id, token, resumed, taken, controls }: Extract<ServerControl, { type: 'seat' }>): void {
    const { fresh } = this
    if (resumed && !fresh) this.forget(taken)
    else {
      // The counts of a new seat begin at 0. What an older one never acknowledged is sent in the new one.
      this.has = this.told = this.taken = 0
    }
    this.next = this.taken
    this.id = id
    this.token = token
    this.fresh = false
    this.seated = true
    this.controls = controls !== false
    // One that was due before could not be sent.
    this.pinged = 0
    if (this.controls) this.ping()
    else clearInterval(this.pingTimer)
    this.emit('seat', { id, resumed, fresh })
    this.flush()
  }

  private closed(code: number, reason: string): void {
    if (performance.now() - this.openedAt >= LASTING_MS) this.tries = 0
    this.drop()
    if (code === SEAT_GONE || isFinal(code)) {
      this.token = ''
      this.fresh = false
    }
    if (isFinal(code)) return this.become({ state: 'closed', code, reason })
    // Full jitter, so that a server that comes back is not met by everyone at once.
    const retryIn = code === SEAT_GONE ? 0 : Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries++)
    this.retryTimer = setTimeout(() => this.connect(), retryIn)
    this.become({ state: 'waiting', code, reason, retryIn })
  }

  private drop(): void {
    clearTimeout(this.retryTimer)
    clearTimeout(this.ackTimer)
    clearTimeout(this.probeTimer)
    clearInterval(this.pingTimer)
    this.ackTimer = undefined
    this.socket = undefined
    this.openedAt = Number.NaN
    this.seated = false
    this.unsaid = 0
  }

  private flush(): void {
    if (!this.seated) return
    while (this.next - this.taken < this.queue.length) this.socket!.send(this.queue[this.next++ - this.taken]!)
    // Without seats nothing is acknowledged: what was sent is gone.
    if (!this.token) this.forget(this.next)
  }

  /** The server has so many messages. */
  private forget(taken: number): void {
    for (const text of this.queue.splice(0, taken - this.taken)) this.queued -= text.length
    this.taken = taken
    this.next = Math.max(this.next, taken)
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer)
    this.ackTimer = undefined
    this.unsaid = 0
    if (this.told < this.has) this.control({ type: 'ack', taken: this.has })
    this.told = this.has
  }

  private control(message: object): void {
    if (!this.seated) return
    const text = JSON.stringify(message)
    this.socket?.send(this.binary ? text : new TextEncoder().encode(text))
  }

  private readonly ping = () => {
    if (this.pinged > 0) return this.lose()
    this.pinged = performance.now()
    this.control({ type: 'ping', n: this.pinged })
  }

  /** A ping was not answered: the network is gone, and the browser keeps the connection for when it is back. */
  private lose(): void {
    this.socket?.close(TIMEOUT)
    this.closed(1006, 'no answer')
  }

  /** The browser says that its network is gone. A server on this machine is there all the same, so it is asked. */
  private readonly offline = () => {
    if (!this.seated || !this.controls) return
    if (this.pinged === 0) this.ping()
    const { pinged } = this
    clearTimeout(this.probeTimer)
    this.probeTimer = setTimeout(() => pinged === this.pinged && this.lose(), PROBE_MS)
  }

  private readonly online = () => {
    if (this.state === 'waiting') this.retry()
  }

  /** The token lies in storage only while the page is away: a tab that is duplicated takes a seat of its own. */
  private readonly remember = ({ type }: { type: string }) => {
    if (type === 'pagehide' || document.visibilityState === 'hidden') {
      if (this.token) this.storage?.setItem(this.key, this.token)
    } else this.storage?.removeItem(this.key)
  }
}

/** A message as it is now: bytes that wait are not those of a buffer that is used again. */
function written(message: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof message === 'string') return message
  return message instanceof Uint8Array ? new Uint8Array(message) : JSON.stringify(message)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // a game may print what is not JSON
  }
}

function tabStorage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null // forbidden in some frames: a reload takes a new seat there
  }
}
