import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import {
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

/** How long a peer may take to answer a close frame when the server stops, in ms. */
const CLOSE_GRACE = 2000

/** Seconds that a client may take over its last frames where no silence is too long. */
const MAX_IDLE = 960

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

  constructor(
    private readonly options: TransportOptions,
    private readonly handlers: Handlers,
  ) {
    this.server = createServer((request, response) => handlers.http(request, response))
    this.server.on('upgrade', (request, stream, head) => this.upgrade(request, stream, head))
    const limits = {
      noServer: true,
      maxPayload: options.maxPayload * 4,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: () => this.chosen || (false as const),
      // A slow client takes what it is owed before it sees the close frame.
      closeTimeout: (options.idle || MAX_IDLE) * 1000,
    }
    // Its types do not know closeTimeout yet.
    this.handshakes = new WebSocketServer(limits)
    this.handshakes.on('wsClientError', (_error, stream) => refuse(stream, 400, 'Bad request'))
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new ListenError(error.code === 'EADDRINUSE' ? 'it is in use' : error.message))
      })
      this.server.listen(port, host, () => {
        const { idle } = this.options
        // Two pings within the silence that is allowed: a peer that lives always has an answer under way.
        if (idle > 0) this.heart = setInterval(() => this.beat(), idle * 500)
        resolve((this.server.address() as AddressInfo).port)
      })
    })
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
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return this.answerPlainly(request, stream as NetSocket)
    if (!isHandshakeKey(request.headers['sec-websocket-key'] ?? '')) return refuse(stream, 400, 'Bad request')
    const answer = this.handlers.upgrade(helloOf(request))
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

class WsSocket implements Socket {
  private readonly topics = new Set<string>()
  private silentBeats = 0
  private isCorked = false

  constructor(
    readonly ws: WebSocket,
    private readonly stream: Duplex,
    private readonly transport: WsTransport,
  ) {
    for (const event of ['message', 'ping', 'pong']) {
      ws.on(event, () => {
        this.silentBeats = 0
      })
    }
  }

  hear(session: Session, maxPayload: number): void {
    this.stream.on('drain', () => session.drained())
    this.ws.on('message', (data: Buffer, binary) => {
      if (this.ws.readyState !== WebSocket.OPEN) return
      if (data.length > maxPayload) this.end(TOO_LARGE, `a message ends at ${maxPayload} bytes`)
      else session.message(data, binary)
    })
  }

  send(bytes: Buffer, binary: boolean): void {
    if (this.ws.readyState !== WebSocket.OPEN) return
    if (!this.isCorked) {
      this.isCorked = true
      this.stream.cork()
      this.transport.corks(this)
    }
    this.ws.send(bytes, { binary })
  }

  uncork(): void {
    this.isCorked = false
    this.stream.uncork()
  }

  end(code: number, reason: string): void {
    this.ws.close(code, reason)
  }

  subscribe(topic: string): void {
    this.topics.add(topic)
    this.transport.subscribe(topic, this)
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic)
    this.transport.unsubscribe(topic, this)
  }

  backlog(): number {
    return this.ws.bufferedAmount
  }

  leaveAll(): void {
    for (const topic of this.topics) this.transport.unsubscribe(topic, this)
  }

  beat(): void {
    if (++this.silentBeats > 2) this.ws.terminate()
    else this.ws.ping()
  }
}

function helloOf({ url = '/', headers, socket }: IncomingMessage): Hello {
  const mark = url.indexOf('?')
  return {
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    ip: shortIp((socket.remoteAddress ?? '').replace(/%.*/, '')),
    port: socket.remotePort ?? 0,
    headers: headers as Record<string, string>,
  }
}

const STATUS: Record<number, string> = { 400: 'Bad Request', 404: 'Not Found' }

/** Lets the answer leave; a peer that does not hang up then is cut off. */
function hangUp(stream: Duplex): void {
  stream.end()
  setTimeout(() => stream.destroy(), CLOSE_GRACE).unref()
}

function refuse(stream: Duplex, status: number, body: string): void {
  stream.write(
    `HTTP/1.1 ${status} ${STATUS[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  hangUp(stream)
}
