import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Place } from '../config.ts'
import { UNIX } from '../proxies.ts'
import type { Certificate } from './certificate.ts'
import { ALWAYS } from './headers.ts'
import {
  type Answer,
  type Handlers,
  type Hello,
  isHandshakeKey,
  MAX_IDLE,
  MIN_COMPRESSED,
  type Session,
  TOO_LARGE,
  type Transport,
  type TransportOptions,
} from './transport.ts'
import { type Crew, UwsApps } from './uws-apps.ts'
import { addressOf, headersOf, UwsRequest, UwsResponse } from './uws-http.ts'
import type { UwsHttpRequest, UwsHttpResponse, UwsLibrary, UwsWebSocket } from './uws-library.ts'
import { UwsSocket } from './uws-socket.ts'

/** How long what waits for slow peers is still delivered when the server stops, in ms. */
const CLOSE_GRACE = 1000
/** The same where nothing seems to wait: close frames leave at the end of the turn. */
const CLOSE_MOMENT = 20

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
  readonly patience: number
  private readonly apps: UwsApps
  private readonly sockets = new Set<UwsSocket>()
  /** What stands for a peer's address where it has none. */
  private nameless = ''
  /** Who was sent something in this turn that is not handed over yet. */
  private unsent: UwsSocket[] = []
  /** Until then, what was sent to sockets that have ended may still be on its way. */
  private leavingUntil = 0

  constructor(
    private readonly library: UwsLibrary,
    private readonly options: TransportOptions,
    private readonly handlers: Handlers,
  ) {
    this.patience = (options.idle || MAX_IDLE) * 1000
    this.apps = new UwsApps(library, options.certificate, (crew) => this.equip(crew))
  }

  listen(place: Place): Promise<number> {
    this.nameless = 'path' in place ? UNIX : ''
    return this.apps.listen(place)
  }

  renew(certificate: Certificate): void {
    this.apps.renew(certificate)
  }

  publish(topic: string, bytes: Buffer, binary: boolean): void {
    // What was sent to one socket before leaves before.
    if (this.unsent.length > 0) this.flush()
    this.apps.publish(topic, bytes, binary, bytes.length >= MIN_COMPRESSED)
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
    this.apps.stopListening()
    for (const socket of [...this.sockets]) socket.end(code, reason)
    const left = this.leavingUntil - Date.now()
    if (left > 0) await new Promise((wake) => setTimeout(wake, left))
    this.apps.close()
  }

  private equip(crew: Crew): void {
    const { maxPayload, idle, compress, certificate } = this.options
    crew.app
      .ws('/*', {
        // Beyond its own limit uWebSockets.js cuts the connection without a code: ours comes first.
        maxPayloadLength: maxPayload * 4,
        // With a limit `publish` drops in silence (80 of 100 thousand frames, measured): the room watches backlogs itself.
        maxBackpressure: 0,
        closeOnBackpressureLimit: false,
        idleTimeout: idle,
        sendPingsAutomatically: true,
        // One window for all: a compressor of its own costs each client 73 KiB, and shrinks frames no further.
        compression: compress ? this.library.SHARED_COMPRESSOR : 0,
        upgrade: (response, request, context) => this.upgrade(response, request, context),
        open: (ws) => this.open(ws, crew),
        message: (ws, message, binary) => this.message(ws, Buffer.from(message), binary),
        drain: (ws) => this.drained(ws),
        close: (ws, code) => this.closed(ws, code, crew),
      })
      .any('/*', (response, request) => {
        const answer = new UwsResponse(response, request.getMethod() === 'head')
        const question = new UwsRequest(request, response, certificate !== undefined)
        this.handlers.http(question as unknown as IncomingMessage, answer as unknown as ServerResponse)
      })
  }

  private upgrade(response: UwsHttpResponse, request: UwsHttpRequest, context: unknown): void {
    const key = request.getHeader('sec-websocket-key')
    if (!isHandshakeKey(key)) return refuse(response, 400, 'Bad request')
    const extensions = request.getHeader('sec-websocket-extensions')
    const answer = this.handlers.upgrade(this.helloOf(response, request))
    if (answer.kind === 'accept')
      return response.upgrade({ answer } satisfies Carried, key, answer.protocol, extensions, context)
    refuse(response, answer.status, answer.body)
  }

  private helloOf(response: UwsHttpResponse, request: UwsHttpRequest): Hello {
    return {
      path: request.getUrl(),
      query: request.getQuery() ?? '',
      ip: addressOf(response) || this.nameless,
      port: response.getRemotePort?.() ?? 0,
      headers: headersOf(request),
    }
  }

  private open(ws: UwsWebSocket, crew: Crew): void {
    crew.sockets++
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

  private closed(ws: UwsWebSocket, code: number, crew: Crew): void {
    crew.sockets--
    const carried = ws.getUserData() as Carried
    carried.code = code
    carried.socket!.gone()
    this.sockets.delete(carried.socket!)
    // The answer to its close frame leaves at the end of the turn.
    this.ending(0)
    carried.session?.closed(code)
  }
}

function refuse(response: UwsHttpResponse, status: number, body: string): void {
  response.cork(() => {
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
    for (const [name, value] of Object.entries(ALWAYS)) response.writeHeader(name, value)
    response.writeHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(body)
  })
}
