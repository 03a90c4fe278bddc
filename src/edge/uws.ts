import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Answer,
  type Handlers,
  type Hello,
  isHandshakeKey,
  ListenError,
  type Session,
  type Socket,
  shortIp,
  TOO_LARGE,
  type Transport,
  type TransportOptions,
} from './transport.ts'
import { UwsRequest, UwsResponse } from './uws-http.ts'
import type { UwsApp, UwsHttpRequest, UwsHttpResponse, UwsLibrary, UwsWebSocket } from './uws-library.ts'

/** How long what waits for slow peers is still delivered when the server stops, in ms. */
const CLOSE_GRACE = 1000
/** The same where nothing seems to wait: close frames leave at the end of the turn. */
const CLOSE_MOMENT = 20

const STATUS: Record<number, string> = { 400: '400 Bad Request', 404: '404 Not Found' }

/** What a WebSocket carries with it, from its handshake on. */
interface Carried {
  /** Until it is open. */
  answer?: Extract<Answer, { kind: 'accept' }> | undefined
  /** It was closed with this, perhaps before its session was there. */
  code?: number
  socket?: UwsSocket
  session?: Session | undefined
}

/** The driver for uWebSockets.js. */
export class UwsTransport implements Transport {
  readonly name = 'uWebSockets.js'
  private readonly app: UwsApp
  private readonly sockets = new Set<UwsSocket>()
  private listening: unknown
  /** Who was sent something in this turn that is not handed over yet. */
  private unsent: UwsSocket[] = []
  /** Until then, what was sent to sockets that have ended may still be on its way. */
  private leavingUntil = 0

  constructor(
    private readonly library: UwsLibrary,
    private readonly options: TransportOptions,
    private readonly handlers: Handlers,
  ) {
    this.app = library
      .App()
      .ws('/*', {
        // Beyond its own limit uWebSockets.js cuts the connection without a code: ours comes first.
        maxPayloadLength: options.maxPayload * 4,
        // With a limit `publish` drops in silence (80 of 100 thousand frames, measured): the room watches backlogs itself.
        maxBackpressure: 0,
        closeOnBackpressureLimit: false,
        idleTimeout: options.idle,
        sendPingsAutomatically: true,
        compression: 0,
        upgrade: (response, request, context) => this.upgrade(response, request, context),
        open: (ws) => this.open(ws),
        message: (ws, message, binary) => this.message(ws, Buffer.from(message), binary),
        drain: (ws) => this.drained(ws),
        close: (ws, code) => this.closed(ws, code),
      })
      .any('/*', (response, request) => {
        const answer = new UwsResponse(response, request.getMethod() === 'head')
        handlers.http(
          new UwsRequest(request, response) as unknown as IncomingMessage,
          answer as unknown as ServerResponse,
        )
      })
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      // Without the exclusive option two servers would share the port in silence.
      this.app.listen(host, port, this.library.LIBUS_LISTEN_EXCLUSIVE_PORT, (listening) => {
        this.listening = listening
        if (listening) resolve(this.library.us_socket_local_port(listening))
        else reject(new ListenError('it is in use, or not an address of this machine'))
      })
    })
  }

  publish(topic: string, bytes: Buffer, binary: boolean): void {
    // What was sent to one socket before leaves before.
    if (this.unsent.length > 0) this.flush()
    this.app.publish(topic, bytes, binary)
  }

  /** Frames for one socket leave together at the end of the turn: a write to the kernel costs 5 µs, a frame in it 0.3. */
  waits(socket: UwsSocket): void {
    if (this.unsent.push(socket) === 1) queueMicrotask(() => this.flush())
  }

  private flush(): void {
    const sockets = this.unsent
    this.unsent = []
    for (const socket of sockets) socket.flush()
  }

  /** A socket has ended, and so many bytes have not left yet. */
  ending(waiting: number): void {
    this.leavingUntil = Math.max(this.leavingUntil, Date.now() + (waiting > 0 ? CLOSE_GRACE : CLOSE_MOMENT))
  }

  async close(code: number, reason: string): Promise<void> {
    if (this.listening) this.library.us_listen_socket_close(this.listening)
    // Closing it twice would crash the process.
    this.listening = undefined
    for (const socket of [...this.sockets]) socket.end(code, reason)
    const left = this.leavingUntil - Date.now()
    if (left > 0) await new Promise((wake) => setTimeout(wake, left))
    this.app.close()
  }

  private upgrade(response: UwsHttpResponse, request: UwsHttpRequest, context: unknown): void {
    const key = request.getHeader('sec-websocket-key')
    if (!isHandshakeKey(key)) return refuse(response, 400, 'Bad request')
    const extensions = request.getHeader('sec-websocket-extensions')
    const answer = this.handlers.upgrade(helloOf(response, request))
    if (answer.kind === 'accept')
      return response.upgrade({ answer } satisfies Carried, key, answer.protocol, extensions, context)
    refuse(response, answer.status, answer.body)
  }

  private open(ws: UwsWebSocket): void {
    const carried = ws.getUserData() as Carried
    carried.socket = new UwsSocket(ws, this)
    this.sockets.add(carried.socket)
    carried.session = carried.answer!.open(carried.socket)
    carried.answer = undefined
    if (carried.code !== undefined) carried.session?.closed(carried.code)
  }

  private message(ws: UwsWebSocket, bytes: Buffer, binary: boolean): void {
    const { socket, session } = ws.getUserData() as Carried
    if (socket!.ending) return
    if (bytes.length > this.options.maxPayload)
      socket!.end(TOO_LARGE, `a message ends at ${this.options.maxPayload} bytes`)
    else session?.message(bytes, binary)
  }

  private drained(ws: UwsWebSocket): void {
    const { socket, session } = ws.getUserData() as Carried
    if (socket!.ending) socket!.endNow()
    else session?.drained()
  }

  private closed(ws: UwsWebSocket, code: number): void {
    const carried = ws.getUserData() as Carried
    carried.code = code
    carried.socket!.open = false
    this.sockets.delete(carried.socket!)
    carried.session?.closed(code)
  }
}

class UwsSocket implements Socket {
  /** A closed WebSocket throws when it is touched. */
  open = true
  /** It ends with this when everything before has left. */
  ending: { readonly code: number; readonly reason: string } | undefined
  private unsent: { readonly bytes: Buffer; readonly binary: boolean }[] | undefined

  constructor(
    private readonly ws: UwsWebSocket,
    private readonly transport: UwsTransport,
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
      for (const { bytes, binary } of frames) this.ws.send(bytes, binary)
    })
  }

  /**
   * Ends it behind all that waits. uWebSockets.js' own `close` would throw that away, and its `end` cuts a peer that takes
   * longer than some ten seconds over it.
   */
  end(code: number, reason: string): void {
    if (!this.open || this.ending) return
    this.flush()
    for (const topic of this.ws.getTopics()) this.ws.unsubscribe(topic)
    this.ending = { code, reason }
    const waiting = this.ws.getBufferedAmount()
    this.transport.ending(waiting)
    if (waiting === 0) this.endNow()
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

function refuse(response: UwsHttpResponse, status: number, body: string): void {
  response.cork(() => {
    response.writeStatus(STATUS[status] ?? String(status))
    response.writeHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(body)
  })
}

function helloOf(response: UwsHttpResponse, request: UwsHttpRequest): Hello {
  const headers: Record<string, string> = {}
  request.forEach((name, value) => {
    headers[name] = value
  })
  return {
    path: request.getUrl(),
    query: request.getQuery() ?? '',
    ip: shortIp(Buffer.from(response.getRemoteAddressAsText()).toString('latin1')),
    port: response.getRemotePort?.() ?? 0,
    headers,
  }
}
