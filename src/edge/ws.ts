import { createServer, type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Place } from '../config.ts'
import { UNIX } from '../proxies.ts'
import type { Certificate } from './certificate.ts'
import { ALWAYS } from './headers.ts'
import {
  type Handlers,
  type Hello,
  HTTP_PATIENCE,
  isHandshakeKey,
  ListenError,
  MAX_IDLE,
  MIN_COMPRESSED,
  shortIp,
  type Transport,
  type TransportOptions,
} from './transport.ts'
import { WsSocket } from './ws-socket.ts'

/** How long a peer may take to answer a close frame when the server stops, in ms. */
const CLOSE_GRACE = 2000

/** No window outlives its frame. The rest keeps what ws holds for each client at some 180 KiB instead of 360. */
const DEFLATE = {
  threshold: MIN_COMPRESSED,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 12,
  zlibDeflateOptions: { memLevel: 5, level: 1, chunkSize: 2048 },
}

/** The driver for wherever no binary of uWebSockets.js fits. */
export class WsTransport implements Transport {
  readonly name = 'ws'
  private readonly server: Server
  private readonly handshakes: WebSocketServer
  private readonly sockets = new Set<WsSocket>()
  private readonly topics = new Map<string, Set<WsSocket>>()
  private heart: NodeJS.Timeout | undefined
  /** Who was sent something in this turn of the loop: all of it leaves in one write (a write a frame costs ten times as much). */
  private corked: WsSocket[] = []
  /** The subprotocol for the handshake that is being answered. */
  private chosen = ''
  /** What stands for a peer's address where it has none. */
  private nameless = ''

  constructor(
    private readonly options: TransportOptions,
    private readonly handlers: Handlers,
  ) {
    this.server = createHttpServer(options.certificate, handlers.http)
    this.server.on('upgrade', (request, stream, head) => this.upgrade(request, stream, head))
    const limits = {
      noServer: true,
      maxPayload: options.maxPayload * 4,
      perMessageDeflate: options.compress ? DEFLATE : false,
      clientTracking: false,
      handleProtocols: () => this.chosen || (false as const),
      // A slow client takes what it is owed before it sees the close frame.
      closeTimeout: (options.idle || MAX_IDLE) * 1000,
    }
    // Its types do not know closeTimeout yet.
    this.handshakes = new WebSocketServer(limits)
    this.handshakes.on('wsClientError', (_error, stream) => refuse(stream, 400, 'Bad request'))
  }

  listen(place: Place): Promise<number> {
    this.nameless = 'path' in place ? UNIX : ''
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new ListenError(error.code === 'EADDRINUSE' ? 'it is in use' : error.message))
      })
      this.server.listen(place, () => {
        const { idle } = this.options
        // Two pings within the silence that is allowed: a peer that lives always has an answer under way.
        if (idle > 0) this.heart = setInterval(() => this.beat(), idle * 500)
        resolve('path' in place ? 0 : (this.server.address() as AddressInfo).port)
      })
    })
  }

  renew({ cert, key }: Certificate): void {
    ;(this.server as TlsServer).setSecureContext({ cert, key })
  }

  publish(topic: string, bytes: Buffer, binary: boolean): void {
    for (const socket of this.topics.get(topic) ?? []) socket.send(bytes, binary)
  }

  subscribe(topic: string, socket: WsSocket): void {
    const members = this.topics.get(topic)
    if (members) members.add(socket)
    else this.topics.set(topic, new Set([socket]))
  }

  unsubscribe(topic: string, socket: WsSocket): void {
    const members = this.topics.get(topic)
    members?.delete(socket)
    if (members?.size === 0) this.topics.delete(topic)
  }

  corks(socket: WsSocket): void {
    if (this.corked.push(socket) > 1) return
    setImmediate(() => {
      const corked = this.corked
      this.corked = []
      for (const each of corked) each.uncork()
    })
  }

  async close(code: number, reason: string): Promise<void> {
    clearInterval(this.heart)
    const closed = new Promise((resolve) => this.server.close(resolve))
    for (const socket of this.sockets) socket.end(code, reason)
    this.server.closeIdleConnections()
    const cut = setTimeout(() => {
      for (const socket of this.sockets) socket.ws.terminate()
      this.server.closeAllConnections()
    }, CLOSE_GRACE)
    await closed
    clearTimeout(cut)
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy())
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      // Node has read no body behind it.
      if (hasBody(request))
        return refuse(stream, 400, 'Leave out Upgrade: a request with a body can ask for no other protocol')
      return this.answerPlainly(request, stream as NetSocket)
    }
    if (!isHandshakeKey(request.headers['sec-websocket-key'] ?? '')) return refuse(stream, 400, 'Bad request')
    const answer = this.handlers.upgrade(helloOf(request, this.nameless))
    if (answer.kind === 'refuse') return refuse(stream, answer.status, answer.body)
    this.chosen = answer.protocol
    this.handshakes.handleUpgrade(request, stream, head, (ws) => {
      const socket = new WsSocket(ws, stream, this)
      this.sockets.add(socket)
      const session = answer.open(socket)
      ws.once('close', (code) => {
        this.sockets.delete(socket)
        socket.leaveAll()
        session?.closed(code)
      })
      // The close event follows an error and tells the session.
      ws.on('error', () => ws.terminate())
      if (session) socket.hear(session, this.options.maxPayload)
    })
  }

  /** A request for another protocol than ours (h2c, say) may be answered as if it had not asked: RFC 9110, section 7.8. */
  private answerPlainly(request: IncomingMessage, stream: NetSocket): void {
    const response = new ServerResponse(request)
    response.assignSocket(stream)
    response.setHeader('Connection', 'close')
    response.once('finish', () => hangUp(stream))
    this.handlers.http(request, response)
  }

  private beat(): void {
    for (const socket of this.sockets) socket.beat()
  }
}

/** A peer that is slow over its request, or takes nothing of the answer, is cut off. */
function createHttpServer(certificate: Certificate | undefined, answer: Handlers['http']): Server {
  const limits = {
    headersTimeout: HTTP_PATIENCE,
    requestTimeout: HTTP_PATIENCE,
    keepAliveTimeout: HTTP_PATIENCE,
    connectionsCheckingInterval: HTTP_PATIENCE / 5,
  }
  const server = certificate
    ? createTlsServer({ ...limits, handshakeTimeout: HTTP_PATIENCE, cert: certificate.cert, key: certificate.key })
    : createServer(limits)
  server.setTimeout(HTTP_PATIENCE)
  return server.on('request', (request, response) => {
    // While an answer is being made nobody is slow but the handler; what of the request is missing has a limit of its own.
    response.on('timeout', (socket: NetSocket) => socket.writableLength > 0 && socket.destroy())
    answer(request, response)
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
}

function helloOf({ url = '/', headers, socket }: IncomingMessage, nameless: string): Hello {
  const mark = url.indexOf('?')
  return {
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    ip: shortIp(socket.remoteAddress ?? nameless),
    port: socket.remotePort ?? 0,
    headers: headers as Record<string, string>,
  }
}

/** Lets the answer leave; a peer that does not hang up then is cut off. */
function hangUp(stream: Duplex): void {
  stream.end()
  setTimeout(() => stream.destroy(), CLOSE_GRACE).unref()
}

function refuse(stream: Duplex, status: number, body: string): void {
  const headers = {
    ...ALWAYS,
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  stream.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
  hangUp(stream)
}
